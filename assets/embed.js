// <fault-line lab="raft" run="seed=42&f=k1@1000" height="600"></fault-line>
//
// A Faultline lab in any page. Attributes: `lab`; `run`, what stands behind the `?` of a link; every
// option of an embedded lab by its name (`ui`, `panels`, `controls`, `actions`, `theme`, `motion`,
// `lock`, `play`, `keys`, `t`, `until`, `speed`, `step`, `lang`, `answers`); `title`; `height`, where
// the frame shall not follow the lab's own; `src`, another place of Faultline.
//
// Methods give promises: play, pause, step, back, seek({t} or {step}), reset, inject(act), getState,
// setState(state), getGrade, subscribe([...]), setTheme(theme), focusLab. What the lab tells comes as
// events of the element: faultline-ready, -event, -stage, -check, -completed, -xapi, -key, -error.

const here = new URL("./", import.meta.url);
const OPTIONS = [
  "ui", "panels", "controls", "actions", "theme", "motion", "lock", "play", "keys", "t", "until",
  "speed", "step", "lang", "answers",
];
let frames = 0;

class FaultLine extends HTMLElement {
  #frame;
  #waiting = new Map();
  #sent = 0;
  #ready;
  #told;
  #hear = (event) => {
    if (event.source === this.#frame?.contentWindow) this.#take(event.data);
  };

  connectedCallback() {
    const base = new URL(this.getAttribute("src") ?? here, location.href);
    const query = new URLSearchParams();
    for (const name of OPTIONS) {
      if (this.hasAttribute(name)) query.set(name, this.getAttribute(name) || "1");
    }
    query.set("id", this.id || `faultline-${++frames}`);
    const run = this.getAttribute("run");
    const lab = encodeURIComponent(this.getAttribute("lab") ?? "raft");
    base.hash = `/embed/lab/${lab}?${run ? run + "&" : ""}${query}`;

    const frame = document.createElement("iframe");
    frame.src = base;
    frame.title = this.getAttribute("title") ?? `Faultline: ${lab}`;
    frame.loading = "lazy";
    frame.allow = "fullscreen";
    frame.style.cssText = `display:block;width:100%;border:0;height:${this.getAttribute("height") || 600}px`;
    this.#frame = frame;
    this.#ready = new Promise((told) => (this.#told = told));
    addEventListener("message", this.#hear);
    this.replaceChildren(frame);
  }

  disconnectedCallback() {
    removeEventListener("message", this.#hear);
    for (const { fail } of this.#waiting.values()) fail(new Error("the lab was removed"));
    this.#waiting.clear();
  }

  #take(message) {
    if (message?.ns !== "faultline" || message.v !== 1) return;
    const { type, id } = message;
    if (type === "ready") {
      this.#post({ type: "hello" }).then(this.#told);
    } else if (type === "height") {
      if (!this.hasAttribute("height")) this.#frame.style.height = `${message.px}px`;
    } else if (this.#waiting.has(id)) {
      const { keep, fail } = this.#waiting.get(id);
      this.#waiting.delete(id);
      return type === "error" ? fail(new Error(message.why)) : keep(message);
    } else if (type === "focusExit") {
      this.#frame.blur();
    }
    this.dispatchEvent(new CustomEvent(`faultline-${type}`, { detail: message, bubbles: true }));
  }

  #post(request) {
    const id = String(++this.#sent);
    const answer = new Promise((keep, fail) => this.#waiting.set(id, { keep, fail }));
    const to = new URL(this.#frame.src).origin;
    this.#frame.contentWindow.postMessage({ ns: "faultline", v: 1, id, ...request }, to);
    return answer;
  }

  /** Sends any request of the protocol, once the lab is there. */
  async ask(request) {
    await this.#ready;
    return this.#post(request);
  }

  play = () => this.ask({ type: "play" });
  pause = () => this.ask({ type: "pause" });
  step = () => this.ask({ type: "step" });
  back = () => this.ask({ type: "back" });
  seek = (to) => this.ask({ type: "seek", ...to });
  reset = () => this.ask({ type: "reset" });
  inject = (act) => this.ask({ type: "inject", act });
  getState = async () => (await this.ask({ type: "getState" })).state;
  setState = (state) => this.ask({ type: "setState", state });
  getGrade = () => this.ask({ type: "getGrade" });
  subscribe = (to) => this.ask({ type: "subscribe", to });
  setTheme = (theme) => this.ask({ type: "setTheme", theme });
  focusLab = () => this.ask({ type: "focus" });
}

customElements.define("fault-line", FaultLine);
