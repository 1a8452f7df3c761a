/* How to read the Score: its marks, and each method in its own honest words. Knows which marks a run can show, not where they are. */

class Legend {
  constructor(score) {
    this.score = score;
    this.node = el("details", { class: "rv-legend" });
  }

  furnish() {
    const { run, root } = this.score;
    const marks = [["bar", "a word's stay; darker = more probable now"], ["commit", "placed"], ["revise", "revised in place"],
      ["remask", "taken back to a mask"], ["draft", "a corrector's draft"], ["wait", "still open; larger = surer"]];
    if (run.lanes.some((lane) => lane.truth)) {
      marks.splice(3, 0, ["repaired", "a revision that repaired"], ["harmed", "a revision that harmed"], ["wrong", "wrong word"]);
    }
    marks.push(["never", "placed in the last pass: never checked"]);
    const mark = ([kind, text]) => el("span", { class: "rv-mark" }, el("i", { "data-mark": kind, "aria-hidden": "true" }), text);
    this.node.replaceChildren(el("summary", { text: "How to read this" }), el("div", { class: "rv-marks" }, ...marks.map(mark)),
      ...run.lanes.map((lane, i) => this.honest(lane, i)));
    this.node.open = root.clientWidth >= 620;
  }

  honest(lane, i) {
    return el("p", { class: "rv-honest" }, letter(i), el("strong", { text: lane.title }), ` ${lane.words || ""} `,
      el("em", { text: this.missing(lane) }), lane.label ? ` ${lane.label}` : "");
  }

  missing(lane) {
    const all = { commit: "place", revise: "revise", remask: "remask" };
    const none = Object.keys(all).filter((kind) => lane.rules && !lane.rules.includes(kind)).map((kind) => all[kind]);
    return none.length ? `It has no rule to ${none.join(" or to ")}.` : "";
  }
}
