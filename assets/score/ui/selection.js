/* Pointing at a word and selecting one: what `selected`, `pointed` and `pointedWord` of the Score come to be. Draws nothing. */

import { setAttr } from "../dom.js";
import { thingsOn } from "../model/claims.js";
import { timeOf } from "../model/cursor.js";
import { describePosition } from "../model/describe.js";
import { LETTERS } from "../model/format.js";

export class Selection {
  constructor(score) { this.score = score; }

  /* at a column, and where it is known at the word of lane i after pass n there, without a pass at the cursor's; pos null: at nothing */
  point(pos, i, n) {
    const { score } = this, word = pos === null || i === null ? null : { lane: i, pos, n };
    if (pos === score.pointed && JSON.stringify(word) === JSON.stringify(score.pointedWord)) return;
    score.pointed = pos; score.pointedWord = word;
    score.paint();
  }

  /* the things to outline in the picture: the one pointed at, else those that the word pointed at or selected is about */
  things() {
    const { score } = this, word = score.pointedWord || score.selected;
    if (score.thing !== null) return new Set([score.thing]);
    if (!score.run || !word) return new Set();
    const lane = score.run.lanes[word.lane];
    return thingsOn(lane, word.pos, word.n ?? score.passAt(lane));
  }

  hover(lane, hit, event) {
    const { score } = this, n = hit && Math.min(hit.inside ? hit.n : score.passAt(lane), score.reachedPass(lane));
    if (hit) this.point(hit.pos, score.run.lanes.indexOf(lane), n); else this.point(null, null, null);
    if (!hit || event.pointerType === "touch") { score.tooltip.hide(); return; }
    score.tooltip.show(lane, hit.pos, n, event);
  }

  /* open a position's story, at pass n if another word was there then; the same position without a pass closes it again */
  select(i, pos, n) {
    const { score } = this, { selected } = score, lane = score.run.lanes[i];
    if (n === null && selected && selected.pos === pos && selected.lane === i) { this.close(); return; }
    score.player.pause(); score.tour.hold();
    const span = n === null ? null : lane.spanAt(pos, n);
    if (n !== null && n !== score.passAt(lane) && (!span || span !== lane.spanAt(pos, score.passAt(lane)))) {
      score.player.stopAt(timeOf(lane, n, score.unit));
    }
    score.things.hold(null);
    score.selected = { lane: i, pos };
    score.laneShown = i;
    setAttr(score.root, "data-story", pos);
    score.paint();
    score.announce(`Lane ${LETTERS[i]}, position ${pos + 1}: ${describePosition(score.run, lane, pos, score.reachedPass(lane))}.`);
    const detail = { run: score.run.id, lane: i, position: pos, pass: score.passAt(lane) };
    score.root.dispatchEvent(new CustomEvent("rv-story", { bubbles: true, detail }));
  }

  close() {
    const { score } = this, { lane, pos } = score.selected, hadFocus = score.note.hasFocus, chip = score.texts.chip(lane, pos);
    score.selected = null;
    setAttr(score.root, "data-story", "");
    score.showNote(); score.paint();
    if (score.tour.stop) score.tour.wait();
    if (hadFocus) (chip && !chip.hidden ? chip : score.root).focus();
  }
}
