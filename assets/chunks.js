// Fetches the parts of the program with which the page does not start.
//
// Each is a file of its own. What it shares with other parts lies in a file as sections called "shared",
// each a module by itself, and is started once, whichever file brings it. `cargo xtask build` fills in
// what this build's parts are; a program that is one file has none and does not need this.

import { initSync } from "./page.js";

// Each part's files, and each file's shared modules.
const parts = {};
const files = {};

const known = new Map();

// Does it once. A failure is not kept, so that one may try again.
function once(key, act) {
  if (!known.has(key)) {
    const acting = act();
    known.set(key, acting);
    acting.catch(() => known.delete(key));
  }
  return known.get(key);
}

const compile = (file) =>
  once("compile " + file, () => WebAssembly.compileStreaming(fetch(new URL("./" + file, import.meta.url))));

const instantiate = (module) => WebAssembly.instantiate(module, { __wasm_split: initSync() });

async function start(file) {
  const module = await compile(file);
  const shared = WebAssembly.Module.customSections(module, "shared");
  await Promise.all(files[file].map((name, place) => once(name, () => instantiate(shared[place]))));
  await instantiate(module);
}

// What the program calls: starts a part, then calls back and says whether it is here.
const loader = (part) => async (callback, data) => {
  let here = true;
  try {
    await Promise.all(parts[part].map((file) => once("start " + file, () => start(file))));
  } catch (error) {
    console.error(error);
    here = false;
  }
  initSync().__indirect_function_table.get(callback)(data, here);
};

// What is opened first is fetched while the program itself is still on its way.
const [, opened] = location.hash.match(/^#\/(?:embed\/)?lab\/(\w+)/) ?? [null, "front"];
if (Object.hasOwn(parts, opened)) parts[opened].forEach((file) => compile(file).catch(() => {}));

