"""How often quiet reports alarm, how often drift is found, and how often canaries are taken back:

    python benchmarks/monitoring/false_alarms.py [--quick] [--only drift power canary stream]

Prints the tables of docs/statistics.md. Everything is seeded, so it prints the same again.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from data import drifting, table

from treadle.statistics.drift import compare
from treadle.statistics.profile import reference, window
from treadle.statistics.sequential import ErrorTest, LatencyTest, LossTest, PairedLossTest
from treadle.statistics.stream import LossStream

QUIET = ((1000, 100, 400), (1000, 200, 400), (1000, 1000, 400), (5000, 100, 400), (5000, 500, 400), (5000, 5000, 400), (50_000, 1000, 400))
QUIET_LARGE = ((50_000, 50_000, 60), (1_000_000, 1_000_000, 4))
DRIFTED = ((5000, 500, 100), (5000, 5000, 100), (50_000, 50_000, 20), (1_000_000, 1_000_000, 2))


class Cell(NamedTuple):
    """Shares over simulated reports of 30 columns."""

    reports: int
    significant: float
    """Reports with any column at q <= .05, whatever its effect."""
    alarmed: float
    """Reports with any column recorded or material."""
    found: float
    """Drifting columns recorded or material."""
    wrong: float
    """Quiet columns recorded or material."""


def reports(rows: int, window_rows: int, count: int, drifted: bool, seed: int = 1) -> Cell:
    significant = alarmed = found = wrong = 0
    for place in range(count):
        before = reference(table(rows, seed * 1_000_003 + 2 * place))
        now = window(table(window_rows, seed * 1_000_003 + 2 * place + 1, drifted), before)
        report = compare(before, now)
        flagged = {column.name for column in report if column.verdict in ("recorded", "material")}
        significant += any(column.q_value is not None and column.q_value <= 0.05 for column in report)
        alarmed += bool(flagged)
        found += sum(drifting(name) for name in flagged)
        wrong += sum(not (drifted and drifting(name)) for name in flagged)
    drifting_columns = sum(drifting(column.name) for column in report)
    quiet_columns = len(report.columns) - (drifting_columns if drifted else 0)
    return Cell(count, significant / count, alarmed / count, found / (count * drifting_columns), wrong / (count * quiet_columns))


def percent(share: float) -> str:
    return f"{share * 100:.1f} %"


def drift(quick: bool) -> None:
    print("| rows of reference / window | reports | any q <= .05 | any column recorded or material | columns wrongly named |")
    print("|---|---|---|---|---|")
    for rows, window_rows, count in QUIET if quick else QUIET + QUIET_LARGE:
        cell = reports(rows, window_rows, count // 10 if quick else count, drifted=False)
        line = f"| {rows:,} / {window_rows:,} | {cell.reports} | {percent(cell.significant)} | {percent(cell.alarmed)} |"
        print(f"{line} {percent(cell.wrong)} |", flush=True)


def power(quick: bool) -> None:
    print("| rows of reference / window | reports | drifting columns found | quiet columns wrongly named |")
    print("|---|---|---|---|")
    for rows, window_rows, count in DRIFTED[:2] if quick else DRIFTED:
        cell = reports(rows, window_rows, count // 10 if quick else count, drifted=True, seed=2)
        print(f"| {rows:,} / {window_rows:,} | {cell.reports} | {percent(cell.found)} | {percent(cell.wrong)} |", flush=True)


# --- canaries and streams -----------------------------------------------------------------------------------------------

PAIRS, LOOK, CANARIES = 10_000, 50, 1000


def rolled_back(draw: Callable[[np.random.Generator], tuple[Sequence[Any], Sequence[Any]]], test: Callable[[], Any], count: int) -> str:
    """How many canaries are taken back within 10,000 pairs of requests, looked at after every 50, and after how many pairs."""
    rng = np.random.default_rng(5)
    delays: list[float] = []
    for _ in range(count):
        guard = test()
        delays.append(math.inf)
        for place, (champion, canary) in enumerate(zip(*draw(rng), strict=True)):
            if isinstance(guard, ErrorTest):
                guard.update(int(sum(champion)), len(champion), int(sum(canary)), len(canary))
            else:
                guard.update(champion, canary)
            if guard.harmful:
                delays[-1] = (place + 1) * LOOK
                break
    share = sum(delay < math.inf for delay in delays) / count
    middle = statistics.median(delays)
    return f"{percent(share)} | {middle:,.0f}" if middle < math.inf else f"{percent(share)} | -"


def peeked(first: float, second: float, count: int) -> float:
    """Share of canaries that a z-test with p < .05, repeated after every 50 pairs, takes back."""
    rng = np.random.default_rng(5)
    champion, canary = (np.cumsum(rng.binomial(LOOK, rate, (count, PAIRS // LOOK)), axis=1) for rate in (first, second))
    pairs = np.arange(1, PAIRS // LOOK + 1) * LOOK
    pooled = (champion + canary) / (2 * pairs)
    z = (canary - champion) / pairs / np.sqrt(np.maximum(pooled * (1 - pooled), 1e-12) * 2 / pairs)
    return float((z > 1.645).any(axis=1).mean())


def canary(quick: bool) -> None:
    count = CANARIES // 10 if quick else CANARIES
    shape = (PAIRS // LOOK, LOOK)
    print("| guard | champion -> canary | taken back | median pairs | repeated z-test |")
    print("|---|---|---|---|---|")
    for first, second in ((0.01, 0.01), (0.05, 0.05), (0.01, 0.02), (0.05, 0.08), (0.05, 0.10), (0.01, 0.05)):
        cells = rolled_back(lambda rng, a=first, b=second: (rng.random(shape) < a, rng.random(shape) < b), ErrorTest, count)
        print(f"| errors | {first:.0%} -> {second:.0%} | {cells} | {percent(peeked(first, second, count))} |", flush=True)
    for shift in (0.0, 0.1, 0.2):
        for name, noise in (("normal", lambda rng: rng.normal(0, 1, shape)), ("exponential", lambda rng: rng.exponential(1, shape))):
            cells = rolled_back(lambda rng, noise=noise, shift=shift: (noise(rng), noise(rng) + shift), LossTest, count // 2)
            print(f"| mean loss, {name} | +{shift:g} standard deviations | {cells} | |", flush=True)
        cells = rolled_back(lambda rng, shift=shift: paired(rng, shape, shift), PairedLossTest, count // 2)
        print(f"| mean loss of the same rows, correlation .9 | +{shift:g} standard deviations | {cells} | |", flush=True)
    for factor in (1.0, 1.5, 2.0):
        cells = rolled_back(
            lambda rng, factor=factor: (rng.lognormal(-4, 0.5, shape), factor * rng.lognormal(-4, 0.5, shape)), LatencyTest, count // 5
        )
        print(f"| latency, 99th percentile | times {factor:g} | {cells} | |", flush=True)


def paired(rng: np.random.Generator, shape: tuple[int, int], shift: float) -> tuple[Any, Any]:
    same = rng.normal(0, math.sqrt(0.9), shape)
    return same + rng.normal(0, math.sqrt(0.1), shape), same + rng.normal(0, math.sqrt(0.1), shape) + shift


def stream(quick: bool) -> None:
    count = 20 if quick else 200
    print("| detector, rows between false alarms | false alarm in 20,000 quiet rows | median delay .10 -> .15 | missed in 5,000 |")
    print("|---|---|---|---|")
    for kind in ("shiryaev-roberts", "cusum"):
        for average_run in (20_000.0, 100_000.0):
            rng = np.random.default_rng(7)
            quiet, delays = 0, []
            for _ in range(count):
                watching = LossStream(limit=0.1, average_run=average_run, kind=kind)
                quiet += watching.update_many((rng.random(20_000) < 0.1).astype(float).tolist())
                watching = LossStream(limit=0.1, average_run=average_run, kind=kind)
                watching.update_many((rng.random(2000) < 0.1).astype(float).tolist())
                watching.alarmed_at = 0
                before = watching.rows
                watching.update_many((rng.random(5000) < 0.15).astype(float).tolist())
                delays.append(watching.alarmed_at - before if watching.alarmed_at else math.inf)
            missed = sum(delay == math.inf for delay in delays) / count
            line = f"| {kind}, {average_run:,.0f} | {percent(quiet / count)} | {statistics.median(delays):,.0f} |"
            print(f"{line} {percent(missed)} |", flush=True)


PARTS: dict[str, Callable[[bool], None]] = {"drift": drift, "power": power, "canary": canary, "stream": stream}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the simulations")
    parser.add_argument("--only", nargs="+", choices=list(PARTS), metavar="NAME", help=f"some of: {', '.join(PARTS)}")
    words = parser.parse_args()
    for name in words.only or PARTS:
        print(f"\n### {name}\n", flush=True)
        PARTS[name](words.quick)


if __name__ == "__main__":
    sys.exit(main())
