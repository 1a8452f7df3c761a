"""What the browser plays: the messages of a run, and the page that plays from a disk."""
