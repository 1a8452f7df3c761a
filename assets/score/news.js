/* What happened in a pass and what a word went through, each in one short sentence, for those who listen. Knows one lane at a time. */

/* "commits a, cats and 6 more; revises dog to car" */
function news(run, lane, n) {
  if (lane.held) return "has not begun";
  if (n === 0) return "has begun with masks";
  const of = (kind) => lane.eventsIn[n].filter((event) => event.kind === kind), told = [];
  const word = (id) => (id === run.eot ? "end of text" : run.word(id));
  if (of("commit").length) told.push(`commits ${few(gathered(of("commit").map((e) => word(e.id))))}`);
  if (of("revise").length) told.push(`revises ${few(of("revise").map((e) => `${word(e.old)} to ${word(e.id)}`))}`);
  if (of("remask").length) told.push(`remasks ${few(of("remask").map((e) => word(e.old)))}`);
  if (told.length) return told.join("; ");
  return lane.passes[n].phase === "draft" ? "drafts and writes nothing" : "changes nothing";
}

/* "a, cats and 6 more" */
function few(words) {
  const said = words.length > 4 ? [...words.slice(0, 3), `${words.length - 3} more`] : words;
  return said.length < 2 ? said.join("") : `${said.slice(0, -1).join(", ")} and ${said[said.length - 1]}`;
}

/* the same word several times is said once, with its number */
function gathered(words) {
  const counts = new Map();
  words.forEach((word) => counts.set(word, (counts.get(word) || 0) + 1));
  return [...counts].map(([word, count]) => (count > 1 ? `${word} ${count} times` : word));
}

/* a position's words up to a pass: "cats .98 in pass 5, then car .98 in pass 7" */
function biography(run, lane, pos, seen) {
  if (lane.held) return "has not begun";
  const stay = (t) => (t.from ? `${run.word(t.id)} ${p2(t.probs[0])} in pass ${t.from}` : run.word(t.id));
  return lane.stays[pos].filter((t) => t.from <= seen).map(stay).join(", then ") || "mask so far";
}
