"""One search language for runs, models, datasets and the journal: read, turned into conditions, answered in pages."""
