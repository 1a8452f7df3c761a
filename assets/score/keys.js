/* The keyboard, and where its jumps land. The slider, the radio buttons and the table keep the keys that are theirs.
   Knows the clock and what happened when; draws nothing. */

class Keys {
  constructor(score) {
    this.score = score;
    score.root.addEventListener("keydown", (event) => this.press(event));
  }

  press(event) {
    const { score } = this, target = event.target, radio = target.matches("input[type=radio]");
    const onButton = target.matches("button, summary");
    if (!score.run || event.ctrlKey || event.metaKey || event.altKey) return;
    if (target.matches("input:not([type=range]), textarea, select") && !radio) return;
    const go = (k) => { event.preventDefault(); score.player.take(k); };
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key, by = { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (by) {
      if (!radio && !target.closest(".rv-table")) go(event.shiftKey ? this.nextEvent(by, null) : score.now + by);
    } else if (key === "ArrowUp" || key === "ArrowDown") {
      if (target.matches(".rv-chip")) { event.preventDefault(); score.texts.step(target, key === "ArrowUp" ? -1 : 1); }
    } else if (key === "e") go(this.nextEvent(1, "revise"));
    else if (key === "d") go(this.nextDifference());
    else if (key === "Home" && !onButton) go(0);
    else if (key === "End" && !onButton) go(score.last);
    else if (key === "Escape" && score.picked) score.unpick();
    else if (key === " " && !onButton && !radio) { event.preventDefault(); score.player.toggle(); }
  }

  /* whether the clock's k-th stroke brings an event (of a kind) in any lane */
  has(k, kind) {
    const { run, axis } = this.score;
    return run.lanes.some((lane) => {
      const a = run.at(lane, k - 1, axis), b = run.at(lane, k, axis);
      return lane.eventsIn.slice(a + 1, b + 1).some((events) => events.some((e) => !kind || e.kind === kind));
    });
  }

  nextEvent(by, kind) {
    const { now, last } = this.score;
    for (let k = now + by; k >= 1 && k <= last; k += by) if (this.has(k, kind)) return k;
    return now;
  }

  /* (N,) whether the lanes differ at a place when the clock says k */
  differing(k) {
    const { run, axis } = this.score, canvases = run.lanes.map((lane) => lane.canvases[run.at(lane, k, axis)]);
    return [...canvases[0]].map((id, pos) => id !== run.mask && canvases.some((c) => c[pos] !== id && c[pos] !== run.mask));
  }

  nextDifference() {
    const { now, last } = this.score;
    let before = this.differing(now);
    for (let k = now + 1; k <= last; k++) {
      const after = this.differing(k);
      if (after.some((differ, pos) => differ && !before[pos])) return k;
      before = after;
    }
    return now;
  }
}
