"""Monitors: windows of predictions and labels, verdicts with hysteresis, alarms."""
