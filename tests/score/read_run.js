/* What the browser's model makes of a run: the run's message, or a list of them as they came, as JSON on stdin; {lanes: [...]} as JSON
   on stdout, with what the page says of each lane.
   Used by tests/test_score_model.py, which compares it with what Python says of the same traces. */

import { readFileSync } from "node:fs";
import { endInWords, revisionsOf, shortVerdict, verdictOf } from "../../assets/score/model/ending.js";
import { probAt } from "../../assets/score/model/lane.js";
import { Run } from "../../assets/score/model/run.js";
import { isWrong, outcome } from "../../assets/score/model/truth.js";

const perMille = (p) => (p === null ? null : Math.round(p * 1000));

function read(lane) {
  const passes = Array.from({ length: lane.size }, (_, k) => k + 1), positions = Array.from({ length: lane.length }, (_, k) => k);
  const grid = (value) => passes.map((n) => positions.map((pos) => value(pos, n, lane.spanAt(pos, n)))); // (S, N)
  return {
    events: lane.events.map(({ pass, pos, kind, old, id, prob }) => [pass, pos, kind, old, id, perMille(prob)]),
    outcomes: lane.events.map((event) => outcome(lane, event)),
    spans: lane.spans.map(({ pos, id, from, to }) => [pos, id, from, to]),
    prob: grid((pos, n, span) => (span ? perMille(probAt(span, n)) : null)),
    wrong: lane.wrong && grid((pos, n) => isWrong(lane, pos, n)),
    neverChecked: positions.filter((pos) => lane.neverChecked.has(pos)),
    uncheckedEvents: lane.events.filter((event) => lane.isUnchecked(event)).map((event) => [event.pass, event.pos]),
    stepEnds: lane.stepEnds,
    said: { beside: shortVerdict(lane, lane.size), note: verdictOf(lane), revisions: revisionsOf(lane), aloud: endInWords(lane, "…") },
  };
}

const [first, ...later] = [JSON.parse(readFileSync(0, "utf8"))].flat(), run = new Run(first);
later.forEach((message) => (message.kind === "end" ? run.end(message) : run.addPasses(message)));
process.stdout.write(JSON.stringify({ vocab: run.vocab, caution: run.caution, stopped: run.stopped, lanes: run.lanes.map(read) }));
