/* What words rest on in the picture, in words and in light. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { groundingAt, groundingInWords, lightOf, mapOf, supportedBy } from "../../assets/score/model/grounding.js";

const lane = {
  analysis: { grounding: { without: "blank", at_commit: [2, 0.2, null, null, -1.5], at_end: [1, 0.1, null, 0.3, -0.2] } },
  maps: { side: 2, 0: [0.05, 2, 0.7, -1], 1: [0.04, 0, 0, 0], 4: [0, 0.5, 0, 0] },
};

const words = [
  [2.3, /^The picture makes “cats” 10\.0 times as likely here \(\+2\.3 nats\)\.$/, "supported"],
  [9, /more than 1,000 times as likely/, "much supported"],
  [0.2, /^Low \(\+0\.2 nats\): the words alone predict “cats”\. That does not make it false\.$/, "low"],
  [-0.4, /^Low \(−0\.4 nats\)/, "low, below none"],
  [-1.4, /^The picture speaks against “cats”: without it the word would be 4\.1 times as likely \(−1\.4 nats\)\.$/, "against"],
];
for (const [nats, said, name] of words) test(`a number in words: ${name}`, () => assert.match(groundingInWords("cats", nats), said));

test("a word is told what it rests on, when it was written and at the end, and whether a tile decides it", () => {
  const [first, second, third] = groundingAt(lane, 0, "cats");
  assert.match(first, /7\.4 times as likely/);
  assert.match(second, /In the finished text.*\+1\.0 nats/);
  assert.match(third, /^Lit in the picture/);
  assert.match(groundingAt(lane, 1, "two")[2], /^No single tile decides it/);
  assert.match(groundingAt(lane, 3, "on")[0], /is not recorded/);
  assert.equal(groundingAt(lane, 4, "bee").length, 3);
});

test("what is not judged is said not to be, and what is not known is not said", () => {
  assert.deepEqual(groundingAt(lane, 2, "the").length, 1);
  assert.match(groundingAt(lane, 2, "the")[0], /“the” is not judged/);
  assert.equal(groundingAt({}, 0, "cats"), null);
  assert.equal(mapOf({}, 0), null);
});

test("light falls on the tiles that a word needs, the most on the one it needs most", () => {
  assert.deepEqual(lightOf(lane.maps[0]), [0.025, 1, 0.35, 0]);
  assert.equal(lightOf(lane.maps[1]), null);
  assert.equal(lightOf(null), null);
});

test("a place lists the words that need it, most first", () => {
  assert.deepEqual(supportedBy(lane, 1), [[0, 2], [4, 0.5]]);
  assert.deepEqual(supportedBy(lane, 2), [[0, 0.7]]);
  assert.deepEqual(supportedBy(lane, 3), []);
  assert.deepEqual(supportedBy({}, 0), []);
});
