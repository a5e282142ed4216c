"""Delivery: the pace, and the stories, both read from the journal. Nothing here is ever typed in."""
