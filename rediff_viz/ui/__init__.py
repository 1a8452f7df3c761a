"""The page. Gradio lives here and nowhere else; nothing here computes: it asks `run`, `score`, `views` and `export`."""
