// Starts the program. When it cannot be loaded, says why and what to do.
//
// Every address below ends in the version of this very build, so that no cache can pair one build's
// script with another's wasm.

const version = new URL(import.meta.url).search;

const address = (file) => new URL(file, import.meta.url);

async function start() {
  const [, lab] = location.hash.match(/^#\/embed\/lab\/([\w-]+)/) ?? [];
  if (lab) await seen(lab);
  const wasm = fetch(address("./page_bg.wasm" + version));
  wasm.catch(() => {}); // It is told below, by whoever waits for it.
  const { default: init } = await import("./page.js" + version);
  await init({ module_or_path: wasm });
}

// The site itself keeps its files on this computer, when there is time, so that it opens without a
// network. A lab in somebody else's page keeps nothing.
function keep() {
  if (self !== top || location.hash.startsWith("#/embed/") || navigator.connection?.saveData) return;
  navigator.serviceWorker?.register(address("./sw.js")).catch(() => {});
}

// In somebody else's page a still picture comes first; the program follows when it can be seen, or is
// asked for. So several on one page stay light.
function seen(lab) {
  const picture = new Image();
  picture.alt = "";
  picture.src = address(`./lab/${lab}/poster.svg`);
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Start the lab";
  const loading = document.getElementById("loading");
  loading.classList.add("poster");
  loading.replaceChildren(picture, button);
  const wanted = new Promise((start) => {
    button.addEventListener("click", start);
    const watch = new IntersectionObserver((entries) => entries.some((at) => at.isIntersecting) && start());
    watch.observe(document.documentElement);
    button.addEventListener("start", () => watch.disconnect());
  });
  return wanted.then(() => {
    button.dispatchEvent(new Event("start"));
    button.disabled = true;
    button.textContent = "Loading…";
  });
}

function explain(error) {
  console.error(error);
  const loading = document.getElementById("loading");
  if (!loading) return; // The program is up, and shows its own errors.

  const element = (tag, ...content) => {
    const made = document.createElement(tag);
    made.append(...content);
    return made;
  };
  loading.setAttribute("role", "alert");
  loading.textContent = "";
  loading.append(
    element("h1", "Faultline could not start"),
    element("p", "Its program (WebAssembly) could not be loaded. What may help:"),
    element(
      "ul",
      element("li", "Reload the page: the connection may have been lost."),
      element("li", "Use a current Firefox, Chrome, Edge or Safari, in a mode that does not block WebAssembly."),
      element("li", "If this is your own server: send .wasm files as application/wasm, and let the content " +
        "security policy, if there is one, allow script-src 'self' 'wasm-unsafe-eval'."),
    ),
    element("pre", String(error)),
  );
}

start().then(keep, explain);
