// Starts the program. When it cannot be loaded, says why and what to do.
//
// Every address below ends in the version of this very build, so that no cache can pair one build's
// script with another's wasm.

const version = new URL(import.meta.url).search;

async function start() {
  const { default: init } = await import("./page.js" + version);
  await init({ module_or_path: new URL("./page_bg.wasm" + version, import.meta.url) });
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

start().catch(explain);
