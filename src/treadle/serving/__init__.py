"""Endpoints: revisions, rollouts and their guardrails, traffic, predictions and labels."""
