/* Colours for the canvases, read from score.css, so that there is one place for them. Knows no run and draws nothing by itself. */

const INKS = ["paper", "text", "soft", "faint", "rule", "wait", "commit", "revise", "remask", "draft", "draft-row", "settle-row", "end",
  "wrong", "wrong-text", "repaired"];

function readInk(root) {
  const style = getComputedStyle(root), get = (name) => style.getPropertyValue(`--rv-${name}`).trim(), ink = {};
  INKS.forEach((name) => { ink[name.replace(/-(.)/, (_, c) => c.toUpperCase())] = get(name); });
  const parse = (name) => get(name).split(/[ ,]+/).map(Number);
  const low = parse("tint-low"), high = parse("tint-high"), badLow = parse("bad-low"), badHigh = parse("bad-high");
  const mix = (a, b, p) => {
    const q = p === null || p === undefined ? 0.5 : Math.pow(p, 1.3);
    return `rgb(${a.map((v, i) => Math.round(v + (b[i] - v) * q)).join(",")})`;
  };
  ink.tint = (p) => mix(low, high, p);
  ink.bad = (p) => mix(badLow, badHigh, p);
  ink.font = style.fontFamily;
  ink.hatch = (pen) => (ink.pattern = ink.pattern || hatch(pen, ink.wrong));
  return ink;
}

/* the hatching of wrong words: seen without its colour too */
function hatch(pen, colour) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 6;
  const t = tile.getContext("2d");
  t.strokeStyle = colour; t.globalAlpha = 0.42; t.lineWidth = 1.1;
  t.beginPath(); t.moveTo(-1, 7); t.lineTo(7, -1); t.moveTo(-4, 4); t.lineTo(4, -4); t.moveTo(2, 10); t.lineTo(10, 2); t.stroke();
  return pen.createPattern(tile, "repeat");
}
