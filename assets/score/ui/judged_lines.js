/* What is known of one word of one text: a line for each claim that it carries and each fault of grammar that it has a part in. */

import { el } from "../dom.js";
import { claimInWords, claimsOn, faultsOn } from "../model/claims.js";

const SIGNS = { right: "✓", wrong: "✗", unjudged: "○" };

/* nodes of a tag, none where nothing is known */
export function judgedLines(lane, pos, n, tag) {
  const line = (verdict, text) => el(tag, { class: `rv-claim rv-${verdict}`, text: `${SIGNS[verdict]} ${text}` });
  return [...claimsOn(lane, pos, n).map((claim) => line(claim.verdict, claimInWords(claim))),
    ...faultsOn(lane, pos, n).map((fault) => line("wrong", fault.why))];
}
