/* The card of a picked position: what the word went through in every lane, what the model thought when it was chosen and thinks now,
   and what it could read then. Knows one position at a time; where the card is shown is the Score's business. */

class Story {
  constructor(score) {
    this.score = score;
    this.told = [];
  }

  /* the card, or null while it would say the same */
  card() {
    const score = this.score, { run, picked } = score, { pos, lane: i } = picked, lane = run.lanes[i], n = score.at(lane);
    const now = [run, i, pos, n, run.seq, score.seen, lane.held];
    if (now.every((value, k) => value === this.told[k])) return null;
    this.told = now;
    const id = lane.canvases[n][pos], tenant = lane.tenant(pos, n), bad = lane.isWrong(pos, id), chosen = tenant ? tenant.from : n;
    const close = button("rv-close", "×", () => score.unpick());
    set(close, "aria-label", "Close the story");
    const word = el("bdi", { class: bad ? "rv-bad" : "", text: tenant ? run.word(id) : lane.held ? "not begun" : "mask" });
    const card = el("div", { class: "rv-card rv-story", "data-pos": pos }, close,
      el("h5", {}, letter(i), word, el("small", { text: `position ${pos + 1}` })));
    if (bad) card.append(el("p", { class: "rv-bad", text: `✗ ${lane.reason(pos, id, quoted)}` }), this.truth(lane, pos));
    card.append(el("h6", { text: "In every lane" }), ...run.lanes.map((other, j) => this.history(other, j, pos)));
    if (chosen > 0) card.append(this.thoughts(lane, pos, n, chosen, tenant), this.visible(lane, pos, chosen));
    if (score.tour.asking) card.append(button("rv-link", "Back to the question", () => score.unpick()));
    return card;
  }

  /* the caption a lane is judged by, its word of this position marked */
  truth(lane, pos) {
    const line = el("p", { class: "rv-truth" }, "Nearest true caption: ");
    lane.truth.forEach((id, at) => {
      if (id === lane.eot || id < 0) return;
      line.append(at === pos ? el("mark", { text: lane.vocab[id] }) : lane.vocab[id], " ");
    });
    return line;
  }

  /* "cats .98 @5 → car .98 @7" */
  history(lane, j, pos) {
    const run = this.score.run, seen = this.score.seenAt(lane), line = el("p", { class: "rv-history" }, letter(j));
    const stays = lane.stays[pos].filter((t) => t.from <= seen);
    if (!stays.length) line.append(lane.held ? "not begun" : "mask so far");
    stays.forEach((t, k) => {
      if (k) line.append(el("span", { class: "rv-arrow", text: stays[k - 1].end === "remask" ? " ○ " : " → " }));
      line.append(el("bdi", { class: t.bad ? "rv-bad" : "", text: run.word(t.id) }),
        el("small", { text: t.from ? ` ${p2(t.probs[0])} @${t.from}` : " from the start", title: t.from ? "probability @ pass" : null }));
    });
    const last = stays[stays.length - 1];
    if (last && last.end === "remask" && last.to <= seen) line.append(el("span", { class: "rv-arrow", text: " ○ mask" }));
    return line;
  }

  thoughts(lane, pos, n, chosen, tenant) {
    const verb = tenant && tenant.how === "revise" ? "Revised" : "Committed", pair = el("div", { class: "rv-pair" });
    pair.append(this.candidates(lane, pos, chosen, tenant ? `${verb} in pass ${chosen}` : `Proposed in pass ${n}`));
    if (tenant && n > chosen) pair.append(this.candidates(lane, pos, n, `Now, pass ${n}`));
    return pair;
  }

  candidates(lane, pos, n, title) {
    const run = this.score.run, box = el("div", { class: "rv-top5" }, el("h6", { text: title }));
    const top = lane.passes[n].top[pos], placed = lane.canvases[n][pos];
    for (let k = 0; k < top.length; k += 2) {
      const p = top[k + 1] / 1000, chosen = top[k] === placed && placed !== run.mask ? "1" : null;
      box.append(el("div", { class: "rv-cand", "data-chosen": chosen, style: `--w:${Math.round(p * 100)}%` },
        el("bdi", { text: top[k] === run.mask ? "mask" : run.word(top[k]) }), el("small", { text: p2(p) })));
    }
    return box;
  }

  visible(lane, pos, n) {
    const run = this.score.run, words = [], draft = lane.passes[n].phase === "draft";
    let gap = false;
    lane.reads[n].forEach((id, at) => {
      if (at === pos) { words.push(el("mark", { text: id === run.mask ? "mask" : run.word(id) }), " "); gap = false; }
      else if (id === run.mask) { if (!gap) words.push("… "); gap = true; }
      else if (id !== run.eot) { words.push(el("bdi", { text: run.word(id) }), " "); gap = false; }
    });
    const title = `What pass ${n} could read${draft ? ": the corrector's draft" : ""}`;
    return el("div", { class: "rv-visible" }, el("h6", { text: title }), el("p", {}, ...words));
  }
}
