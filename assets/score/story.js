/* The card of a picked word: its history in that column in every lane, what the model thought when it was chosen and now, and what it
   could read then. Knows one place at a time; where the card is shown is the Score's business. */

class Story {
  constructor(score) {
    this.score = score;
    this.key = "";
  }

  /* the card, or null while it would say the same */
  card() {
    const score = this.score, { run, picked } = score, { pos, lane: i } = picked, lane = run.lanes[i], n = score.at(lane);
    const key = `${run.run}/${i}/${pos}/${n}/${run.seq}/${score.seen}`;
    if (this.key === key) return null;
    this.key = key;
    const id = lane.canvases[n][pos], tenant = lane.tenant(pos, n), bad = lane.isWrong(pos, id), chosen = tenant ? tenant.from : n;
    const close = button("rv-close", "×", () => score.unpick());
    set(close, "aria-label", "Close the story");
    const word = el("span", { class: bad ? "rv-bad" : "", text: tenant ? run.word(id) : "still open" });
    const card = el("div", { class: "rv-card rv-story", "data-pos": pos }, close,
      el("h5", {}, letter(i), word, el("small", { text: `position ${pos + 1}` })));
    if (bad) card.append(el("p", { class: "rv-bad", text: `✗ ${lane.reason(pos, id, quoted)}` }));
    run.lanes.forEach((other, j) => card.append(this.history(other, j, pos)));
    const pair = el("div", { class: "rv-pair" });
    if (chosen > 0) pair.append(this.candidates(lane, pos, chosen, tenant ? `Chosen in pass ${chosen}` : `Proposed in pass ${n}`));
    if (tenant && n > chosen) pair.append(this.candidates(lane, pos, n, `Now, in pass ${n}`));
    card.append(pair);
    if (chosen > 0) card.append(this.visible(lane, pos, chosen));
    return card;
  }

  /* "cats .98 @5 → car .98 @7" */
  history(lane, j, pos) {
    const run = this.score.run, seen = this.score.seenAt(lane), line = el("p", { class: "rv-history" }, letter(j));
    const stays = lane.tenants.filter((t) => t.pos === pos && t.from <= seen);
    if (!stays.length) line.append(" open so far");
    stays.forEach((t, k) => {
      if (k) line.append(el("span", { class: "rv-arrow", text: stays[k - 1].end === "remask" ? " ○ " : " → " }));
      line.append(el("span", { class: t.bad ? "rv-bad" : "", text: run.word(t.id) }),
        el("small", { text: t.from ? ` ${p2(t.probs[0])} @${t.from}` : " from the start" }));
    });
    return line;
  }

  candidates(lane, pos, n, title) {
    const run = this.score.run, box = el("div", { class: "rv-top5" }, el("h6", { text: title }));
    const top = lane.passes[n].top[pos], placed = lane.canvases[n][pos];
    for (let k = 0; k < top.length; k += 2) {
      const p = top[k + 1] / 1000, chosen = top[k] === placed ? "1" : null;
      box.append(el("div", { class: "rv-cand", "data-chosen": chosen, style: `--w:${Math.round(p * 100)}%` },
        el("span", { text: top[k] === run.mask ? "mask" : run.word(top[k]) }), el("small", { text: p2(p) })));
    }
    return box;
  }

  visible(lane, pos, n) {
    const run = this.score.run, words = [];
    let gap = false;
    lane.reads[n].forEach((id, at) => {
      if (at === pos) { words.push(el("mark", { text: id === run.mask ? "▢" : run.word(id) }), " "); gap = false; }
      else if (id === run.mask) { if (!gap) words.push("… "); gap = true; }
      else if (id !== run.eot) { words.push(`${run.word(id)} `); gap = false; }
    });
    return el("div", { class: "rv-visible" }, el("h6", { text: "What it could read then" }), el("p", {}, ...words));
  }
}
