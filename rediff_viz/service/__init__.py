"""What the page does, without Gradio: run lanes, keep runs, say what can be chosen, offer recordings and scenes."""
