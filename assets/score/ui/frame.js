/* The frame around a run, made once: title, picture, places for the parts, the live region. Tells when its size or colours change.
   Knows no pass and no position. */

import { el, setAttr } from "../dom.js";

const KEYS = "Keys: ← → pass · Shift ← → event · ↑ ↓ word · E next revision · D next difference · N next match of “Show only”, Shift N the one before · Space plays";
const [MIDDLE, LONG] = [48, 64]; // positions above which a text gets a higher window, and smaller words

export class Frame {
  constructor(host) {
    this.host = host;
    const initial = { "data-state": "empty", "data-run": "", "data-pass": "0" };
    this.root = el("section", { class: "rv-score", "aria-label": "Score of a run", tabindex: "-1", ...initial });
    this.title = el("div", { class: "rv-title" });
    this.image = el("img", { alt: "" });
    this.caption = el("figcaption", {});
    this.figure = el("figure", { class: "rv-picture" }, el("div", { class: "rv-frame" }, this.image), this.caption);
    this.body = el("div", { class: "rv-body" });
    this.live = el("div", { class: "rv-sr-only", "aria-live": "polite", role: "status" });
  }

  /* put the parts of the Score into their places */
  assemble({ transport, filters, marks, texts, note, tooltip, table, legend, link }) {
    const top = el("div", { class: "rv-top" }, this.figure, texts.node, note.node);
    const foot = el("div", { class: "rv-foot" }, table.toggle, link.button, el("span", { class: "rv-keys", text: KEYS }));
    this.root.append(this.title, top, transport.node, filters.node, marks.node, texts.tabs, transport.window, this.body, legend.node, foot, table.node, this.live, tooltip.node);
    this.host.replaceChildren(this.root);
  }

  watch(onResize, onColors) {
    this.resizer = new ResizeObserver(onResize);
    this.resizer.observe(this.root);
    this.themer = new MutationObserver(onColors);
    const classes = { attributes: true, attributeFilter: ["class"] };
    [document.documentElement, document.body].forEach((node) => this.themer.observe(node, classes));
    this.scheme = window.matchMedia ? window.matchMedia("(prefers-color-scheme: dark)") : null;
    this.onScheme = () => onColors();
    if (this.scheme) this.scheme.addEventListener("change", this.onScheme);
  }

  destroy() {
    this.resizer.disconnect(); this.themer.disconnect();
    if (this.scheme) this.scheme.removeEventListener("change", this.onScheme);
    this.host.replaceChildren();
  }

  showEmpty() {
    this.title.replaceChildren(el("p", { class: "rv-about", text: "No run yet. Choose a picture below and press Run." }));
  }

  showRun(run) {
    const badge = el("span", { class: "rv-badge", "data-source": run.source, text: run.source });
    this.title.replaceChildren(badge, el("h2", { text: run.title || "A run" }));
    if (run.about) this.title.append(el("span", { class: "rv-about", text: run.about }));
    if (run.caution) this.title.append(el("p", { class: "rv-caution", text: run.caution }));
    this.figure.hidden = !run.picture;
    if (run.picture) {
      this.image.src = run.picture;
      this.image.alt = run.sceneWords ? `The picture: ${run.sceneWords}` : "The picture that is described";
    }
    this.caption.textContent = run.sceneWords ? `${run.sceneWords}.` : "";
    const { id, lanes, picture, length } = run;
    setAttr(this.root, "data-run", id); setAttr(this.root, "data-lanes", lanes.length);
    setAttr(this.root, "data-picture", picture ? "1" : ""); setAttr(this.root, "data-length", length > LONG ? "long" : length > MIDDLE ? "middle" : "short");
  }

  announce(text) { if (this.live.textContent !== text) this.live.textContent = text; }
}
