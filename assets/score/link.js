/* The view in the address, #run=NAME&pass=5&lane=1&word=12, and the button that copies it. Knows names and numbers, no drawing. */

class Link {
  constructor(score) {
    this.score = score;
    this.button = button("rv-link", "Copy a link to this view", () => this.copy());
  }

  furnish() {
    this.button.hidden = this.score.run.source === "live";
    this.button.textContent = "Copy a link to this view";
  }

  copy() {
    const url = this.href(), said = (text) => { this.button.textContent = text; this.score.say(text); };
    window.history.replaceState(null, "", url);
    const bar = () => said("The link stands in the address bar");
    if (window.navigator.clipboard) window.navigator.clipboard.writeText(url).then(() => said("Link copied"), bar); else bar();
  }

  href() {
    const { run, now, picked } = this.score, place = new URLSearchParams({ run: run.run, pass: now }), url = new URL(window.location.href);
    if (picked) { place.set("lane", picked.lane); place.set("word", picked.pos); }
    if (url.protocol !== "file:") url.searchParams.set("run", run.run);
    url.hash = place.toString();
    return url.href;
  }

  /* go where the address points, if it means this run */
  follow() {
    const score = this.score, run = score.run, place = new URLSearchParams(window.location.hash.slice(1));
    const lane = Number(place.get("lane")), word = Number(place.get("word"));
    if (place.get("run") !== run.run || !place.has("pass") || !run.done) return false;
    score.seen = score.last;
    score.seek(Number(place.get("pass")) || 0);
    score.player.state("paused");
    if (place.has("word") && run.lanes[lane] && word >= 0 && word < run.length) score.select(lane, word, null);
    return true;
  }
}
