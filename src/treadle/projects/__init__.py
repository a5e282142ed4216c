"""Projects: what a team's space says of itself, and where its code comes from."""
