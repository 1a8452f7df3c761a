/* What the words rest on, over the picture: the tiles that a word needs stay lit while it is pointed at or selected; pointed at itself, the
   picture lists the words that the place supports. Asks the server what can be asked of a word's picture. Draws no card.

   look: ({run, lane, position, pass}) => promise of {refused, costs, eye}, or null where there is no server. */

import { el, setAttr } from "../dom.js";
import { isLast, lightOf, mapOf, signed, supportedBy } from "../model/grounding.js";
import { LETTERS } from "../model/format.js";

const DARK = 0.8; // of the veil where a tile does not matter
const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

export class Sight {
  constructor(score, look) {
    this.score = score;
    this.look = look;
    this.tile = null; // [row, column] of the picture pointed at
    this.veil = el("canvas", { class: "rv-veil", hidden: true });
    this.place = el("span", { class: "rv-tile", hidden: true });
    this.words = el("p", { class: "rv-supports", hidden: true });
    this.node = el("div", { class: "rv-sight", role: "application", tabindex: "0", hidden: true, "aria-label": "The picture, tile by tile: arrow keys move, and say which words a tile supports" }, this.veil, this.place);
    score.frame.image.after(this.node);
    score.frame.caption.before(this.words);
    const box = score.frame.image.parentNode;
    box.addEventListener("pointermove", (event) => this.point(this.tileAt(event)));
    box.addEventListener("pointerdown", (event) => this.point(this.tileAt(event)));
    box.addEventListener("pointerleave", (event) => { if (event.pointerType !== "touch") this.point(null); });
    this.node.addEventListener("keydown", (event) => this.press(event));
    this.node.addEventListener("blur", () => this.point(null));
  }

  /* tiles a side, 0 while no lane's maps are known */
  get side() { return Math.max(0, ...((this.score.run && this.score.run.lanes) || []).map((lane) => (lane.maps ? lane.maps.side : 0))); }

  showRun() {
    const { image } = this.score.frame;
    this.tile = null;
    const fit = () => { // the part of the frame that the picture fills
      const wide = image.naturalWidth || 1, high = image.naturalHeight || 1;
      this.node.style.width = `${100 * Math.min(1, wide / high)}%`;
      this.node.style.height = `${100 * Math.min(1, high / wide)}%`;
    };
    image.addEventListener("load", fit, { once: true });
    fit();
  }

  tileAt(event) {
    const box = this.node.getBoundingClientRect(), { side } = this;
    const [row, column] = [(event.clientY - box.top) / box.height, (event.clientX - box.left) / box.width].map((part) => Math.floor(part * side));
    return side && row >= 0 && row < side && column >= 0 && column < side ? [row, column] : null;
  }

  point(tile) {
    if (JSON.stringify(tile) === JSON.stringify(this.tile)) return;
    this.tile = tile;
    this.score.paint();
  }

  press(event) {
    const by = MOVES[event.key], { side } = this;
    if (!by || !side) return;
    event.preventDefault(); event.stopPropagation();
    const [row, column] = this.tile || [0, 0], within = (k) => Math.min(side - 1, Math.max(0, k));
    this.point(this.tile ? [within(row + by[0]), within(column + by[1])] : [0, 0]);
    this.score.announce(`Row ${this.tile[0] + 1}, column ${this.tile[1] + 1}. ${this.inWords()}`);
  }

  /* [[position, nats], ...] of the words of lane i that the place pointed at supports */
  supported(i) {
    const { side, score, tile } = this, lane = score.run.lanes[i];
    if (!tile || !lane.maps || lane.maps.side !== side) return [];
    return supportedBy(lane, tile[0] * side + tile[1]).filter(([pos]) => isLast(lane, pos, score.passAt(lane)));
  }

  inWords() {
    const { lanes } = this.score.run, known = lanes.filter((lane) => lane.maps).length;
    const parts = lanes.flatMap((lane, i) => {
      const words = this.supported(i).map(([pos, nats]) => `${this.score.run.word(lane.canvases[lane.size][pos])} ${signed(nats)}`);
      return words.length ? [`${known > 1 ? `${LETTERS[i]}: ` : ""}${words.join(", ")}`] : [];
    });
    return parts.length ? `This place supports ${parts.join("; ")} nats.` : "No word that was asked about needs this place.";
  }

  paint() {
    const { score, side, tile } = this, { run } = score, word = score.pointedWord || (score.selected && { lane: score.selected.lane, pos: score.selected.pos, n: null });
    const lane = word && run.lanes[word.lane], shown = lane && !tile && score.thing === null && isLast(lane, word.pos, word.n ?? score.passAt(lane));
    const light = run.picture && shown ? lightOf(mapOf(lane, word.pos)) : null;
    this.node.hidden = !side || !run.picture;
    setAttr(score.root, "data-lit", light ? "1" : "");
    this.veil.hidden = !light;
    if (light) draw(this.veil, light, lane.maps.side);
    this.place.hidden = !tile;
    if (tile) this.place.style.cssText = `left:${(100 * tile[1]) / side}%;top:${(100 * tile[0]) / side}%;width:${100 / side}%;height:${100 / side}%`;
    this.words.hidden = !side || !run.picture;
    const text = tile ? this.inWords() : "Point at the picture: which words does a place support?";
    if (this.words.textContent !== text) this.words.textContent = text;
  }

  /* the picture with a map's light on it, for a card that is read where the picture itself is out of sight */
  lit(map, side) {
    const light = lightOf(map), veil = el("canvas", { class: "rv-veil" });
    if (!light) return null;
    draw(veil, light, side);
    return el("div", { class: "rv-lit", "aria-hidden": "true" }, el("img", { src: this.score.run.picture, alt: "" }), veil);
  }

  /* a message of the server: how far an answer has come, the answer, or why there is none */
  receive(message) {
    let run = this.score.run;
    while (run && run.id !== message.run) run = run.parent;
    const lane = run && run.lanes[message.lane];
    if (!lane) return;
    lane.asking = message.grounding || message.refused || message.stopped ? null : { done: message.done, of: message.of };
    lane.refused = message.refused || "";
    if (message.grounding) {
      lane.analysis = { ...lane.analysis, grounding: message.grounding };
      lane.maps = { ...(lane.maps && lane.maps.side === message.side ? lane.maps : {}), ...message.maps, side: message.side };
      lane.complete = lane.complete || message.every;
      this.score.announce("The picture has been asked.");
    } else if (message.refused) this.score.announce(message.refused);
    this.score.story.forget();
    this.score.paint();
  }
}

function draw(veil, light, side) {
  const context = veil.getContext("2d");
  veil.width = side; veil.height = side; // which empties it
  light.forEach((share, k) => {
    context.fillStyle = `rgba(16, 18, 22, ${DARK * (1 - share)})`;
    context.fillRect(k % side, Math.floor(k / side), 1, 1);
  });
}
