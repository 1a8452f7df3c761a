/* The visitor's verdicts on this run, as the page shows them: small marks on the words, and a line that counts them, saves them as a file
   and removes them. */

import { button, el, setAttr } from "../dom.js";
import { plural } from "../model/format.js";
import { countInWords, toCsv, Verdicts } from "../model/verdicts.js";

const REMOVE = "Remove them";

export class Marks {
  constructor(score) {
    this.score = score;
    this.verdicts = new Verdicts(storage());
    this.text = el("span", {});
    this.save = button("rv-text-button", "Save as verdicts.csv", () => this.download());
    this.remove = button("rv-text-button", REMOVE, () => this.forget());
    this.trouble = el("span", { class: "rv-trouble" });
    this.node = el("div", { class: "rv-marked", hidden: true }, this.text, this.save, this.remove, this.trouble);
    this.shown = [];
  }

  /* how often anything changed: for those who draw it */
  get count() { return this.verdicts.changes; }

  get traces() { return this.score.run.lanes.map((lane) => lane.trace).filter(Boolean); }

  /* the verdict on a word: "right", "wrong", "unsure" or "" */
  on(lane, span) { const given = span && this.verdicts.on(lane.trace, span); return given ? given.verdict : ""; }

  set(about, span, verdict, note) { this.verdicts.set(about, span, verdict, note); this.score.paint(); }

  forget() {
    const count = this.verdicts.of(this.traces).length, sure = `Remove ${plural(count, "verdict")} for good`;
    if (this.remove.textContent !== sure) { this.remove.textContent = sure; this.score.announce(`${sure}? Press again.`); return; }
    this.verdicts.forget(this.traces);
    this.score.announce("Your verdicts on this run are removed.");
    this.score.root.focus();
    this.score.paint();
  }

  /* those on this run as CSV, "" for none */
  csv() {
    const words = this.score.run ? this.verdicts.of(this.traces) : [];
    return words.length ? toCsv(words) : "";
  }

  download() {
    const url = URL.createObjectURL(new Blob([this.csv()], { type: "text/csv" })), link = el("a", { href: url, download: "verdicts.csv" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }

  paint() {
    const { run } = this.score, state = [run, run.done, this.count, this.verdicts.trouble];
    if (state.every((value, k) => value === this.shown[k])) return;
    this.shown = state;
    run.lanes.forEach((lane) => { lane.marked = this.verdicts.of([lane.trace].filter(Boolean)).length ? (span) => this.on(lane, span) : null; });
    const words = this.verdicts.of(this.traces);
    this.node.hidden = !words.length && !this.verdicts.trouble;
    this.text.textContent = words.length ? `Your verdicts here: ${countInWords(words)}. Only this browser has them.` : "";
    this.remove.textContent = REMOVE;
    this.trouble.textContent = this.verdicts.trouble;
    [this.save, this.remove].forEach((node) => setAttr(node, "hidden", words.length ? "" : "hidden"));
  }
}

/* localStorage; null where the browser forbids it */
function storage() {
  try { return window.localStorage; } catch { return null; }
}
