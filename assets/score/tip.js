/* The small card at the pointer: what stands at a place after a pass. Knows one place in one lane. */

class Tip {
  constructor(score) {
    this.score = score;
    this.node = el("div", { class: "rv-tip", hidden: true, "aria-hidden": "true" });
  }

  hide() { this.node.hidden = true; }

  show(lane, pos, n, event) {
    this.node.replaceChildren(...this.lines(lane, pos, n));
    this.node.hidden = false;
    const box = this.score.root.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
    this.node.style.left = `${clamp(x + 14, 4, box.width - this.node.offsetWidth - 4)}px`;
    this.node.style.top = `${y + 16}px`;
  }

  lines(lane, pos, n) {
    const run = this.score.run, id = lane.canvases[n][pos], pass = lane.passes[n], tenant = id === run.mask ? null : lane.tenant(pos, n);
    const lines = [el("b", { text: tenant ? run.word(id) : "mask" }), el("span", { text: `position ${pos + 1} · after pass ${n}` })];
    if (tenant) {
      const verb = tenant.how === "revise" ? "revised" : "committed";
      const came = tenant.from ? `${verb} in pass ${tenant.from}` : "there from the start";
      lines.push(el("span", { text: `${came} · probability ${p2(lane.prob(tenant, n))}` }));
    } else if (pass) lines.push(el("span", { text: `proposed: ${quoted(run.word(pass.top[pos][0]))} ${p2(pass.prob[pos] / 1000)}` }));
    if (lane.isWrong(pos, id)) lines.push(el("span", { class: "rv-bad", text: `✗ ${lane.reason(pos, id, quoted)}` }));
    lane.eventsIn[n].filter((e) => e.pos === pos && e.kind === "revise").forEach((e) => {
      lines.push(el("span", { text: `${quoted(run.word(e.old))} → ${quoted(run.word(e.id))} ${lane.outcome(e)}` }));
    });
    return lines;
  }
}
