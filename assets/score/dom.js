/* Small hands: nodes, attributes, numbers in words. Knows no run and no Score. */

const LETTERS = "ABCDEFGH";

/* node of a tag with attributes ("text" is its text) and children; null and false attributes and null children are left out */
function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  Object.entries(attributes || {}).forEach(([key, value]) => {
    if (value === null || value === undefined || value === false) return;
    if (key === "text") node.textContent = value;
    else node.setAttribute(key, value === true ? "" : value);
  });
  node.append(...children.filter((c) => c !== null));
  return node;
}

/* an attribute, touched only when it changes; empty takes it away */
function set(node, key, value) {
  if (value === null || value === undefined || value === "") {
    if (node.hasAttribute(key)) node.removeAttribute(key);
  } else if (node.getAttribute(key) !== String(value)) node.setAttribute(key, value);
}

function button(classes, text, then) {
  const node = el("button", { type: "button", class: classes || null, text });
  node.addEventListener("click", then);
  return node;
}

/* plain sentences may mark words with *stars*; nothing else is interpreted */
function sentence(text) {
  const node = el("p", {});
  text.split("*").forEach((part, i) => node.append(i % 2 ? el("strong", { text: part }) : part));
  return node;
}

function letter(i) { return el("span", { class: "rv-letter", "data-lane": i, text: LETTERS[i] }); }

function p2(p) { return p === null || p === undefined ? "–" : p >= 0.995 ? "1.0" : p.toFixed(2).replace(/^0/, ""); }

function plural(n, word) { return `${n} ${word}${n === 1 ? "" : word.endsWith("s") ? "es" : "s"}`; }

/* a text of at most `most` characters; what is cut off is owned to */
function shortened(text, most) {
  const signs = [...text];
  return signs.length > most ? `${signs.slice(0, most - 1).join("")}…` : text;
}

function quoted(word) { return `“${word}”`; }

function clamp(x, low, high) { return Math.max(low, Math.min(high, x)); }

/* whether the visitor asked for no motion */
function quiet() { return Boolean(window.matchMedia) && window.matchMedia("(prefers-reduced-motion: reduce)").matches; }
