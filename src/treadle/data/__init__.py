"""Data: artifacts, datasets and their versions, what changed between them, and the folders people work in."""
