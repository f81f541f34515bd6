// Starts the program. When it cannot be loaded, says why and what to do.
//
// Every address below ends in the version of this very build, so that no cache can pair one build's
// script with another's wasm.

const version = new URL(import.meta.url).search;

try {
  const { default: init } = await import("./page.js" + version);
  await init({ module_or_path: new URL("./page_bg.wasm" + version, import.meta.url) });
} catch (error) {
  console.error(error);
  explain(error);
}

function explain(error) {
  const loading = document.getElementById("loading");
  if (!loading) return; // The program is up, and shows its own errors.
  const say = (tag, text) => {
    const element = document.createElement(tag);
    element.textContent = text;
    return element;
  };
  loading.setAttribute("role", "alert");
  loading.replaceChildren(
    say("h1", "Faultline could not start"),
    say("p", "Its program (WebAssembly) could not be loaded. What may help:"),
    say("p", "• Reload the page; the connection may have been lost."),
    say("p", "• Use a current Firefox, Chrome, Edge or Safari, without a mode that blocks WebAssembly."),
    say("p", "• If this is your own server: send .wasm files as application/wasm, and let the content " +
      "security policy, if there is one, allow script-src 'self' 'wasm-unsafe-eval'."),
    say("pre", String(error)),
  );
}
