/* Colours for the canvases, read from score.css, so that there is one place for them. Knows no run and draws nothing by itself. */

const NAMES = ["paper", "text", "soft", "faint", "rule", "mask", "commit", "revise", "remask", "draft", "draft-row", "settle-row", "end",
  "wrong", "wrong-text", "repaired", "arc"];

/* every name in camelCase; tint(p), wrongTint(p): the tint of a bar by its token's probability; hatching(ctx); font */
export function readColors(root) {
  const style = getComputedStyle(root), get = (name) => style.getPropertyValue(`--rv-${name}`).trim(), colors = {};
  NAMES.forEach((name) => { colors[name.replace(/-(.)/, (_, c) => c.toUpperCase())] = get(name); });
  const rgb = (name) => get(name).split(/[ ,]+/).map(Number);
  const low = rgb("tint-low"), high = rgb("tint-high"), wrongLow = rgb("wrong-low"), wrongHigh = rgb("wrong-high");
  const mix = (a, b, p) => {
    const share = p === null || p === undefined ? 0.5 : Math.pow(p, 1.3);
    return `rgb(${a.map((v, i) => Math.round(v + (b[i] - v) * share)).join(",")})`;
  };
  colors.tint = (p) => mix(low, high, p);
  colors.wrongTint = (p) => mix(wrongLow, wrongHigh, p);
  colors.font = style.fontFamily;
  let pattern = null;
  colors.hatching = (ctx) => (pattern = pattern || hatch(ctx, colors.wrong));
  return colors;
}

/* the hatching of wrong words, so that they are seen without colour too */
function hatch(ctx, color) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 6;
  const t = tile.getContext("2d");
  t.strokeStyle = color; t.globalAlpha = 0.42; t.lineWidth = 1.1;
  t.beginPath(); t.moveTo(-1, 7); t.lineTo(7, -1); t.moveTo(-4, 4); t.lineTo(4, -4); t.moveTo(2, 10); t.lineTo(10, 2); t.stroke();
  return ctx.createPattern(tile, "repeat");
}
