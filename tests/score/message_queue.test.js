import assert from "node:assert/strict";
import test from "node:test";
import { MessageQueue } from "../../assets/score/model/message_queue.js";
import { Run } from "../../assets/score/model/run.js";
import { CAT, end, head, opening, PLAIN, VOCAB } from "./small_run.js";

const START = opening([head("plain")], { vocab: VOCAB.slice(0, CAT) });
const PASSES = PLAIN.map((pass, k) => {
  return { kind: "passes", run: "small", seq: k + 1, passes: [[0, pass]], vocab: k ? [] : VOCAB.slice(CAT) };
});
const END = { kind: "end", run: "small", seq: 4, lanes: [end([])], stopped: "Stopped.", vocab: [] };
const ALL = [START, ...PASSES, END];

/* a page that shows runs and counts calls; a server that answers with what was missed, at most `most` messages at once */
function pageAndServer(most = 10) {
  const page = { run: null, loads: [], added: 0, ended: 0 };
  page.load = (message, autoplay) => { page.run = new Run(message); page.loads.push([message.run, autoplay]); };
  page.passesAdded = () => { page.added++; };
  page.runEnded = () => { page.ended++; };
  page.analysed = () => { page.analysed.count = (page.analysed.count || 0) + 1; };
  const requests = [];
  const resync = ({ run, after }) => {
    requests.push([run, after]);
    return Promise.resolve({ messages: ALL.slice(after + 1, after + 1 + most) });
  };
  return { page, requests, queue: new MessageQueue(page, resync) };
}

const settled = () => new Promise((done) => { setImmediate(done); });

test("messages in order make the run, as objects or as JSON", () => {
  const { page, requests, queue } = pageAndServer();
  ALL.forEach((message, k) => queue.add(k % 2 ? JSON.stringify(message) : message));
  queue.add("");
  assert.equal(page.run.lanes[0].size, 3);
  assert.deepEqual(page.run.vocab, VOCAB);
  assert.deepEqual([page.added, page.ended, page.run.done, page.run.stopped, requests.length], [3, 1, true, "Stopped.", 0]);
});

test("a message that comes twice is applied once", () => {
  const { page, queue } = pageAndServer();
  [START, PASSES[0], PASSES[0], START, PASSES[1], PASSES[0]].forEach((message) => queue.add(message));
  assert.equal(page.run.lanes[0].size, 2);
  assert.equal(page.loads.length, 1);
});

test("what an analysis found comes to its lane after the end, whenever it is asked for, and not before", async () => {
  const { page, queue } = pageAndServer();
  const found = (seq, lane, run = "small") => ({ kind: "analysis", run, seq, lanes: [lane] });
  [START, ...PASSES].forEach((message) => queue.add(message));
  queue.add(found(5, { cascade: 1 })); // ahead of the end, which is requested
  await settled();
  queue.add(END);
  queue.add(found(5, { cascade: 1 }));
  queue.add(found(5, { grounding: 2 }));
  queue.add(found(6, { cascade: 3 }, "another"));
  await settled();
  assert.deepEqual(page.run.lanes[0].analysis, { cascade: 1, grounding: 2 });
  assert.deepEqual([page.run.done, page.run.seq, page.analysed.count], [true, 5, 2]);
});

test("what was missed is requested, until the run has caught up", async () => {
  const { page, requests, queue } = pageAndServer(1);
  [START, PASSES[0], END].forEach((message) => queue.add(message));
  for (let k = 0; k < 5; k++) await settled();
  assert.equal(page.run.done, true);
  assert.equal(page.run.lanes[0].size, 3);
  assert.deepEqual(requests, [["small", 1], ["small", 2], ["small", 3]]);
});

test("a run whose opening was missed is requested from the start", async () => {
  const { page, requests, queue } = pageAndServer();
  queue.add(PASSES[2]);
  await settled();
  assert.deepEqual(requests, [["small", -1]]);
  assert.equal(page.run.done, true);
});

test("nothing is requested twice at once, and a server that fails is tried again", async () => {
  const { queue } = pageAndServer();
  let calls = 0;
  queue.resync = () => { calls++; return Promise.reject(new Error("offline")); };
  [START, PASSES[1], PASSES[2]].forEach((message) => queue.add(message));
  assert.equal(calls, 1);
  await settled();
  queue.add(END);
  assert.equal(calls, 2);
});

test("late messages of a run that was replaced are dropped, and the run comes back only when it is meant to", () => {
  const { page, requests, queue } = pageAndServer();
  const other = { ...START, run: "other", autoplay: true };
  [START, other, PASSES[0], START].forEach((message) => queue.add(message));
  assert.equal(page.run.id, "other");
  assert.equal(requests.length, 0);
  queue.add({ ...START, again: 1 });
  assert.deepEqual(page.loads, [["small", undefined], ["other", true], ["small", undefined]]);
});
