import assert from "node:assert/strict";
import test from "node:test";
import { countInWords, LIMIT, NOTE, toCsv, Verdicts } from "../../assets/score/model/verdicts.js";

/* a browser's storage, as a map; `fails`: the methods that throw */
function storage(fails = []) {
  const kept = new Map(), fail = (name) => { if (fails.includes(name)) throw new Error("forbidden"); };
  return { kept, getItem(key) { fail("getItem"); return kept.get(key) ?? null; }, setItem(key, text) { fail("setItem"); kept.set(key, text); } };
}
const CAT = { trace: "aa", lane: "denoise@toy", word: "cat" }, SPAN = { pos: 3, from: 2 };
const given = (verdicts, trace = "aa", span = SPAN) => { const one = verdicts.on(trace, span); return one && [one.verdict, one.note]; };

test("a verdict is found again by the next visit, by its recording, place and pass", () => {
  const box = storage();
  new Verdicts(box).set(CAT, SPAN, "wrong", "no cat");
  const next = new Verdicts(box);
  assert.deepEqual(given(next), ["wrong", "no cat"]);
  assert.deepEqual([given(next, "bb"), given(next, "aa", { pos: 3, from: 4 }), given(next, "")], [null, null, null]);
});

test("a verdict can be changed, which keeps its note, and taken back", () => {
  const verdicts = new Verdicts(storage());
  verdicts.set(CAT, SPAN, "wrong", "no cat");
  verdicts.set(CAT, SPAN, "unsure");
  assert.deepEqual(given(verdicts), ["unsure", "no cat"]);
  verdicts.set(CAT, SPAN, null);
  assert.deepEqual([given(verdicts), verdicts.of(["aa"])], [null, []]);
});

test("two pages of one browser keep each other's verdicts", () => {
  const box = storage(), [one, other] = [new Verdicts(box), new Verdicts(box)];
  one.set(CAT, SPAN, "wrong");
  other.set(CAT, { pos: 5, from: 1 }, "right");
  assert.equal(new Verdicts(box).of(["aa"]).length, 2);
});

/* storage -> what is said of it; a verdict is taken in any case */
const TROUBLES = {
  "there is none": [() => null, /keeps nothing/], "it cannot be read": [() => storage(["getItem", "setItem"]), /keeps nothing/],
  "it is full": [() => storage(["setItem"]), /keeps nothing/], "it works": [() => storage(), /^$/],
};
for (const [name, [box, said]] of Object.entries(TROUBLES)) {
  test(`storage: ${name}`, () => {
    const verdicts = new Verdicts(box());
    verdicts.set(CAT, SPAN, "wrong");
    verdicts.set(CAT, { pos: 5, from: 1 }, "right");
    assert.deepEqual([given(verdicts), given(verdicts, "aa", { pos: 5, from: 1 })], [["wrong", ""], ["right", ""]]);
    assert.match(verdicts.trouble, said);
  });
}

/* what may be kept under the key, by whomever */
const DAMAGED = ["", "{", "null", "[]", "7", '{"version":2,"words":[]}', '{"version":1,"words":7}', '{"version":1,"words":[null,{"trace":"aa"}]}',
  '{"version":1,"words":[{"trace":"aa","lane":"x","word":"cat","note":"","position":3,"pass":2,"verdict":"maybe"}]}'];
for (const text of DAMAGED) {
  test(`what is kept and cannot be read counts as nothing: ${text.slice(0, 40)}`, () => {
    const box = storage();
    box.kept.set("rediff-viz-verdicts", text);
    const verdicts = new Verdicts(box);
    assert.deepEqual([verdicts.words, verdicts.trouble], [[], ""]);
    verdicts.set(CAT, SPAN, "right");
    assert.deepEqual(given(new Verdicts(box)), ["right", ""]);
  });
}

test("so many are kept, and a sentence says when there is no more room", () => {
  const verdicts = new Verdicts(storage());
  for (let pos = 0; pos < LIMIT; pos++) verdicts.set(CAT, { pos, from: 1 }, "right");
  assert.equal(verdicts.trouble, "");
  verdicts.set(CAT, { pos: LIMIT, from: 1 }, "right");
  assert.match(verdicts.trouble, new RegExp(`keeps ${LIMIT} verdicts`));
  assert.equal(given(verdicts, "aa", { pos: LIMIT, from: 1 }), null);
  verdicts.set(CAT, { pos: 0, from: 1 }, "wrong");
  assert.deepEqual(given(verdicts, "aa", { pos: 0, from: 1 }), ["wrong", ""]);
  verdicts.forget(["aa"]);
  assert.deepEqual([verdicts.words, verdicts.trouble], [[], ""]);
});

test("a note is one line and not too long", () => {
  const verdicts = new Verdicts(storage());
  verdicts.set(CAT, SPAN, "wrong", `a\r\n\tb${"😀".repeat(NOTE)}`);
  assert.equal(given(verdicts)[1], `a b${"😀".repeat(NOTE - 3)}`);
});

test("the table is in the order of lanes and words, and counted", () => {
  const verdicts = new Verdicts(storage());
  [["bb", 1, 1, "wrong"], ["aa", 5, 1, "right"], ["aa", 0, 2, "wrong"], ["aa", 0, 0, "unsure"]].forEach(([trace, pos, from, verdict]) => {
    verdicts.set({ ...CAT, trace }, { pos, from }, verdict);
  });
  const words = verdicts.of(["aa", "bb"]);
  assert.deepEqual(toCsv(words).split("\r\n"), ["lane,trace,position,pass,word,your_verdict,note", "denoise@toy,aa,1,0,cat,unsure,",
    "denoise@toy,aa,1,2,cat,wrong,", "denoise@toy,aa,6,1,cat,right,", "denoise@toy,bb,2,1,cat,wrong,", ""]);
  assert.equal(countInWords(words), "1 right, 2 wrong, 1 unsure");
});

/* note -> its cell: nothing that a spreadsheet takes for a formula, nothing that ends the cell */
const CELLS = { "=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@x": "'@x", "'x": "''x", 'a"b': '"a""b"', "a,b": '"a,b"', "=a,b": '"\'=a,b"', "a=b": "a=b" };
for (const [note, cell] of Object.entries(CELLS)) {
  test(`a cell of the table: ${note}`, () => {
    const verdicts = new Verdicts(storage());
    verdicts.set(CAT, SPAN, "wrong", note);
    assert.equal(toCsv(verdicts.of(["aa"])).split("\r\n")[1], `denoise@toy,aa,4,2,cat,wrong,${cell}`);
  });
}
