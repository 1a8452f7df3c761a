/* Numbers and words in the form in which the page shows them. */

export const LETTERS = "ABCDEFGH"; // what the lanes are called

export function clamp(x, low, high) { return Math.max(low, Math.min(high, x)); }

/* a probability in 0..1 as ".98", from .995 up as "1.0", unknown as "–" */
export function formatProb(p) { return p === null || p === undefined ? "–" : p >= 0.995 ? "1.0" : p.toFixed(2).replace(/^0/, ""); }

export function plural(n, word) { return `${n} ${word}${n === 1 ? "" : word.endsWith("s") ? "es" : "s"}`; }

/* a text of at most `most` characters; an ellipsis stands for what is cut off */
export function shortened(text, most) {
  const characters = [...text];
  return characters.length > most ? `${characters.slice(0, most - 1).join("")}…` : text;
}

export function quoted(word) { return `“${word}”`; }

/* "a", "a and b", "a, b and c" */
export function listed(texts) { return texts.length < 2 ? texts.join("") : `${texts.slice(0, -1).join(", ")} and ${texts[texts.length - 1]}`; }
