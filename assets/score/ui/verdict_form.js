/* The part of a word's story in which a visitor judges it: right, wrong or unsure, and a short note. What is typed is text, never markup. */

import { button, el, setAttr } from "../dom.js";
import { NOTE, VERDICTS } from "../model/verdicts.js";

/* the form for the word of a span; null where there is none, or while its lane is not done */
export function verdictForm(score, lane, span) {
  const { run, marks, printing } = score;
  if (!span || !lane.ended || !lane.trace) return null;
  const given = marks.verdicts.on(lane.trace, span), about = { trace: lane.trace, lane: lane.name, word: run.word(span.id) };
  if (printing) return given ? el("p", { class: "rv-claim", text: `Your verdict: ${[given.verdict, given.note].filter(Boolean).join(": ")}` }) : null;
  const choose = (verdict) => {
    marks.set(about, span, given && given.verdict === verdict ? null : verdict);
    score.announce(marks.verdicts.trouble || (marks.verdicts.on(lane.trace, span) ? `You call it ${verdict}.` : "Your verdict is taken back."));
  };
  const buttons = VERDICTS.map((verdict) => {
    const node = button("rv-yours", verdict, () => choose(verdict));
    setAttr(node, "aria-pressed", given && given.verdict === verdict ? "true" : "false");
    setAttr(node, "data-yours", verdict); setAttr(node, "data-focus", verdict);
    return node;
  });
  const box = el("div", { class: "rv-judge" }, el("h6", { text: "Your verdict" }), el("div", { class: "rv-judge-buttons", role: "group", "aria-label": "Your verdict on this word" }, ...buttons));
  if (given) box.append(noteField(given, (note) => marks.set(about, span, given.verdict, note)));
  if (marks.verdicts.trouble) box.append(el("p", { class: "rv-trouble", text: marks.verdicts.trouble }));
  return box;
}

function noteField(given, keep) {
  const input = el("input", { type: "text", class: "rv-note-field", maxlength: NOTE, placeholder: "a note, if you like", "aria-label": "Your note", autocomplete: "off", "data-focus": "note" });
  input.value = given.note;
  input.addEventListener("change", () => keep(input.value));
  return input;
}
