/* Cursor arithmetic. The cursor is one number for all lanes, counted in a unit: "passes" counts forward passes; "steps" counts a
   corrector's drafts together with the step they serve. Each lane is then at one of its own passes. Changes nothing. */

/* the cursor's last place; while a branch comes in beside a lane that has ended, the branch's */
export function lastTime(run, unit) {
  const coming = run.lanes.filter((lane) => !lane.ended), lanes = coming.length ? coming : run.lanes;
  return Math.max(0, ...lanes.map((lane) => (unit === "steps" ? lane.stepEnds.length - 1 : lane.size)));
}

/* the pass at which a lane is when the cursor is at `time` */
export function passAt(lane, time, unit) {
  if (lane.waiting) return 0;
  return unit === "steps" ? lane.stepEnds[Math.min(time, lane.stepEnds.length - 1)] : Math.min(time, lane.size);
}

/* the cursor's first place at which a lane has come to pass n */
export function timeOf(lane, n, unit) { return unit === "steps" ? lane.stepEnds.findIndex((end) => end >= n) : n; }

/* whether the cursor's move from time - 1 to time brings an event (of a kind, if one is given) in any lane */
function hasEvent(run, time, unit, kind) {
  return run.lanes.some((lane) => {
    const events = lane.eventsIn.slice(passAt(lane, time - 1, unit) + 1, passAt(lane, time, unit) + 1).flat();
    return events.some((event) => !kind || event.kind === kind);
  });
}

/* the next place with an event (of a kind), forwards (by = 1) or backwards (by = -1); `now` where there is none */
export function nextEvent(run, now, unit, by, kind = null) {
  const last = lastTime(run, unit);
  for (let time = now + by; time >= 1 && time <= last; time += by) if (hasEvent(run, time, unit, kind)) return time;
  return now;
}

/* (N,) bool: whether tokens of two lanes differ at a position */
function differing(run, time, unit) {
  const canvases = run.lanes.map((lane) => lane.canvases[passAt(lane, time, unit)]);
  return [...canvases[0]].map((id, pos) => id !== run.mask && canvases.some((other) => other[pos] !== id && other[pos] !== run.mask));
}

/* the next place at which lanes come to differ at a position where they did not; `now` where there is none */
export function nextDifference(run, now, unit) {
  const last = lastTime(run, unit);
  let before = differing(run, now, unit);
  for (let time = now + 1; time <= last; time++) {
    const after = differing(run, time, unit);
    if (after.some((differs, pos) => differs && !before[pos])) return time;
    before = after;
  }
  return now;
}
