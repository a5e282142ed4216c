"""What a batch costs, learned while serving: seconds = a + b * rows, by exponentially weighted least squares. Pure arithmetic."""

from __future__ import annotations

_WEIGHT = 0.05
_PATIENCE = 0.025
"""Seconds: a batch may take this long, or three times what a single row takes, whichever is more."""


class Cost:
    """The line a + b * n through what batches took."""

    def __init__(self) -> None:
        self._n = self._t = self._nn = self._nt = 0.0
        self._seen = 0.0
        self.start = 0.0
        self.per_row = 0.0

    def learn(self, rows: int, seconds: float) -> None:
        """Takes in one batch."""
        keep = 1.0 - _WEIGHT
        self._seen = self._seen * keep + _WEIGHT
        self._n = self._n * keep + _WEIGHT * rows
        self._t = self._t * keep + _WEIGHT * seconds
        self._nn = self._nn * keep + _WEIGHT * rows * rows
        self._nt = self._nt * keep + _WEIGHT * rows * seconds
        mean_n, mean_t = self._n / self._seen, self._t / self._seen
        spread = self._nn / self._seen - mean_n * mean_n
        slope = (self._nt / self._seen - mean_n * mean_t) / spread if spread > 1e-9 * max(1.0, mean_n * mean_n) else 0.0
        self.per_row = max(0.0, min(slope, mean_t / mean_n))
        self.start = max(0.0, mean_t - self.per_row * mean_n)

    def rows(self, most: int) -> int:
        """How many rows the next batch should have at most: no more than can be answered while nobody grows impatient."""
        if self.per_row <= 0.0:
            return most
        patience = max(_PATIENCE, 3.0 * (self.start + self.per_row))
        return max(1, min(most, int((patience - self.start) / self.per_row)))

    def seconds(self, rows: int, batch: int) -> float:
        """How long `rows` rows take in batches of `batch`: what somebody who comes now will wait."""
        batches = -(-rows // max(1, batch))
        return batches * self.start + rows * self.per_row
