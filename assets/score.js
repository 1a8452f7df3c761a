/* The Score: lanes of a run read like a piano roll.
 *
 * Columns are answer positions, time runs down in forward passes, lanes are stacked. Everything here works from
 * the payload alone (see docs/page.md for its format): no server, no library. `RediffScore.mount(element, payload,
 * options)` returns a handle with `message`, `seek`, `play`, `pause`, `destroy`.
 */
(function (global) {
  "use strict";

  const LETTERS = "ABCDEFGH";
  const GUTTER = 122; // px left of the columns: pass number, open, placed, revised
  const TOP = 20; // px above the first pass: column heads of the gutter
  const WINDOW = 96; // chips and columns shown at once
  const SPEEDS = [0.5, 1, 2];

  /* ------------------------------------------------------------------ the run, as the browser keeps it */

  class Lane {
    constructor(head, length, mask) {
      Object.assign(this, head);
      this.length = length;
      this.mask = mask;
      this.canvases = [Int32Array.from(head.start)]; // canvases[t]: after pass t
      this.reads = [null];
      this.passes = [null];
      this.tenants = [];
      this.events = []; // {n, pos, kind, old, id, prob}
      this.stepEnds = [0];
      this.holding = new Array(length).fill(null);
      this.wrong = null; // (N,) the lane's nearest true caption, run-local ids, -1 not judged
      this.ended = false;
      head.start.forEach((id, pos) => { if (id !== mask) this.open(pos, id, 0, "start", null); });
      (head.passes || []).forEach((p) => this.apply(p));
      if (head.end) this.finish(head.end);
    }

    get size() { return this.passes.length - 1; }
    get planned_size() { return this.ended ? this.size : Math.max(this.size, this.planned || 0); }

    open(pos, id, n, how, prob) {
      const tenant = { pos, id, from: n, to: null, how, end: null, probs: [prob], bad: null };
      this.holding[pos] = tenant;
      this.tenants.push(tenant);
      return tenant;
    }

    close(pos, n, end) {
      const tenant = this.holding[pos];
      if (tenant) { tenant.to = n; tenant.end = end; }
      this.holding[pos] = null;
    }

    change(pos, from, to, n, prob, forced) {
      const kind = to === this.mask ? "remask" : from === this.mask ? "commit" : "revise";
      const last = this.holding[pos];
      this.events.push({ n, pos, kind, old: from, id: to, prob, was: last ? last.probs[last.probs.length - 1] : null, forced });
      if (from !== this.mask) this.close(pos, n, kind);
      if (to !== this.mask) this.open(pos, to, n, kind, prob);
    }

    apply(pass) {
      const n = this.passes.length;
      const before = this.canvases[n - 1].slice();
      (pass.before || []).forEach(([pos, id]) => {
        if (id !== before[pos]) this.change(pos, before[pos], id, n, null, id !== this.mask);
        before[pos] = id;
      });
      const read = before.slice();
      (pass.read || []).forEach(([pos, id]) => { read[pos] = id; });
      const canvas = before.slice();
      const probs = new Map();
      (pass.canvas || []).forEach(([pos, id, p]) => { canvas[pos] = id; probs.set(pos, p === null || p === undefined ? null : p / 1000); });
      for (let pos = 0; pos < this.length; pos++) {
        if (canvas[pos] !== before[pos]) {
          this.change(pos, before[pos], canvas[pos], n, canvas[pos] === this.mask ? null : probs.get(pos), false);
        } else if (this.holding[pos]) {
          const held = this.holding[pos];
          const last = held.probs[held.probs.length - 1];
          if (held.from < n) held.probs.push(read[pos] === held.id ? pass.kept[pos] / 1000 : last);
        }
      }
      this.passes.push(pass);
      this.canvases.push(canvas);
      this.reads.push(read);
      if (pass.phase === "draft") this.stepEnds[this.stepEnds.length - 1] = n;
      else this.stepEnds.push(n);
    }

    finish(end) {
      this.ended = true;
      Object.assign(this, { text: end.text, verdict: end.verdict || null, stopped: end.stopped || "", never: end.never || [] });
      this.why = end.why || {};
      if (end.truth) this.judge(end.truth);
    }

    judge(truth) {
      this.truth = truth;
      this.tenants.forEach((t) => { t.bad = truth[t.pos] < 0 || t.id === this.eot ? null : t.id !== truth[t.pos]; });
    }

    isWrong(pos, id) {
      return Boolean(this.truth) && this.truth[pos] >= 0 && id !== this.mask && id !== this.eot && id !== this.truth[pos];
    }

    /* why a word is wrong, in one sentence */
    reason(pos, id, quote) {
      const truth = this.truth[pos];
      return (this.why && this.why[id]) || (truth === this.eot ? "The nearest true caption has ended before this place." : `The nearest true caption says ${quote(this.vocab[truth])} here.`);
    }

    /* what a revision did, where the truth is known */
    outcome(event) {
      if (!this.truth || event.kind !== "revise") return "";
      const was = this.isWrong(event.pos, event.old), is = this.isWrong(event.pos, event.id);
      if (was && !is) return "repaired";
      if (!was && is) return "harmed";
      return was && is ? "still wrong" : "";
    }

    tenant(pos, n) {
      return this.tenants.find((t) => t.pos === pos && t.from <= n && (t.to === null || t.to > n)) || null;
    }

    prob(tenant, n) {
      const at = Math.min(n - tenant.from, tenant.probs.length - 1);
      return at < 0 ? null : tenant.probs[at];
    }

    count(n, kind) { return this.events.reduce((sum, e) => sum + (e.n === n && e.kind === kind ? 1 : 0), 0); }
    upTo(n, kind) { return this.events.reduce((sum, e) => sum + (e.n <= n && e.kind === kind ? 1 : 0), 0); }

    openAt(n) {
      let open = 0;
      for (const id of this.canvases[n]) open += id === this.mask;
      return open;
    }

    wrongAt(n) {
      let bad = 0;
      this.canvases[n].forEach((id, pos) => { bad += this.isWrong(pos, id); });
      return bad;
    }
  }

  class Run {
    constructor(payload) {
      Object.assign(this, payload);
      this.vocab = payload.vocab.slice();
      this.seq = payload.seq || 0;
      this.lanes = payload.lanes.map((head) => new Lane(Object.assign({ eot: payload.eot, vocab: this.vocab }, head), payload.length, payload.mask));
      this.done = this.lanes.every((lane) => lane.ended);
    }

    word(id) { return id === this.mask ? "" : id === this.eot ? "end" : this.vocab[id]; }

    rows(message) {
      this.vocab.push(...(message.words || []));
      message.rows.forEach(([lane, pass]) => this.lanes[lane].apply(pass));
      this.seq = message.seq;
    }

    end(message) {
      this.vocab.push(...(message.words || []));
      message.lanes.forEach((end, i) => this.lanes[i].finish(end));
      this.seq = message.seq;
      this.done = true;
      this.stopped = message.stopped || "";
    }

    last(axis) { return Math.max(0, ...this.lanes.map((l) => (axis === "steps" ? l.stepEnds.length - 1 : l.size))); }
    at(lane, k, axis) { return lane.held ? 0 : axis === "steps" ? lane.stepEnds[Math.min(k, lane.stepEnds.length - 1)] : Math.min(k, lane.size); }

    /* the first pass at which a lane writes a word that is still wrong at its end; else the first wrong word */
    firstWrong(among = this.lanes.length) {
      const found = [];
      this.lanes.forEach((lane, i) => i < among && lane.tenants.forEach((t) => {
        if (t.bad && t.from > 0) found.push({ lane: i, n: t.from, pos: t.pos, id: t.id, stays: t.to === null });
      }));
      found.sort((a, b) => b.stays - a.stays || this.weight(b) - this.weight(a) || a.n - b.n || a.lane - b.lane || a.pos - b.pos);
      return found[0] || null;
    }

    /* a thing that is not in the picture tells more than a misplaced word, and that more than a misplaced dot */
    weight(found) { return this.lanes[found.lane].why[found.id] ? 2 : /\p{L}/u.test(this.vocab[found.id]) ? 1 : 0; }

    /* columns where every lane ends in end-of-text: the tail, drawn narrow */
    tail() {
      if (!this.done || this.eot < 0) return this.length;
      let start = this.length;
      const quiet = (pos) => this.lanes.every((l) => l.canvases[l.size][pos] === this.eot && !l.events.some((e) => e.pos === pos && e.id !== this.eot && e.id !== this.mask));
      while (start > 0 && quiet(start - 1)) start--;
      return start;
    }
  }

  /* ------------------------------------------------------------------ small things */

  function el(tag, attributes, ...children) {
    const node = document.createElement(tag);
    Object.entries(attributes || {}).forEach(([key, value]) => {
      if (value === null || value === undefined || value === false) return;
      if (key === "text") node.textContent = value;
      else node.setAttribute(key, value === true ? "" : value);
    });
    node.append(...children.filter((c) => c !== null));
    return node;
  }

  const set = (node, key, value) => {
    if (value === null || value === undefined || value === "") { if (node.hasAttribute(key)) node.removeAttribute(key); }
    else if (node.getAttribute(key) !== String(value)) node.setAttribute(key, value);
  };
  const p2 = (p) => (p === null || p === undefined ? "–" : p >= 0.995 ? "1.0" : p.toFixed(2).replace(/^0/, ""));
  const plural = (n, word) => `${n} ${word}${n === 1 ? "" : word.endsWith("s") ? "es" : "s"}`;
  const clamp = (x, low, high) => Math.max(low, Math.min(high, x));
  const quiet = () => global.matchMedia && global.matchMedia("(prefers-reduced-motion: reduce)").matches;

  /* plain sentences may mark words with *stars*; nothing else is interpreted */
  function sentence(text) {
    const node = el("p", {});
    text.split("*").forEach((part, i) => node.append(i % 2 ? el("strong", { text: part }) : part));
    return node;
  }

  /* ------------------------------------------------------------------ the roll: one lane on two canvases */

  class Roll {
    constructor(score, index) {
      this.score = score;
      this.index = index;
      this.base = el("canvas", { "aria-hidden": "true" });
      this.over = el("canvas", { "aria-hidden": "true", class: "rv-over" });
      this.name = el("h4", {});
      this.stage = el("div", { class: "rv-stage" }, this.base, this.over);
      this.node = el("div", { class: "rv-lane", "data-lane": index }, this.name, this.stage);
      const where = (event) => this.locate(event);
      this.over.addEventListener("pointermove", (event) => score.hover(this, where(event), event));
      this.over.addEventListener("pointerleave", () => score.hover(this, null));
      this.over.addEventListener("click", (event) => { const hit = where(event); if (hit) score.select(index, hit.pos, hit.n); });
    }

    get lane() { return this.score.run.lanes[this.index]; }

    /* across: px of a column's start; along: px of a pass's start. Down = time runs down, else to the right */
    layout() {
      const s = this.score, g = s.geometry, rows = Math.max(1, this.lane.planned_size);
      this.long = g.top + rows * g.row + g.foot + 8;
      this.wide = g.left + g.span + 10;
      this.size(this.base); this.size(this.over);
      set(this.stage, "style", `width:${g.down ? this.wide : this.long}px;height:${g.down ? this.long : this.wide}px`);
    }

    size(canvas) {
      const ratio = global.devicePixelRatio || 1;
      const [w, h] = this.score.geometry.down ? [this.wide, this.long] : [this.long, this.wide];
      if (canvas.width !== Math.round(w * ratio) || canvas.height !== Math.round(h * ratio)) {
        canvas.width = Math.round(w * ratio); canvas.height = Math.round(h * ratio);
        canvas.style.width = `${w}px`; canvas.style.height = `${h}px`;
      }
      canvas.getContext("2d").setTransform(ratio, 0, 0, ratio, 0, 0);
    }

    box(pos, from, to) {
      const g = this.score.geometry, a = g.x[pos], b = g.x[pos + 1], t = g.top + from * g.row, u = g.top + to * g.row;
      return g.down ? [a, t, b - a, u - t] : [t, a, u - t, b - a];
    }

    locate(event) {
      const g = this.score.geometry, rect = this.over.getBoundingClientRect();
      const [a, t] = g.down ? [event.clientX - rect.left, event.clientY - rect.top] : [event.clientY - rect.top, event.clientX - rect.left];
      if (a < g.left || a >= g.left + g.span) return null;
      let pos = g.first;
      while (pos < g.stop - 1 && g.x[pos + 1] <= a) pos++;
      return { pos, n: clamp(Math.floor((t - g.top) / g.row) + 1, 0, this.lane.size), inside: t < g.top + this.lane.size * g.row };
    }

    draw() {
      const g = this.score.geometry, ink = this.score.ink, lane = this.lane, pen = this.base.getContext("2d");
      pen.clearRect(0, 0, this.base.width, this.base.height);
      this.drawRules(pen, g, ink, lane);
      this.drawWaiting(pen, g, ink, lane);
      lane.tenants.forEach((t) => { if (t.pos >= g.first && t.pos < g.stop) this.drawTenant(pen, g, ink, lane, t); });
      lane.passes.forEach((pass, n) => { if (pass && pass.read && pass.read.length) this.drawDraft(pen, g, ink, pass, n); });
      lane.events.forEach((e) => { if (e.pos >= g.first && e.pos < g.stop) this.drawEvent(pen, g, ink, lane, e); });
      if (lane.ended) lane.never.forEach((pos) => { if (pos >= g.first && pos < g.stop && lane.canvases[lane.size][pos] !== lane.eot) this.drawNever(pen, g, ink, lane, pos); });
    }

    drawRules(pen, g, ink, lane) {
      pen.font = `10px ${ink.font}`; pen.textBaseline = "middle";
      const every = Math.max(1, Math.ceil((g.down ? 12 : 22) / g.row));
      const heads = [["pass", 30], ["open", 62], ["+", 86], ["◇", 108]];
      if (g.down) { pen.textAlign = "right"; pen.fillStyle = ink.faint; heads.forEach(([word, x]) => pen.fillText(word, x, g.top - 10)); }
      for (let n = 1; n <= lane.planned_size; n++) {
        const [x, y, w, h] = g.down ? [g.left, g.top + (n - 1) * g.row, g.span, g.row] : [g.top + (n - 1) * g.row, g.left, g.row, g.span];
        const pass = lane.passes[n];
        if (pass && pass.phase !== "predict") { pen.fillStyle = pass.phase === "draft" ? ink.draftRow : ink.settleRow; pen.fillRect(x, y, w, h); }
        pen.fillStyle = ink.rule;
        if (g.row >= 9 || n % every === 0) { if (g.down) pen.fillRect(x, y + h - 0.5, w, 0.5); else pen.fillRect(x + w - 0.5, y, 0.5, h); }
        if ((n - 1) % every) continue;
        pen.fillStyle = n <= lane.size ? ink.soft : ink.rule;
        if (!g.down) { pen.textAlign = "center"; pen.fillText(String(n), x + w / 2, g.left - 10); continue; }
        const mid = y + h / 2;
        pen.fillText(String(n), 30, mid);
        if (n > lane.size) continue;
        pen.fillStyle = ink.faint;
        [[lane.openAt(n), 62], [lane.count(n, "commit"), 86], [lane.count(n, "revise"), 108]].forEach(([value, at]) => pen.fillText(value ? String(value) : "·", at, mid));
      }
    }

    /* an open position: a dot whose size says how sure the model's proposal was in that pass */
    drawWaiting(pen, g, ink, lane) {
      pen.fillStyle = ink.wait;
      for (let n = 1; n <= lane.size; n++) {
        const canvas = lane.canvases[n], prob = lane.passes[n].prob;
        for (let pos = g.first; pos < g.stop; pos++) {
          if (canvas[pos] !== lane.mask) continue;
          const [x, y, w, h] = this.box(pos, n - 1, n), r = clamp(0.6 + (prob[pos] / 1000) * 2, 0.6, Math.min(w, h) / 2);
          pen.beginPath(); pen.arc(x + w / 2, y + h / 2, r, 0, 7); pen.fill();
        }
      }
    }

    drawTenant(pen, g, ink, lane, t) {
      const stop = t.to === null ? lane.size + 1 : t.to, from = Math.max(1, t.from), quietEnd = t.id === lane.eot;
      if (stop <= from) return;
      const gap = t.end === "remask" ? Math.min(3, g.row * 0.3) : 0;
      const [x, y, w, h] = this.box(t.pos, from - 1, stop - 1), pad = w > 12 || !g.down ? (g.down ? Math.max(1.5, w * 0.11) : 2) : 0.5;
      const bar = g.down ? [x + pad, y + 1, w - 2 * pad, h - 1.5 - gap] : [x + 1, y + pad, w - 1.5 - gap, h - 2 * pad];
      const round = Math.min(4, bar[2] / 2, bar[3] / 2);
      pen.save(); pen.beginPath(); pen.roundRect(bar[0], bar[1], bar[2], bar[3], round); pen.clip();
      for (let n = from; n < stop; n++) {
        const [sx, sy, sw, sh] = this.box(t.pos, n - 1, n), p = lane.prob(t, n);
        pen.fillStyle = quietEnd ? ink.end : t.bad ? ink.bad(p) : ink.tint(p);
        pen.fillRect(sx, sy, sw + 0.5, sh + 0.5);
      }
      if (t.bad) { pen.fillStyle = ink.hatch(pen); pen.fillRect(...bar); }
      pen.restore();
      if (t.bad) { pen.strokeStyle = ink.wrong; pen.lineWidth = 1.25; pen.beginPath(); pen.roundRect(bar[0] + 0.6, bar[1] + 0.6, bar[2] - 1.2, bar[3] - 1.2, round); pen.stroke(); }
      if (!quietEnd && t.to !== null) this.drawWord(pen, g, ink, t, bar);
    }

    /* a word that was driven out is written into its bar, as on the spine of a book */
    drawWord(pen, g, ink, t, bar) {
      const word = this.score.run.word(t.id), thick = g.down ? bar[2] : bar[3], long = (g.down ? bar[3] : bar[2]) - 14;
      if (thick < 11) return;
      pen.font = `${thick >= 15 ? 11 : 9.5}px ${ink.font}`;
      if (pen.measureText(word).width > long) return;
      pen.save(); pen.fillStyle = t.bad ? ink.wrongText : ink.text; pen.textAlign = "left"; pen.textBaseline = "middle";
      if (g.down) { pen.translate(bar[0] + bar[2] / 2, bar[1] + 12); pen.rotate(Math.PI / 2); } else pen.translate(bar[0] + 12, bar[1] + bar[3] / 2 + 0.5);
      pen.fillText(word, 0, 0);
      pen.restore();
    }

    drawDraft(pen, g, ink, pass, n) {
      const lane = this.lane, last = lane.passes[n - 1], canvas = lane.canvases[n - 1];
      pen.fillStyle = ink.draft;
      pass.read.forEach(([pos, id]) => {
        if (pos < g.first || pos >= g.stop) return;
        const [x, y, w, h] = this.box(pos, n - 1, n), moved = canvas[pos] !== lane.mask || (last && last.phase === "draft" && lane.reads[n - 1][pos] !== id);
        pen.globalAlpha = moved ? 1 : 0.28;
        if (g.down) pen.fillRect(x + w * 0.3, y + h / 2 - 0.75, w * 0.4, 1.5); else pen.fillRect(x + w / 2 - 0.75, y + h * 0.3, 1.5, h * 0.4);
      });
      pen.globalAlpha = 1;
    }

    drawEvent(pen, g, ink, lane, e) {
      const [x, y, w, h] = this.box(e.pos, e.n - 1, e.n), wide = g.down ? w : h;
      const [cx, cy] = g.down ? [x + w / 2, y + Math.min(6, h / 2)] : [x + Math.min(6, w / 2), y + h / 2];
      const r = clamp(Math.min(wide * 0.2, g.row * 0.42), 1.2, 5);
      if (e.kind === "commit") {
        if (g.stop - g.first > 64 && g.row < 6) return;
        pen.fillStyle = e.id === lane.eot ? ink.faint : ink.commit;
        pen.beginPath(); pen.arc(cx, cy, e.id === lane.eot ? r * 0.45 : r * 0.62, 0, 7); pen.fill();
      } else if (e.kind === "remask") {
        pen.strokeStyle = ink.remask; pen.lineWidth = 1.8; pen.fillStyle = ink.paper;
        pen.beginPath(); pen.arc(cx, cy - (g.down ? 3 : 0), r, 0, 7); pen.fill(); pen.stroke();
      } else this.drawRevision(pen, ink, lane.outcome(e), cx, cy, r * 1.25);
    }

    drawRevision(pen, ink, outcome, cx, cy, r) {
      pen.beginPath(); pen.moveTo(cx, cy - r); pen.lineTo(cx + r, cy); pen.lineTo(cx, cy + r); pen.lineTo(cx - r, cy); pen.closePath();
      pen.fillStyle = outcome === "repaired" ? ink.repaired : outcome === "harmed" ? ink.wrong : ink.revise;
      pen.fill(); pen.strokeStyle = ink.paper; pen.lineWidth = 1; pen.stroke();
      if (r < 4 || (outcome !== "repaired" && outcome !== "harmed")) return;
      pen.strokeStyle = "#fff"; pen.lineWidth = 1.3; pen.beginPath();
      const q = r * 0.38;
      if (outcome === "repaired") { pen.moveTo(cx - q, cy); pen.lineTo(cx - q * 0.2, cy + q * 0.8); pen.lineTo(cx + q, cy - q * 0.7); }
      else { pen.moveTo(cx - q, cy - q); pen.lineTo(cx + q, cy + q); pen.moveTo(cx + q, cy - q); pen.lineTo(cx - q, cy + q); }
      pen.stroke();
    }

    drawNever(pen, g, ink, lane, pos) {
      const [x, y, w, h] = this.box(pos, lane.size - 1, lane.size);
      pen.fillStyle = ink.soft; pen.font = `600 10px ${ink.font}`; pen.textAlign = "center"; pen.textBaseline = "middle";
      if (g.down) { if (h >= 20) pen.fillText("?", x + w / 2, y + h - 7); } else if (w >= 20) pen.fillText("?", x + w - 8, y + h / 2);
    }

    /* cursor, what is still to come, the lit column, the words at the cursor */
    drawOver() {
      const s = this.score, g = s.geometry, ink = s.ink, lane = this.lane, pen = this.over.getContext("2d");
      pen.clearRect(0, 0, this.over.width, this.over.height);
      const n = s.run.at(lane, s.now, s.axis), seen = s.run.at(lane, s.seen, s.axis), planned = lane.planned_size;
      const veil = (from, to, alpha) => {
        if (to <= from) return;
        pen.globalAlpha = alpha; pen.fillStyle = ink.paper;
        const a = g.top + from * g.row, b = (to - from) * g.row;
        if (g.down) pen.fillRect(g.left - GUTTER + 34, a, g.span + GUTTER, b); else pen.fillRect(a, g.left, b, g.span);
        pen.globalAlpha = 1;
      };
      veil(seen, planned, 1); veil(n, seen, 0.72);
      this.drawUnwritten(pen, g, ink, seen, planned);
      if (s.picked) this.drawLit(pen, g, ink, s.picked.pos, planned, 0.07);
      if (s.pointed !== null && (!s.picked || s.pointed !== s.picked.pos)) this.drawLit(pen, g, ink, s.pointed, planned, 0.04);
      const at = g.top + n * g.row;
      pen.fillStyle = ink.text;
      if (g.down) { pen.fillRect(34, at - 0.75, g.left + g.span - 34, 1.5); this.handle(pen, 34, at, 1); } else { pen.fillRect(at - 0.75, g.left - 4, 1.5, g.span + 4); this.handle(pen, at, g.left - 4, 0); }
      if (g.foot) this.drawFoot(pen, g, ink, lane, n, planned);
    }

    /* passes to come: an empty stave */
    drawUnwritten(pen, g, ink, seen, planned) {
      pen.fillStyle = ink.rule;
      for (let n = seen; n < planned; n++) {
        for (let pos = g.first; pos < g.stop; pos++) {
          if (g.x[pos + 1] - g.x[pos] < 9) continue;
          const [x, y, w, h] = this.box(pos, n, n + 1);
          pen.fillRect(x + w / 2 - 1, y + h / 2 - 1, 2, 2);
        }
      }
    }

    handle(pen, x, y, sideways) {
      pen.beginPath();
      if (sideways) { pen.moveTo(x - 5, y - 4.5); pen.lineTo(x + 2, y); pen.lineTo(x - 5, y + 4.5); } else { pen.moveTo(x - 4.5, y - 5); pen.lineTo(x, y + 2); pen.lineTo(x + 4.5, y - 5); }
      pen.fill();
    }

    drawLit(pen, g, ink, pos, planned, alpha) {
      if (pos < g.first || pos >= g.stop) return;
      const [x, y, w, h] = this.box(pos, 0, planned);
      pen.globalAlpha = alpha; pen.fillStyle = ink.text; pen.fillRect(x, g.down ? 0 : y, g.down ? w : this.long, g.down ? this.long : h); pen.globalAlpha = 1;
    }

    drawFoot(pen, g, ink, lane, n, planned) {
      if (!g.down) { this.drawSide(pen, g, ink, lane, n, planned); return; }
      const y = g.top + planned * g.row + 9, slope = g.col >= 17 ? -0.9 : -Math.PI / 2;
      pen.textBaseline = "middle"; pen.textAlign = "right";
      for (let pos = g.first; pos < g.stop; pos++) {
        const id = lane.canvases[n][pos];
        if (id === lane.mask || id === lane.eot || g.x[pos + 1] - g.x[pos] < 9) continue;
        const bad = lane.isWrong(pos, id), lit = s(this.score, pos);
        pen.font = `${lit || bad ? "600 " : ""}${g.col >= 17 ? 12 : 10}px ${ink.font}`;
        pen.fillStyle = bad ? ink.wrongText : ink.text;
        pen.save(); pen.translate((g.x[pos] + g.x[pos + 1]) / 2 + 3, y); pen.rotate(slope); pen.fillText(this.score.run.word(id), 0, 0); pen.restore();
      }
      function s(score, pos) { return (score.picked && score.picked.pos === pos) || score.pointed === pos; }
    }

    drawSide(pen, g, ink, lane, n, planned) {
      pen.textBaseline = "middle"; pen.textAlign = "left";
      for (let pos = g.first; pos < g.stop; pos++) {
        const id = lane.canvases[n][pos], bad = lane.isWrong(pos, id);
        if (id === lane.mask || id === lane.eot || g.x[pos + 1] - g.x[pos] < 9) continue;
        pen.font = `${bad ? "600 " : ""}13px ${ink.font}`; pen.fillStyle = bad ? ink.wrongText : ink.text;
        pen.fillText(this.score.run.word(id), g.top + planned * g.row + 9, (g.x[pos] + g.x[pos + 1]) / 2 + 0.5);
      }
    }
  }

  /* ------------------------------------------------------------------ the component */


  class Score {
    constructor(host, payload, options) {
      this.host = host;
      this.options = Object.assign({ autoplay: false, resync: null, resources: "" }, options || {});
      this.axis = "passes"; this.speed = 1; this.now = 0; this.seen = 0; this.first = 0; this.laneShown = 0;
      this.picked = null; this.pointed = null; this.timer = null; this.follow = true; this.tableOpen = false;
      this.queue = []; this.past = new Set(); this.frame = 0; this.rolls = []; this.bands = []; this.geometry = null; this.story = null;
      this.build();
      this.watch();
      if (payload) this.load(payload, this.options.autoplay); else this.empty();
    }

    /* ---- the frame around the run: made once */
    build() {
      this.root = el("section", { class: "rv-score", "aria-label": "Score of a run", "data-state": "empty", "data-run": "", "data-pass": "0", tabindex: "-1" });
      this.title = el("div", { class: "rv-title" });
      this.image = el("img", { alt: "" });
      this.caption = el("figcaption", {});
      this.eyeGrid = el("div", { class: "rv-eye", "aria-hidden": "true" });
      this.figure = el("figure", { class: "rv-picture" }, el("div", { class: "rv-frame" }, this.image, this.eyeGrid), this.caption);
      this.tabs = el("div", { class: "rv-tabs", role: "group", "aria-label": "Lane shown" });
      this.texts = el("div", { class: "rv-texts" });
      this.note = el("aside", { class: "rv-note", "aria-label": "Notes" });
      this.body = el("div", { class: "rv-body" });
      this.legend = el("details", { class: "rv-legend" });
      this.tableBox = el("div", { class: "rv-table", hidden: true });
      this.live = el("div", { class: "rv-sr", "aria-live": "polite", role: "status" });
      this.tip = el("div", { class: "rv-tip", hidden: true, "aria-hidden": "true" });
      this.root.append(this.title, el("div", { class: "rv-top" }, this.figure, el("div", { class: "rv-reading" }, this.tabs, this.texts), this.note),
        this.transport(), this.windower(), this.body, this.legend, this.footer(), this.tableBox, this.live, this.tip);
      this.host.replaceChildren(this.root);
      this.root.addEventListener("keydown", (event) => this.key(event));
    }

    transport() {
      this.playButton = el("button", { type: "button", class: "rv-play", "aria-label": "Play" });
      this.playButton.addEventListener("click", () => this.toggle());
      this.range = el("input", { type: "range", min: "0", max: "0", value: "0", step: "1", "aria-label": "Forward pass", class: "rv-range" });
      this.range.addEventListener("input", () => { this.pause(); this.release(); this.letGo(); this.seek(Number(this.range.value), true); });
      this.where = el("output", { class: "rv-where" });
      this.axisBox = this.choice("Compare at", [["passes", "same forward passes"], ["steps", "same steps"]], "passes", (value) => this.setAxis(value));
      this.speedBox = this.choice("Speed", SPEEDS.map((s) => [String(s), `${s}×`.replace("0.5", "½")]), "1", (value) => { this.speed = Number(value); });
      return el("div", { class: "rv-transport" }, this.playButton, this.range, this.where, this.axisBox, this.speedBox);
    }

    choice(label, options, chosen, then) {
      const name = `rv-${Math.random().toString(36).slice(2)}`, box = el("fieldset", { class: "rv-choice", "data-choice": label }, el("legend", { text: label }));
      options.forEach(([value, text]) => {
        const input = el("input", { type: "radio", name, value, checked: value === chosen });
        input.addEventListener("change", () => then(value));
        box.append(el("label", {}, input, el("span", { text })));
      });
      return box;
    }

    windower() {
      const step = (by) => { this.first = clamp(this.first + by, 0, Math.max(0, this.run.length - WINDOW)); this.refresh(); };
      const back = el("button", { type: "button", text: "‹ earlier words" }), on = el("button", { type: "button", text: "later words ›" });
      back.addEventListener("click", () => step(-WINDOW)); on.addEventListener("click", () => step(WINDOW));
      this.windowText = el("span", {});
      this.windowBox = el("div", { class: "rv-window", hidden: true }, back, this.windowText, on);
      return this.windowBox;
    }

    footer() {
      const table = el("button", { type: "button", class: "rv-link", "aria-expanded": "false", text: "Show as a table" });
      table.addEventListener("click", () => {
        this.tableOpen = !this.tableOpen; this.tableBox.hidden = !this.tableOpen;
        table.textContent = this.tableOpen ? "Hide the table" : "Show as a table"; set(table, "aria-expanded", this.tableOpen);
        this.drawTable();
      });
      const share = el("button", { type: "button", class: "rv-link", text: "Copy a link to this view" });
      share.addEventListener("click", () => {
        const url = this.link();
        global.history.replaceState(null, "", url);
        const said = (text) => { share.textContent = text; this.say(text); };
        if (global.navigator.clipboard) global.navigator.clipboard.writeText(url).then(() => said("Link copied"), () => said("The link stands in the address bar"));
        else said("The link stands in the address bar");
      });
      this.share = share;
      return el("div", { class: "rv-foot" }, table, share, el("span", { class: "rv-keys", text: "Keys: ← → pass · Shift ← → event · E next revision · D next difference · Space plays" }));
    }

    watch() {
      this.resizer = new ResizeObserver(() => this.plan());
      this.resizer.observe(this.root);
      this.themer = new MutationObserver(() => this.repaint());
      [document.documentElement, document.body].forEach((node) => this.themer.observe(node, { attributes: true, attributeFilter: ["class"] }));
      this.scheme = global.matchMedia ? global.matchMedia("(prefers-color-scheme: dark)") : null;
      this.onScheme = () => this.repaint();
      if (this.scheme) this.scheme.addEventListener("change", this.onScheme);
    }

    destroy() {
      this.pause(); clearTimeout(this.chasing); this.resizer.disconnect(); this.themer.disconnect();
      if (this.scheme) this.scheme.removeEventListener("change", this.onScheme);
      this.host.replaceChildren();
    }

    state(name) { set(this.root, "data-state", name); this.playing = name === "playing"; set(this.playButton, "aria-label", this.playing ? "Pause" : "Play"); set(this.playButton, "data-playing", this.playing ? "1" : ""); }

    empty() {
      this.state("empty");
      this.title.replaceChildren(el("p", { class: "rv-about", text: "No run yet. Choose a picture below and press Run." }));
    }

    /* ---- the view in the address: #run=NAME&pass=5&lane=1&word=12 */
    link() {
      const place = new URLSearchParams({ run: this.run.run, pass: this.now });
      if (this.picked) { place.set("lane", this.picked.lane); place.set("word", this.picked.pos); }
      const url = new URL(global.location.href);
      if (url.protocol !== "file:") url.searchParams.set("run", this.run.run);
      url.hash = place.toString();
      return url.href;
    }

    fromLink() {
      const place = new URLSearchParams(global.location.hash.slice(1)), lane = Number(place.get("lane")), word = Number(place.get("word"));
      if (place.get("run") !== this.run.run || !place.has("pass") || !this.run.done) return false;
      this.seen = this.run.last(this.axis);
      this.seek(Number(place.get("pass")) || 0);
      this.state("paused");
      if (place.has("word") && this.run.lanes[lane] && word >= 0 && word < this.run.length) this.select(lane, word, null);
      return true;
    }

    /* ---- messages */
    message(message) {
      if (typeof message === "string") { if (!message) return; message = JSON.parse(message); }
      if (message && message.kind) { this.queue.push(message); this.drain(); }
    }

    drain() {
      while (this.queue.length) {
        const message = this.queue.shift();
        if (message.kind === "run") { this.begin(message); continue; }
        if (this.past.has(message.run)) continue;
        if (!this.run || message.run !== this.run.run || message.seq > this.run.seq + 1) { this.resync(message); return; }
        if (message.seq <= this.run.seq) continue;
        if (message.kind === "rows") { this.run.rows(message); this.arrived(); }
        if (message.kind === "end") { this.run.end(message); this.ended(); }
      }
    }

    begin(message) {
      const same = this.run && this.run.run === message.run;
      if ((same || this.past.has(message.run)) && !message.again) return;
      if (this.run && !same) this.past.add(this.run.run);
      this.past.delete(message.run);
      this.load(message, message.autoplay);
    }

    /* ask for what was missed until the last number seen is reached */
    resync(message) {
      if (!this.options.resync || this.resyncing) return;
      this.resyncing = true;
      const after = this.run && this.run.run === message.run ? this.run.seq : -1;
      this.options.resync({ run: message.run, after }).then((missed) => {
        this.resyncing = false;
        const list = (missed && missed.messages) || [];
        if (!list.length) return;
        this.queue = list.map((m) => (typeof m === "string" ? JSON.parse(m) : m)).concat(this.queue);
        this.drain();
        if (this.run && this.run.run === message.run && this.run.seq < message.seq) this.resync(message);
      }, () => { this.resyncing = false; });
    }

    load(payload, autoplay) {
      this.pause();
      clearTimeout(this.chasing);
      this.chasing = 0;
      this.run = new Run(payload);
      this.now = 0; this.picked = null; this.pointed = null; this.first = 0; this.laneShown = 0; this.follow = true; this.story = null; this.guess = null;
      this.seen = this.run.done && !autoplay ? this.run.last(this.axis) : 0;
      set(this.root, "data-run", this.run.run); set(this.root, "data-story", "");
      this.furnish();
      if (!this.run.done) this.state("streaming");
      else if (!payload.again && this.fromLink()) this.noteNow();
      else if (autoplay) this.tell();
      else { this.state("paused"); this.now = this.run.last(this.axis); }
      this.refresh();
      if (!this.run.done) this.say(this.run.title || "A run begins.");
    }

    /* a run that comes in is followed pass by pass, at a pace that can be watched; it is never held back at its source */
    arrived() {
      if (this.follow && quiet()) this.now = this.run.last(this.axis);
      this.seen = Math.max(this.seen, this.now);
      if (this.follow && !this.chasing) this.chase();
      this.refresh(true);
    }

    chase() {
      clearTimeout(this.chasing);
      this.chasing = 0;
      if (!this.follow || this.root.dataset.state !== "streaming") return;
      const last = this.run.last(this.axis), planned = Math.max(...this.run.lanes.map((l) => l.planned_size));
      if (this.now < last) this.seek(this.now + 1);
      if (this.now >= last && this.run.done) { this.finale(); return; }
      if (this.now < last || !this.run.done) this.chasing = setTimeout(() => this.chase(), clamp(2800 / Math.max(1, planned), 16, 340) / this.speed);
    }

    ended() {
      this.furnishLegend();
      if (this.follow && this.now < this.run.last(this.axis) && !quiet()) { if (!this.chasing) this.chase(); this.refresh(); return; }
      this.finale();
    }

    finale() {
      clearTimeout(this.chasing);
      this.chasing = 0;
      this.state("done");
      this.seen = this.run.last(this.axis);
      if (this.follow) this.now = this.seen;
      this.reveal();
      this.refresh();
    }

    /* ---- what changes with the run */
    furnish() {
      const run = this.run;
      this.title.replaceChildren(el("span", { class: "rv-badge", "data-source": run.source, text: run.source === "live" ? "live" : "recorded" }), el("h2", { text: run.title || "A run" }));
      if (run.about) this.title.append(el("span", { class: "rv-about", text: run.about }));
      this.share.hidden = run.source === "live";
      this.share.textContent = "Copy a link to this view";
      this.figure.hidden = !run.picture;
      if (run.picture) { this.image.src = run.picture; this.image.alt = run.scene_words ? `The picture: ${run.scene_words}` : "The picture that is described"; }
      this.caption.textContent = run.scene_words ? `${run.scene_words}.` : "";
      set(this.root, "data-lanes", run.lanes.length);
      this.texts.replaceChildren(...run.lanes.map((lane, i) => this.textOf(lane, i)));
      this.tabs.replaceChildren(...run.lanes.map((lane, i) => this.tabOf(lane, i)));
      this.rolls = run.lanes.map((_, i) => new Roll(this, i));
      this.bands = run.lanes.slice(1).map((_, i) => this.bandOf(i));
      const parts = [];
      this.rolls.forEach((roll, i) => {
        const lane = run.lanes[i];
        roll.name.replaceChildren(this.letter(i), el("span", { text: lane.title }), el("small", { text: lane.checkpoint }));
        parts.push(roll.node); if (this.bands[i]) parts.push(this.bands[i].node);
      });
      this.body.replaceChildren(...parts);
      this.furnishLegend();
      this.note.replaceChildren(el("div", { class: "rv-card" }, sentence(run.intro || "Press play, drag the cursor, or click any word: its story opens here.")));
    }

    letter(i) { return el("span", { class: "rv-letter", "data-lane": i, text: LETTERS[i] }); }

    textOf(lane, i) {
      const status = el("span", { class: "rv-status" }), chips = el("div", { class: "rv-chips", role: "group", "aria-label": `Text of lane ${LETTERS[i]}, ${lane.title}` });
      const node = el("article", { class: "rv-text", "data-lane": i }, el("h3", {}, this.letter(i), el("span", { class: "rv-name", text: lane.title }), el("small", { text: lane.checkpoint }), status), chips);
      node.chips = []; node.box = chips; node.status = status; node.tail = el("span", { class: "rv-tail" });
      chips.addEventListener("click", (event) => { const chip = event.target.closest(".rv-chip"); if (chip) this.select(i, Number(chip.dataset.pos), null); });
      chips.addEventListener("pointerover", (event) => { const chip = event.target.closest(".rv-chip"); this.point(chip ? Number(chip.dataset.pos) : null); });
      chips.addEventListener("pointerleave", () => this.point(null));
      return node;
    }

    tabOf(lane, i) {
      const tab = el("button", { type: "button", class: "rv-tab", "aria-pressed": i === 0 }, this.letter(i), lane.title);
      tab.addEventListener("click", () => { this.laneShown = i; this.refresh(); });
      return tab;
    }

    bandOf(i) {
      const canvas = el("canvas", { "aria-hidden": "true" }), text = el("span", {}), node = el("div", { class: "rv-band" }, text, canvas);
      canvas.addEventListener("click", (event) => {
        const g = this.geometry, a = event.clientX - canvas.getBoundingClientRect().left;
        for (let pos = g.first; pos < g.stop; pos++) if (a >= g.x[pos] && a < g.x[pos + 1]) this.select(i + 1, pos, null);
      });
      return { node, canvas, text, upper: i, lower: i + 1 };
    }

    furnishLegend() {
      const mark = (kind, text) => el("span", { class: "rv-mark" }, el("i", { "data-mark": kind, "aria-hidden": "true" }), text);
      const marks = [["bar", "a word's stay; darker = more probable now"], ["commit", "placed"], ["revise", "revised in place"], ["remask", "taken back to a mask"], ["draft", "a corrector's draft"], ["wait", "still open; larger = surer"]];
      if (this.run.lanes.some((l) => l.truth)) marks.splice(3, 0, ["repaired", "a revision that repaired"], ["harmed", "a revision that harmed"], ["wrong", "wrong word"]);
      marks.push(["never", "placed in the last pass: never checked"]);
      this.legend.replaceChildren(el("summary", { text: "How to read this" }), el("div", { class: "rv-marks" }, ...marks.map(([k, t]) => mark(k, t))),
        ...this.run.lanes.map((lane, i) => el("p", { class: "rv-honest" }, this.letter(i), el("strong", { text: lane.title }), ` ${lane.words || ""} `, el("em", { text: this.missing(lane) }), lane.label ? ` ${lane.label}` : "")));
      this.legend.open = this.root.clientWidth >= 620;
    }

    missing(lane) {
      const all = { commit: "place", revise: "revise", remask: "remask" }, none = Object.keys(all).filter((k) => lane.rules && !lane.rules.includes(k)).map((k) => all[k]);
      return none.length ? `It has no rule to ${none.join(" or to ")}.` : "";
    }

    /* ---- geometry */
    plan() {
      if (!this.run) return;
      const width = this.root.clientWidth, phone = width < 620;
      set(this.root, "data-size", phone ? "phone" : width < 980 ? "middle" : "wide");
      const stop = Math.min(this.run.length, this.first + WINDOW), tail = Math.min(this.run.tail(), stop), count = stop - this.first;
      const passes = Math.max(1, ...this.run.lanes.map((l) => l.planned_size)), down = !phone;
      const across = down ? this.body.clientWidth - GUTTER - 12 : 0, full = Math.max(0, tail - this.first), small = count - full;
      const thin = down ? (small ? clamp((across - full * 46) / small, 7, 14) : 7) : 5;
      const col = down ? clamp((across - small * thin) / Math.max(1, full), 8, 46) : 27;
      const x = {}; let at = down ? GUTTER : 24;
      const left = at;
      for (let pos = this.first; pos < stop; pos++) { x[pos] = at; at += pos < tail ? col : thin; }
      x[stop] = at;
      const lanes = Math.max(2, this.run.lanes.length), side = 92;
      const row = down ? clamp(Math.floor((lanes > 2 ? 620 : 460) / lanes / passes * 2) / 2, 5, 27) : clamp((this.body.clientWidth - side - 12) / passes, 4, 44);
      this.geometry = { down, first: this.first, stop, col, x, left, span: at - left, row, top: down ? TOP : 8, foot: down ? (col >= 10 ? this.footHeight(col) : 0) : side };
      this.windowBox.hidden = this.run.length <= WINDOW;
      this.windowText.textContent = `words ${this.first + 1}–${stop} of ${this.run.length}`;
      this.rolls.forEach((roll) => roll.layout());
      this.paint();
    }

    footHeight(col) {
      const pen = document.createElement("canvas").getContext("2d");
      pen.font = `600 12px ${this.ink ? this.ink.font : "sans-serif"}`;
      const used = new Set();
      this.run.lanes.forEach((l) => l.canvases.forEach((c) => c.forEach((id) => used.add(id))));
      const long = Math.max(28, ...[...used].map((id) => pen.measureText(this.run.word(id) || "").width));
      return Math.ceil(Math.min(110, long) * (col >= 17 ? 0.79 : 1)) + 16;
    }

    /* colours come from score.css, so that there is one place for them */
    readInk() {
      const style = getComputedStyle(this.root), get = (name) => style.getPropertyValue(`--rv-${name}`).trim();
      const names = ["paper", "text", "soft", "faint", "rule", "wait", "commit", "revise", "remask", "draft", "draft-row", "settle-row", "end", "wrong", "wrong-text", "repaired"];
      const ink = {}; names.forEach((n) => { ink[n.replace(/-(.)/, (_, c) => c.toUpperCase())] = get(n); });
      const parse = (name) => get(name).split(/[ ,]+/).map(Number);
      const low = parse("tint-low"), high = parse("tint-high"), badLow = parse("bad-low"), badHigh = parse("bad-high");
      const mix = (a, b, p) => { const q = p === null || p === undefined ? 0.5 : Math.pow(p, 1.3); return `rgb(${a.map((v, i) => Math.round(v + (b[i] - v) * q)).join(",")})`; };
      ink.tint = (p) => mix(low, high, p); ink.bad = (p) => mix(badLow, badHigh, p);
      ink.font = style.fontFamily;
      ink.hatch = (pen) => {
        if (ink.pattern) return ink.pattern;
        const tile = document.createElement("canvas"); tile.width = tile.height = 6;
        const t = tile.getContext("2d"); t.strokeStyle = ink.wrong; t.globalAlpha = 0.42; t.lineWidth = 1.1;
        t.beginPath(); t.moveTo(-1, 7); t.lineTo(7, -1); t.moveTo(-4, 4); t.lineTo(4, -4); t.moveTo(2, 10); t.lineTo(10, 2); t.stroke();
        return (ink.pattern = pen.createPattern(tile, "repeat"));
      };
      this.ink = ink;
    }

    repaint() { this.ink = null; if (this.run) this.refresh(); }

    /* ---- drawing: everything goes through one animation frame */
    refresh(streaming) {
      this.stale = true;
      if (streaming && this.geometry && this.frame) return;
      this.plan();
    }

    paint() {
      if (this.frame) return;
      this.frame = requestAnimationFrame(() => { this.frame = 0; this.paintNow(); });
    }

    paintNow() {
      if (!this.run || !this.geometry) return;
      if (!this.ink) { this.readInk(); this.stale = true; }
      const rows = Math.max(...this.run.lanes.map((l) => l.planned_size));
      if (this.rowsDrawn !== rows) { this.rowsDrawn = rows; this.plan(); if (this.frame) { cancelAnimationFrame(this.frame); this.frame = 0; } }
      if (this.stale || this.drawnGeometry !== this.geometry) { this.rolls.forEach((roll) => roll.draw()); this.stale = false; this.drawnGeometry = this.geometry; }
      this.paintCursor();
    }

    paintCursor() {
      this.rolls.forEach((roll) => roll.drawOver());
      this.bands.forEach((band) => this.drawBand(band));
      this.paintWords();
    }

    seek(k, bySelf) {
      if (!this.run) return;
      const last = this.run.last(this.axis);
      this.now = clamp(Math.round(k), 0, last);
      this.seen = Math.max(this.seen, this.now);
      if (!bySelf) this.range.value = String(this.now);
      this.paint();
    }

    paintWords() {
      const run = this.run, last = run.last(this.axis), planned = Math.max(last, ...run.lanes.map((l) => (this.axis === "steps" ? 0 : l.planned_size)));
      set(this.root, "data-pass", this.now); set(this.root, "data-last", last);
      this.range.max = String(last); if (this.range.value !== String(this.now)) this.range.value = String(this.now);
      const unit = this.axis === "steps" ? "step" : "pass";
      this.where.textContent = `${unit} ${this.now} of ${run.done ? last : planned}`;
      set(this.range, "aria-valuetext", this.where.textContent);
      set(this.texts, "data-shown", this.laneShown); set(this.body, "data-shown", this.laneShown);
      [...this.tabs.children].forEach((tab, i) => set(tab, "aria-pressed", i === this.laneShown ? "true" : "false"));
      [...this.texts.children].forEach((node, i) => { set(node, "data-here", i === this.laneShown ? "1" : ""); this.paintText(node, i); });
      this.rolls.forEach((roll, i) => set(roll.node, "data-here", i === this.laneShown ? "1" : ""));
      if (this.picked) this.paintStory();
      this.drawTable();
    }

    paintText(node, i) {
      const run = this.run, lane = run.lanes[i], n = run.at(lane, this.now, this.axis), g = this.geometry, canvas = lane.canvases[n];
      let stop = g.stop;
      while (run.eot >= 0 && stop > g.first && canvas[stop - 1] === run.eot) stop--;
      const changed = new Map(lane.events.filter((e) => e.n === n && n > 0).map((e) => [e.pos, e]));
      while (node.chips.length < stop - g.first) { const chip = el("button", { type: "button", class: "rv-chip" }); node.chips.push(chip); }
      node.chips.forEach((chip, at) => this.paintChip(chip, lane, g.first + at, n, canvas, changed.get(g.first + at), at < stop - g.first));
      if (node.box.childNodes.length !== node.chips.length + 1) node.box.replaceChildren(...node.chips, node.tail);
      const tail = g.stop - stop;
      node.tail.textContent = tail ? `end of text ×${tail}` : ""; node.tail.hidden = !tail;
      this.paintStatus(node.status, lane, n);
    }

    paintChip(chip, lane, pos, n, canvas, event, shown) {
      chip.hidden = !shown;
      if (!shown) return;
      const id = canvas[pos], word = this.run.word(id), open = id === lane.mask, tenant = open ? null : lane.tenant(pos, n), p = tenant ? lane.prob(tenant, n) : null;
      const bad = lane.isWrong(pos, id), out = event ? lane.outcome(event) : "";
      if (chip.textContent !== word) chip.textContent = word;
      set(chip, "data-pos", pos); set(chip, "data-kind", open ? "open" : id === lane.eot ? "end" : "word"); set(chip, "data-wrong", bad ? "1" : "");
      set(chip, "data-new", event ? event.kind : ""); set(chip, "data-out", out); set(chip, "data-old", event && event.kind === "revise" ? this.run.word(event.old) : "");
      set(chip, "data-lit", this.pointed === pos ? "1" : ""); set(chip, "aria-pressed", this.picked && this.picked.pos === pos && this.picked.lane === this.run.lanes.indexOf(lane) ? "true" : "false");
      const tint = `--p:${p === null ? 0 : Math.round(p * 100)}%`;
      if (chip.getAttribute("style") !== tint) chip.setAttribute("style", tint);
      set(chip, "aria-label", open ? `position ${pos + 1}, open` : `position ${pos + 1}, ${word}${p === null ? "" : `, probability ${p.toFixed(2)}`}${bad ? ", wrong" : ""}${event ? `, ${event.kind === "revise" ? `revised from ${this.run.word(event.old)}` : "just placed"}` : ""}`);
    }

    paintStatus(node, lane, n) {
      if (lane.held) { node.replaceChildren(el("span", { text: "waits for its turn" })); return; }
      const wrong = lane.truth ? lane.wrongAt(n) : null, open = lane.openAt(n), steps = lane.stepEnds.length - 1;
      const parts = [`${n} of ${plural(lane.planned_size, "pass")}`];
      if (lane.ended && steps !== lane.size) parts[0] += ` (${plural(steps, "step")})`;
      if (open) parts.push(`${open} open`);
      const revised = lane.upTo(n, "revise"); if (revised) parts.push(`${revised} revised`);
      const nodes = [el("span", { text: parts.join(" · ") })];
      if (wrong !== null && open < lane.length) nodes.push(el("b", { class: wrong ? "rv-bad" : "rv-good", text: wrong ? `✗ ${wrong} wrong` : open ? "none wrong yet" : "✓ all true" }));
      node.replaceChildren(...nodes);
    }

    drawBand(band) {
      const g = this.geometry, ink = this.ink, run = this.run;
      band.node.hidden = !g.down;
      if (!g.down) return;
      const ratio = global.devicePixelRatio || 1, wide = g.left + g.span + 10, high = 24, canvas = band.canvas;
      canvas.width = Math.round(wide * ratio); canvas.height = high * ratio; canvas.style.width = `${wide}px`; canvas.style.height = `${high}px`;
      const pen = canvas.getContext("2d"); pen.setTransform(ratio, 0, 0, ratio, 0, 0);
      const a = run.lanes[band.upper], b = run.lanes[band.lower], ca = a.canvases[run.at(a, this.now, this.axis)], cb = b.canvases[run.at(b, this.now, this.axis)];
      let differ = 0, both = 0;
      for (let pos = g.first; pos < g.stop; pos++) {
        const mid = (g.x[pos] + g.x[pos + 1]) / 2, open = ca[pos] === run.mask || cb[pos] === run.mask, same = ca[pos] === cb[pos], w = g.x[pos + 1] - g.x[pos];
        if (this.picked && this.picked.pos === pos) { pen.globalAlpha = 0.07; pen.fillStyle = ink.text; pen.fillRect(g.x[pos], 0, w, high); pen.globalAlpha = 1; }
        if (open) { pen.fillStyle = ink.rule; pen.fillRect(mid - 1, high / 2 - 1, 2, 2); continue; }
        both++;
        if (same) { pen.fillStyle = ca[pos] === run.eot ? ink.rule : ink.faint; pen.fillRect(mid - w * 0.22, high / 2 - 2.5, w * 0.44, 1); pen.fillRect(mid - w * 0.22, high / 2 + 1.5, w * 0.44, 1); continue; }
        differ++;
        const r = Math.min(7.5, w * 0.3);
        pen.fillStyle = ink.text; pen.beginPath(); pen.moveTo(mid - r, high / 2); pen.lineTo(mid, 2); pen.lineTo(mid + r, high / 2); pen.lineTo(mid, high - 2); pen.closePath(); pen.fill();
        pen.fillStyle = ink.paper; if (r > 5) { pen.fillRect(mid - 3, high / 2 - 2.5, 6, 1.2); pen.fillRect(mid - 3, high / 2 + 1.2, 6, 1.2); }
      }
      band.text.textContent = differ ? `${differ} differ` : both ? "no difference" : "";
    }

    /* ---- pointing and picking */
    point(pos) { if (pos !== this.pointed) { this.pointed = pos; this.paint(); } }

    hover(roll, hit, event) {
      this.point(hit ? hit.pos : null);
      if (!hit || event.pointerType === "touch") { this.tip.hidden = true; return; }
      const lane = roll.lane, n = hit.inside ? hit.n : this.run.at(lane, this.now, this.axis), shown = Math.min(n, this.run.at(lane, this.seen, this.axis));
      this.tip.replaceChildren(...this.tipLines(lane, hit.pos, shown));
      this.tip.hidden = false;
      const box = this.root.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
      this.tip.style.left = `${clamp(x + 14, 4, box.width - this.tip.offsetWidth - 4)}px`; this.tip.style.top = `${y + 16}px`;
    }

    tipLines(lane, pos, n) {
      const run = this.run, id = lane.canvases[n][pos], pass = lane.passes[n], tenant = id === run.mask ? null : lane.tenant(pos, n);
      const head = el("b", { text: tenant ? run.word(id) : "open" });
      const lines = [head, el("span", { text: `position ${pos + 1} · after pass ${n}` })];
      if (tenant) lines.push(el("span", { text: `${tenant.from ? `placed in pass ${tenant.from}` : "there from the start"} · probability now ${p2(lane.prob(tenant, n))}` }));
      else if (pass) lines.push(el("span", { text: `would say “${run.word(pass.top[pos][0])}” ${p2(pass.prob[pos] / 1000)}` }));
      if (lane.isWrong(pos, id)) lines.push(el("span", { class: "rv-bad", text: `✗ ${lane.reason(pos, id, (w) => `“${w}”`)}` }));
      lane.events.filter((e) => e.n === n && e.pos === pos && e.kind === "revise").forEach((e) => lines.push(el("span", { text: `“${run.word(e.old)}” → “${run.word(e.id)}” ${lane.outcome(e)}` })));
      return lines;
    }

    select(laneIndex, pos, n) {
      if (this.picked && this.picked.pos === pos && this.picked.lane === laneIndex && n === null) { this.picked = null; set(this.root, "data-story", ""); this.noteNow(); this.paint(); return; }
      if (this.playing) this.pause();
      this.picked = { lane: laneIndex, pos };
      this.laneShown = laneIndex;
      set(this.root, "data-story", pos);
      this.paint();
      if (this.options.onpick) this.options.onpick({ lane: laneIndex, pos });
    }

    noteNow() {
      const card = this.story ? this.story() : sentence(this.run.intro || "Press play, drag the cursor, or click any word: its story opens here.");
      this.note.replaceChildren(el("div", { class: "rv-card" }, card));
    }

    paintStory() {
      const { pos, lane: i } = this.picked, run = this.run, lane = run.lanes[i], n = run.at(lane, this.now, this.axis), key = `${run.run}/${i}/${pos}/${n}/${run.seq}/${this.seen}`;
      if (this.note.dataset.key === key && this.note.querySelector(".rv-story")) return;
      this.note.dataset.key = key;
      const id = lane.canvases[n][pos], tenant = lane.tenant(pos, n), close = el("button", { type: "button", class: "rv-close", "aria-label": "Close the story", text: "×" });
      close.addEventListener("click", () => this.select(i, pos, null));
      const card = el("div", { class: "rv-card rv-story", "data-pos": pos }, close,
        el("h5", {}, this.letter(i), el("span", { class: lane.isWrong(pos, id) ? "rv-bad" : "", text: tenant ? run.word(id) : "still open" }), el("small", { text: `position ${pos + 1}` })));
      if (lane.isWrong(pos, id)) card.append(el("p", { class: "rv-bad", text: `✗ ${lane.reason(pos, id, (w) => `“${w}”`)}` }));
      run.lanes.forEach((other, j) => card.append(this.history(other, j, pos)));
      const chosen = tenant ? tenant.from : n;
      const pair = el("div", { class: "rv-pair" });
      if (chosen > 0) pair.append(this.candidates(lane, pos, chosen, tenant ? `Chosen in pass ${chosen}` : `Proposed in pass ${n}`));
      if (tenant && n > chosen) pair.append(this.candidates(lane, pos, n, `Now, in pass ${n}`));
      card.append(pair);
      if (chosen > 0) card.append(this.visible(lane, pos, chosen));
      if (this.options.extra) this.options.extra(card, { run: run.run, lane: i, pos, pass: n, chosen });
      this.note.replaceChildren(card);
    }

    history(lane, j, pos) {
      const run = this.run, seen = run.at(lane, this.seen, this.axis), line = el("p", { class: "rv-history" }, this.letter(j)), stays = lane.tenants.filter((t) => t.pos === pos && t.from <= seen);
      if (!stays.length) line.append(" open so far");
      stays.forEach((t, k) => {
        if (k) line.append(el("span", { class: "rv-arrow", text: stays[k - 1].end === "remask" ? " ○ " : " → " }));
        const first = t.probs[0];
        line.append(el("span", { class: t.bad ? "rv-bad" : "", text: run.word(t.id) }), el("small", { text: t.from ? ` ${p2(first)} @${t.from}` : " from the start" }));
      });
      return line;
    }

    candidates(lane, pos, n, title) {
      const box = el("div", { class: "rv-top5" }, el("h6", { text: title })), top = lane.passes[n].top[pos], placed = lane.canvases[n][pos];
      for (let k = 0; k < top.length; k += 2) {
        const p = top[k + 1] / 1000;
        box.append(el("div", { class: "rv-cand", "data-chosen": top[k] === placed ? "1" : null, style: `--w:${Math.round(p * 100)}%` }, el("span", { text: top[k] === run(this).mask ? "mask" : this.run.word(top[k]) }), el("small", { text: p2(p) })));
      }
      return box;
      function run(self) { return self.run; }
    }

    visible(lane, pos, n) {
      const run = this.run, read = lane.reads[n], words = [];
      let gap = false;
      read.forEach((id, at) => {
        if (at === pos) { words.push(el("mark", { text: id === run.mask ? "▢" : run.word(id) }), " "); gap = false; }
        else if (id === run.mask) { if (!gap) words.push("… "); gap = true; }
        else if (id !== run.eot) { words.push(`${run.word(id)} `); gap = false; }
      });
      return el("div", { class: "rv-visible" }, el("h6", { text: `What it could read then` }), el("p", {}, ...words));
    }

    /* ---- the table: the same state for those who do not see the canvas */
    drawTable() {
      if (!this.tableOpen || !this.run) return;
      const run = this.run, head = el("tr", {}, el("th", { scope: "col", text: "position" })), body = el("tbody", {}), g = this.geometry;
      run.lanes.forEach((lane, i) => ["word", "probability", "state"].forEach((name) => head.append(el("th", { scope: "col", text: `${LETTERS[i]} ${name}` }))));
      for (let pos = g.first; pos < g.stop; pos++) {
        const row = el("tr", {}, el("th", { scope: "row", text: pos + 1 }));
        run.lanes.forEach((lane, i) => {
          const n = run.at(lane, this.now, this.axis), id = lane.canvases[n][pos], tenant = id === run.mask ? null : lane.tenant(pos, n);
          const state = !tenant ? "open" : tenant.how === "revise" ? `revised in pass ${tenant.from}` : tenant.from ? `placed in pass ${tenant.from}` : "given";
          row.append(el("td", { "data-lane": i, "data-word": tenant ? run.word(id) : "", text: tenant ? run.word(id) : "(open)" }), el("td", { text: tenant ? p2(lane.prob(tenant, n)) : "" }),
            el("td", { text: state + (lane.isWrong(pos, id) ? ", wrong" : "") + (lane.ended && n === lane.size && lane.never.includes(pos) ? ", never checked" : "") }));
        });
        body.append(row);
      }
      this.tableBox.replaceChildren(el("table", {}, el("caption", { text: `State at ${this.where.textContent}` }), el("thead", {}, head), body));
    }

    say(text) { if (this.live.textContent !== text) this.live.textContent = text; }

    sayNow() { this.say(`${this.where.textContent}. ` + this.run.lanes.map((l, i) => `Lane ${LETTERS[i]}: ${this.spoken(l)}`).join(". ")); }
    spoken(lane) { return [...lane.canvases[this.run.at(lane, this.now, this.axis)]].filter((id) => id !== lane.mask && id !== lane.eot).map((id) => this.run.word(id)).join(" "); }

    /* ---- playing */
    pace() { return clamp(8500 / Math.max(1, this.run.last(this.axis)), 70, 750) / this.speed; }

    toggle() { if (this.playing) this.pause(); else { this.release(); this.play(); } }

    /* whoever takes the cursor while a run comes in is not followed any more */
    letGo() { this.follow = false; if (this.root.dataset.state === "streaming" && this.run.done) this.finale(); }

    /* a visitor who takes the cursor is not made to wait for the story */
    release() { if (this.run && this.run.lanes.some((lane) => lane.held)) { this.hold(false); this.stopAt = null; } }

    play() {
      if (!this.run) return;
      if (this.now >= this.run.last(this.axis)) this.now = 0;
      if (this.root.dataset.state === "streaming") { this.follow = true; this.chase(); return; }
      this.state("playing");
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.tick(), this.pace());
      this.paint();
    }

    tick() {
      if (!this.playing) return;
      this.seek(this.now + 1);
      if (this.stopAt && this.axis === "passes" && this.now === this.stopAt.n) { this.pauseAtWrong(); return; }
      if (this.now >= this.run.last(this.axis)) { this.pause(); this.reveal(); this.paint(); return; }
      this.timer = setTimeout(() => this.tick(), this.pace());
    }

    pause() {
      clearTimeout(this.timer);
      if (this.playing) this.state("paused");
    }

    setAxis(axis) {
      if (axis === this.axis) return;
      const share = this.run ? this.now / Math.max(1, this.run.last(this.axis)) : 0, all = this.run && this.seen >= this.run.last(this.axis);
      this.axis = axis;
      if (this.run) { this.now = Math.round(share * this.run.last(axis)); this.seen = all ? this.run.last(axis) : this.now; this.refresh(); }
    }

    /* ---- the first-run story: play once, stop at the first wrong word, ask, reveal */
    tell() {
      const alone = this.run.firstWrong(1);
      this.stopAt = alone || this.run.firstWrong();
      if (alone) this.hold(true);
      if (quiet()) {
        this.now = this.stopAt ? this.stopAt.n : this.run.last(this.axis); this.seen = this.now;
        this.state("paused");
        if (this.stopAt) this.pauseAtWrong(); else { this.reveal(); }
        return;
      }
      this.state("playing");
      this.timer = setTimeout(() => this.tick(), 1100);
    }

    hold(held) { this.run.lanes.forEach((lane, i) => { lane.held = held && i > 0; }); }

    pauseAtWrong() {
      const { lane: i, pos, id } = this.stopAt, run = this.run, lane = run.lanes[i], other = run.lanes.find((l, j) => j !== i && l.rules && l.rules.includes("revise"));
      this.stopAt = null;
      this.state("paused");
      set(this.root, "data-story-step", "wrong");
      const why = lane.reason(pos, id, (w) => `*${w}*`);
      const text = `${lane.title} just wrote *${run.word(id)}*. ${why} Watch what follows.`;
      this.pointed = pos;
      this.story = () => {
        const box = el("div", { class: "rv-tell" }, sentence(text));
        if (other) {
          box.append(el("p", { class: "rv-ask", text: `${other.title} looks at the same picture. Will it end with a true caption?` }));
          [["It will", true], ["It will not", false]].forEach(([label, yes]) => {
            const button = el("button", { type: "button", text: label });
            button.addEventListener("click", () => { this.guess = { lane: run.lanes.indexOf(other), yes }; this.goOn(); });
            box.append(button);
          });
        } else { const button = el("button", { type: "button", text: "Go on" }); button.addEventListener("click", () => this.goOn()); box.append(button); }
        return box;
      };
      this.noteNow(); this.say(text.replace(/\*/g, "")); this.paint();
    }

    goOn() {
      this.pointed = null; set(this.root, "data-story-step", "on");
      if (this.run.lanes.some((lane) => lane.held)) { this.hold(false); this.now = 0; }
      this.story = () => sentence("Both from the start, on the same clock. A diamond is a word replaced where it stands.");
      this.noteNow();
      if (quiet()) { this.seek(this.run.last(this.axis)); this.reveal(); } else { this.paint(); this.play(); }
    }

    reveal() {
      if (this.story && this.root.dataset.storyStep === "end") return;
      const run = this.run, judged = run.lanes.some((l) => l.truth);
      set(this.root, "data-story-step", "end");
      this.story = () => {
        const box = el("div", { class: "rv-tell" });
        if (run.stopped) box.append(sentence(run.stopped));
        if (this.guess && run.lanes[this.guess.lane].truth) {
          const lane = run.lanes[this.guess.lane], whole = lane.wrongAt(lane.size) === 0;
          box.append(el("p", { class: "rv-guess", text: whole === this.guess.yes ? "You guessed right." : whole ? "It did." : "It did not." }));
        }
        run.lanes.forEach((lane, i) => box.append(this.verdictLine(lane, i)));
        box.append(el("p", { class: "rv-hint", text: judged ? "Click any word to see when it came and what could be read then." : "No truth is known for this picture, so no word is marked wrong. Click any word for its story." }));
        return box;
      };
      if (!this.picked) this.noteNow();
      this.say(run.lanes.map((l, i) => `Lane ${LETTERS[i]} ended after ${plural(l.size, "pass")}: ${l.text || this.spoken(l)}`).join(". "));
    }

    verdictLine(lane, i) {
      const out = { repaired: 0, harmed: 0 }, revised = lane.upTo(lane.size, "revise");
      lane.events.forEach((e) => { const o = lane.outcome(e); if (o in out) out[o]++; });
      const wrong = lane.truth ? lane.wrongAt(lane.size) : null, cost = `${plural(lane.size, "forward pass")}`;
      const line = el("p", { class: "rv-verdict" }, this.letter(i), el("strong", { text: lane.title }), ` ${cost}`);
      if (wrong !== null) line.append(", ", el("span", { class: wrong ? "rv-bad" : "rv-good", text: wrong ? plural(wrong, "wrong word") : "a true caption" }));
      if (revised) line.append(`; ${revised} revised${lane.truth ? ` (${out.repaired} repaired, ${out.harmed} harmed)` : ""}`);
      line.append(".");
      return line;
    }

    /* ---- keys */
    key(event) {
      if (!this.run || event.ctrlKey || event.metaKey || event.altKey) return;
      const target = event.target, typing = target.matches("input:not([type=range]), textarea, select"), button = target.matches("button, summary");
      const go = (k) => { event.preventDefault(); this.pause(); this.release(); this.letGo(); this.seek(k); requestAnimationFrame(() => this.sayNow()); };
      if (typing && target.type !== "radio") return;
      const back = event.key === "ArrowLeft" || event.key === "ArrowUp", on = event.key === "ArrowRight" || event.key === "ArrowDown";
      if ((back || on) && target.type !== "radio") {
        if (button && (event.key === "ArrowUp" || event.key === "ArrowDown")) return;
        go(event.shiftKey ? this.nextEvent(on ? 1 : -1, null) : this.now + (on ? 1 : -1));
      } else if (event.key === "e" || event.key === "E") go(this.nextEvent(1, "revise"));
      else if (event.key === "d" || event.key === "D") go(this.nextDifference());
      else if (event.key === "Home" && !button) go(0);
      else if (event.key === "End" && !button) go(this.run.last(this.axis));
      else if (event.key === "Escape" && this.picked) this.select(this.picked.lane, this.picked.pos, null);
      else if (event.key === " " && !button && target.type !== "radio") { event.preventDefault(); this.toggle(); }
    }

    has(k, kind) { return this.run.lanes.some((l) => { const a = this.run.at(l, k - 1, this.axis), b = this.run.at(l, k, this.axis); return l.events.some((e) => e.n > a && e.n <= b && (!kind || e.kind === kind)); }); }

    nextEvent(by, kind) {
      const last = this.run.last(this.axis);
      for (let k = this.now + by; k >= 1 && k <= last; k += by) if (this.has(k, kind)) return k;
      return this.now;
    }

    nextDifference() {
      const run = this.run, last = run.last(this.axis), state = (k) => {
        const a = run.lanes.map((l) => l.canvases[run.at(l, k, this.axis)]);
        return a[0].map((id, pos) => (a.some((c) => c[pos] !== id && c[pos] !== run.mask) && id !== run.mask ? 1 : 0)).join("");
      };
      for (let k = this.now + 1; k <= last; k++) { const before = state(k - 1), after = state(k); if ([...after].some((c, i) => c === "1" && before[i] === "0")) return k; }
      return this.now;
    }
  }

  function mount(element, payload, options) {
    const score = new Score(element, typeof payload === "string" ? JSON.parse(payload) : payload, options);
    element.rediffScore = score;
    return score;
  }

  global.RediffScore = { mount, Run };
})(typeof window === "undefined" ? globalThis : window);
