"""What the page does, without Gradio: run lanes, store runs, list what can be chosen, offer recordings and scenes."""
