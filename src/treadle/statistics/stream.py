"""Watching one stream of labelled losses: when has the mean become larger than it should be?

An e-detector (Shin, Ramdas and Rinaldo 2024): every moment starts a new wager against "the mean is at most the limit", and the wagers
are added up. Their sum exceeds N on average not before N rows while that is true, so an alarm comes from chance once in N rows at
most. Unlike a single wager it owes nothing to a long quiet time.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Literal

import msgspec
import numpy as np

from treadle.core.errors import UsageError
from treadle.statistics.tails import normal_quantile

_ODDS = (1.1, 1.25, 1.5, 2.0, 3.0, 6.0)
"""Rises of the odds that are wagered on, in equal parts."""


class LossStream(msgspec.Struct, kw_only=True):
    """The state of a watch: plain numbers that can be stored and continued.

    Losses lie between 0 and `most`, larger ones count as `most`; errors are losses of 0 and 1.
    """

    limit: float
    """The mean that is still good, divided by `most`: between 0 and 1."""
    most: float = 1.0
    average_run: float = 100_000.0
    """Rows between two false alarms, on average at least."""
    kind: Literal["shiryaev-roberts", "cusum"] = "shiryaev-roberts"
    """The sum of all wagers, or the best of them (which alarms less often, and a little later)."""
    rows: int = 0
    wagers: list[float] = msgspec.field(default_factory=lambda: [0.0] * len(_ODDS))
    alarmed_at: int = 0
    """The row of the first alarm; 0: none."""

    @property
    def evidence(self) -> float:
        """Alarms at `average_run`."""
        return sum(self.wagers) / len(self.wagers)

    @property
    def alarmed(self) -> bool:
        return self.alarmed_at > 0

    def update(self, loss: float) -> bool:
        """Counts one loss; answers whether the alarm is on. About 1 microsecond."""
        return self.update_many((loss,))

    def update_many(self, losses: Iterable[float]) -> bool:
        """Counts losses in their order; NaN is not counted. Answers whether the alarm is on."""
        limit, most, bound, wagers = self.limit, self.most, self.average_run * len(self.wagers), self.wagers
        bets = _bets(limit)
        best = self.kind == "cusum"
        for loss in losses:
            if loss != loss:  # NaN
                continue
            self.rows += 1
            apart = min(max(loss / most, 0.0), 1.0) - limit
            total = 0.0
            for place, bet in enumerate(bets):
                before = wagers[place]
                wager = ((before if before > 1.0 else 1.0) if best else before + 1.0) * (1.0 + bet * apart)
                wagers[place] = wager = wager if wager < 1e250 else 1e250
                total += wager
            if total >= bound and not self.alarmed_at:
                self.alarmed_at = self.rows
        return self.alarmed_at > 0

    def restart(self) -> None:
        """Forgets the past, for example after a new model was released; the limit stays."""
        self.wagers = [0.0] * len(self.wagers)
        self.alarmed_at = 0


def _bets(limit: float) -> list[float]:
    """For each rise of the odds the wager whose capital grows fastest: (p - limit) / (limit (1 - limit))."""
    odds = limit / (1 - limit)
    return [(odds * rise / (1 + odds * rise) - limit) / (limit * (1 - limit)) for rise in _ODDS]


def watch(
    reference: Any,
    *,
    average_run: float = 100_000.0,
    tolerance: float = 0.0,
    kind: Literal["shiryaev-roberts", "cusum"] = "shiryaev-roberts",
) -> LossStream:
    """A watch whose limit is learned from losses of a good time: their mean, raised by `tolerance` of itself and by 2 standard errors.

    Without the latter a mean that was underestimated by chance would alarm again and again. Losses above the 99.5 % quantile are cut
    there, before and after, so that a single huge one is no alarm. Raises UsageError when there are fewer than 30 losses, or none
    above 0.
    """
    losses = np.asarray(reference, np.float64).ravel()
    losses = losses[~np.isnan(losses)]
    if len(losses) < 30 or float(losses.min()) < 0 or float(losses.max()) <= 0:
        raise UsageError("a watch needs 30 losses of a good time at least, none of them negative, not all of them 0")
    binary = bool(np.isin(losses, (0.0, 1.0)).all())
    most = 1.0 if binary else float(np.quantile(losses, 0.995)) or float(losses.max())
    scaled = np.minimum(losses / most, 1.0)
    error = normal_quantile(0.975) * float(scaled.std()) / math.sqrt(len(scaled))
    limit = min(float(scaled.mean()) * (1 + tolerance) + error, 0.99)
    return LossStream(limit=max(limit, 1e-6), most=most, average_run=average_run, kind=kind)
