"""Models: versions with their evidence, aliases, gates, approvals, cards."""
