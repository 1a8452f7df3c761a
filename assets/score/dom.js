/* Small functions on DOM nodes. Knows no run and no Score. */

import { LETTERS } from "./model/format.js";

/* node of a tag with attributes ("text" is its text) and children; null, undefined and false attributes and null children are left out */
export function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  Object.entries(attributes || {}).forEach(([key, value]) => {
    if (value === null || value === undefined || value === false) return;
    if (key === "text") node.textContent = value;
    else node.setAttribute(key, value === true ? "" : value);
  });
  node.append(...children.filter((child) => child !== null));
  return node;
}

/* set an attribute, touching the node only when it changes; null, undefined and "" remove it */
export function setAttr(node, key, value) {
  if (value === null || value === undefined || value === "") {
    if (node.hasAttribute(key)) node.removeAttribute(key);
  } else if (node.getAttribute(key) !== String(value)) node.setAttribute(key, value);
}

export function button(classes, text, onClick) {
  const node = el("button", { type: "button", class: classes || null, text });
  node.addEventListener("click", onClick);
  return node;
}

/* a paragraph in which *stars* mark strong words; nothing else is interpreted */
export function paragraph(text) {
  const node = el("p", {});
  text.split("*").forEach((part, i) => node.append(i % 2 ? el("strong", { text: part }) : part));
  return node;
}

/* the lane's letter in the lane's colour */
export function laneLetter(i) { return el("span", { class: "rv-letter", "data-lane": i, text: LETTERS[i] }); }

/* whether the visitor asked for no motion */
export function reducedMotion() { return Boolean(window.matchMedia) && window.matchMedia("(prefers-reduced-motion: reduce)").matches; }
