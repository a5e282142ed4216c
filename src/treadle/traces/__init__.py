"""Traces of applications: spans, tags, assessments, and the search over them."""
