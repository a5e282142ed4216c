"""Triggers: when this news comes, do that, once per cause. The small room that closes the loop."""
