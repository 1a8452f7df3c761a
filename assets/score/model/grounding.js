/* What the words of a lane rest on in the picture: how much it adds to each word, in nats, and maps of a word's last writing, tile by tile,
   of what the word loses as the tile is painted over. Knows no page.

   lane.analysis.grounding: {without, at_commit, at_end}, nats by position, null where nothing is judged; lane.maps: {side, [position]:
   side x side nats, row by row}. Both are of the words at the lane's end. */

const LOW = 0.5; // nats: below, the words alone predict the word
export const FAINT = 0.1; // nats: a tile that takes less matters to no word
const SHARE = 0.3; // of a word's most important tile: what a tile takes at least to support the word

export const WITHOUT = [["blank", "no picture"], ["mean", "one colour"], ["another", "another one"]];

export function groundingOf(lane) { return (lane.analysis && lane.analysis.grounding) || null; }

/* whether the word at a position after pass n is the one that the numbers are of */
export function isLast(lane, pos, n) { return lane.canvases[n][pos] === lane.canvases[lane.size][pos]; }

/* (side * side,) nats of a position's last word, or null */
export function mapOf(lane, pos) { return (lane.maps && lane.maps[pos]) || null; }

/* how much of each tile's light is left, 0..1: the tile that matters most keeps all; null where no tile matters */
export function lightOf(map) {
  const most = map ? Math.max(...map) : 0;
  return most < FAINT ? null : map.map((nats) => Math.max(0, nats) / most);
}

/* [[position, nats], ...] of the words that a tile supports, most first */
export function supportedBy(lane, tile) {
  return Object.keys(lane.maps || {}).filter((key) => key !== "side").map(Number).flatMap((pos) => {
    const map = lane.maps[pos], nats = map[tile];
    return nats >= Math.max(FAINT, SHARE * Math.max(...map)) ? [[pos, nats]] : [];
  }).sort((a, b) => b[1] - a[1] || a[0] - b[0]);
}

export function signed(nats) { return `${nats < 0 ? "−" : "+"}${Math.abs(nats).toFixed(1)}`; }

function times(nats) { const factor = Math.exp(Math.abs(nats)); return factor >= 1000 ? "more than 1,000 times" : `${factor >= 10 ? Math.round(factor) : factor.toFixed(1)} times`; }

/* a word's grounding in plain words */
export function groundingInWords(word, nats) {
  const number = `${signed(nats)} nats`;
  if (nats >= LOW) return `The picture makes “${word}” ${times(nats)} as likely here (${number}).`;
  if (nats > -LOW) return `Low (${number}): the words alone predict “${word}”. That does not make it false.`;
  return `The picture speaks against “${word}”: without it the word would be ${times(nats)} as likely (${number}).`;
}

/* [heading, sentences] on a position's last word: what the picture adds to it when it was written and at the end, and whether any tile does;
   null where nothing is known */
export function groundingAt(lane, pos, word) {
  const found = groundingOf(lane);
  if (!found) return null;
  const commit = found.at_commit[pos], end = found.at_end[pos], map = mapOf(lane, pos);
  if (commit === null && end === null) return [`“${word}” is not judged: a function word or a sign follows from the words around it, whatever the picture shows.`];
  const lines = commit === null ? ["What it rested on when it was written is not recorded."] : [groundingInWords(word, commit)];
  if (end !== null) lines.push(`In the finished text, with the word itself in view: ${signed(end)} nats.`);
  if (map) lines.push(lightOf(map) ? "Lit in the picture: the tiles that the word loses most without." : "No single tile decides it: the word stands with any one of them painted over.");
  return lines;
}
