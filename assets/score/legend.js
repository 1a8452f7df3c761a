/* How to read the Score: the marks a run shows or could show, and each method in its own honest words. Knows no position and no pass. */

class Legend {
  constructor(score) {
    this.score = score;
    this.node = el("details", { class: "rv-legend" });
  }

  furnish() {
    const { run, root } = this.score;
    const mark = ([kind, text]) => el("span", { class: "rv-mark" }, el("i", { "data-mark": kind, "aria-hidden": "true" }), text);
    this.node.replaceChildren(el("summary", { text: "How to read this" }), el("div", { class: "rv-marks" }, ...this.marks().map(mark)),
      ...run.lanes.map((lane, i) => this.honest(lane, i)));
    this.node.open = root.clientWidth >= 620;
  }

  marks() {
    const lanes = this.score.run.lanes, judged = lanes.some((lane) => lane.truth);
    const has = (phase) => lanes.some((lane) => lane.passes.some((pass) => pass && pass.phase === phase));
    const did = (lane, kind) => (lane.rules || []).includes(kind) || lane.events.some((e) => e.kind === kind);
    const revises = lanes.some((lane) => did(lane, "revise")), remasks = lanes.some((lane) => did(lane, "remask"));
    return [
      ["wait", "a mask; larger: the model's proposal is surer"], ["commit", "committed"],
      ["bar", "the word's stay; darker: more probable in that pass"], revises && ["revise", "revised in place"],
      revises && judged && ["repaired", "revised, wrong to right"], revises && judged && ["harmed", "revised, right to wrong"],
      remasks && ["remask", "remasked"], judged && ["wrong", "a wrong word"], has("draft") && ["draft", "a corrector's draft"],
      has("settle") && ["settle", "a pass that only revises"], ["never", "written last: no pass has read it"],
    ].filter(Boolean);
  }

  honest(lane, i) {
    return el("p", { class: "rv-honest" }, letter(i), el("strong", { text: lane.title }), ` ${lane.words || ""} `,
      el("em", { text: this.missing(lane) }), lane.label ? ` Here: ${lane.label}.` : "");
  }

  missing(lane) {
    const none = ["commit", "revise", "remask"].filter((kind) => lane.rules && !lane.rules.includes(kind));
    return none.length ? `It has no rule to ${none.join(" or to ")}.` : "";
  }
}
