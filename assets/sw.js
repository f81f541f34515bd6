// Keeps the site on this computer, so that it opens without a network. Only the site itself asks for
// this, never a lab in somebody else's page.
//
// A build is kept as a whole or not at all: every file is named with its content's hash, and the browser
// refuses one that is not the same (a host that is just being renewed, say). It then waits until no page
// of the build before is open any more, and takes its place.
//
// With a network the page comes from the network, and so is never old; what bears a version in its
// address is the same everywhere and comes from here.

// `cargo xtask build` fills in what this build is.
const build = "";
const files = {};

const scope = new URL(registration.scope);
const prefix = `faultline ${scope.pathname} `;
const versioned = /[?&]v=|\.[0-9a-f]{8}\.wasm$/;

async function keep() {
  const kept = await caches.open(prefix + build);
  const wanted = ([file, integrity]) => new Request(new URL(file, scope), { integrity, cache: "no-cache" });
  try {
    await kept.addAll(Object.entries(files).map(wanted));
  } catch (error) {
    await caches.delete(prefix + build);
    throw error;
  }
}

async function forgetOthers() {
  const names = (await caches.keys()).filter((name) => name.startsWith(prefix) && name !== prefix + build);
  await Promise.all(names.map((name) => caches.delete(name)));
}

async function answer(request) {
  const kept = await caches.open(prefix + build);
  const own = await kept.match(request);
  if (own && versioned.test(request.url)) return own;
  try {
    return await fetch(request);
  } catch (error) {
    if (own) return own;
    throw error;
  }
}

addEventListener("install", (event) => event.waitUntil(keep()));
addEventListener("activate", (event) => event.waitUntil(forgetOthers()));
addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  if (method === "GET" && url.startsWith(scope.href)) event.respondWith(answer(event.request));
});
