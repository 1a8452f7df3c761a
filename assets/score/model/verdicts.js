/* The visitor's own verdicts on words: right, wrong or unsure, each with a short note. They stay in this browser, under the fingerprint of
   the lane's recording, so that they are found again wherever that recording is shown. Knows no page and no network.

   storage: {getItem(key), setItem(key, text)}, as localStorage; both may throw. null: there is none. */

export const VERDICTS = ["right", "wrong", "unsure"];
export const LIMIT = 200; // verdicts kept
export const NOTE = 120; // characters of a note
const KEY = "rediff-viz-verdicts", VERSION = 1;
const COLUMNS = ["lane", "trace", "position", "pass", "word", "your_verdict", "note"];
const NOT_KEPT = "This browser keeps nothing for this page, so your verdicts last until it is closed; save them as a file.";
const FULL = `This browser keeps ${LIMIT} verdicts, and has them: save them as a file, then remove some.`;

export class Verdicts {
  constructor(storage) {
    this.storage = storage;
    this.words = []; // {trace, lane: its name, position, pass that wrote it, 0: there from the start, word, verdict, note}
    this.trouble = storage ? "" : NOT_KEPT; // one sentence on what could not be kept
    this.changes = 0; // how often anything changed
    this.read();
  }

  /* take over what is kept, by another page of this browser too; what is not to be read counts as nothing */
  read() {
    if (this.trouble === NOT_KEPT) return;
    try {
      const text = this.storage.getItem(KEY), kept = text ? JSON.parse(text) : null;
      this.words = kept && kept.version === VERSION && Array.isArray(kept.words) ? kept.words.filter(isVerdict).slice(0, LIMIT) : [];
    } catch (error) {
      if (!(error instanceof SyntaxError)) this.trouble = NOT_KEPT;
    }
  }

  write() {
    this.changes++;
    try { if (this.storage) this.storage.setItem(KEY, JSON.stringify({ version: VERSION, words: this.words })); } catch { this.trouble = NOT_KEPT; }
  }

  /* the verdict on a word of a recording: {verdict, note, ...} or null */
  on(trace, { pos, from }) { return (trace && this.words.find((one) => one.trace === trace && one.position === pos && one.pass === from)) || null; }

  /* those on some recordings, in the order of their words */
  of(traces) {
    const place = (one) => [traces.indexOf(one.trace), one.position, one.pass];
    const before = (a, b) => { const [p, q] = [place(a), place(b)], k = p.findIndex((value, i) => value !== q[i]); return k < 0 ? 0 : p[k] - q[k]; };
    return this.words.filter((one) => traces.includes(one.trace)).sort(before);
  }

  /* a verdict on a word, null to take it back; a note stays until it is replaced */
  set({ trace, lane, word }, span, verdict, note) {
    this.read();
    const old = this.on(trace, span), rest = this.words.filter((one) => one !== old), text = plain(note ?? (old ? old.note : ""));
    if (verdict && !old && rest.length >= LIMIT) { this.trouble = FULL; this.changes++; return; }
    if (this.trouble === FULL) this.trouble = "";
    this.words = verdict ? [...rest, { trace, lane, position: span.pos, pass: span.from, word, verdict, note: text }] : rest;
    this.write();
  }

  /* forget those on some recordings */
  forget(traces) {
    this.read();
    this.words = this.words.filter((one) => !traces.includes(one.trace));
    if (this.trouble === FULL) this.trouble = "";
    this.write();
  }
}

/* one line of text, not too long */
function plain(note) { return [...note.replace(/\p{Cc}+/gu, " ")].slice(0, NOTE).join(""); }

function isVerdict(one) {
  const texts = ["trace", "lane", "word", "note"], numbers = ["position", "pass"];
  return Boolean(one) && texts.every((name) => typeof one[name] === "string") && numbers.every((name) => Number.isInteger(one[name])) && VERDICTS.includes(one.verdict);
}

/* "2 wrong, 1 unsure" */
export function countInWords(words) {
  const counts = VERDICTS.map((verdict) => [words.filter((one) => one.verdict === verdict).length, verdict]);
  return counts.filter(([count]) => count).map((one) => one.join(" ")).join(", ");
}

/* verdicts as a table that Python reads too: positions and passes from 1, a pass of 0 for a word that stood there from the start */
export function toCsv(words) {
  const rows = words.map((one) => [one.lane, one.trace, one.position + 1, one.pass, one.word, one.verdict, one.note]);
  return [COLUMNS, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

/* a cell that no spreadsheet takes for a formula: an apostrophe before whatever could begin one */
function cell(value) {
  const text = typeof value === "number" ? String(value) : value.replace(/^(?=['=+\-@\t\r])/, "'");
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}
