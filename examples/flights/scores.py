"""How good predicted probabilities are: over all flights, and slice by slice."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

Numbers = dict[str, float]


def scores(late: Sequence[bool], predicted: Sequence[float], threshold: float) -> Numbers:
    """Metrics of predictions against what happened. `accuracy` and `recall` call a flight late from `threshold` on."""
    import numpy as np
    from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

    truth, chance = np.asarray(late, dtype=bool), np.asarray(predicted, dtype=float)
    called = chance >= threshold
    return {
        "flights": float(truth.size),
        "late_share": float(truth.mean()),
        "auc": float(roc_auc_score(truth, chance)),
        "average_precision": float(average_precision_score(truth, chance)),
        "log_loss": float(log_loss(truth, chance)),
        "brier": float(brier_score_loss(truth, chance)),
        "accuracy": float((called == truth).mean()),
        "recall": float(called[truth].mean()),
    }


def slices(rows: pl.DataFrame, column: str) -> pl.DataFrame:
    """One row per value of `column`: how many flights, how many late, how many expected, and how well the late ones are told apart.

    `rows` has `late` and `predicted`. `calibration` is expected by happened: above 1 the model cries wolf.
    """
    from sklearn.metrics import roc_auc_score

    found = []
    for (value,), part in sorted(rows.group_by(column), key=lambda group: (-group[1].height, group[0])):
        late, predicted = part["late"].to_numpy(), part["predicted"].to_numpy()
        happened, expected = float(late.mean()), float(predicted.mean())
        found.append(
            {
                "slice": f"{column} {value}",
                "flights": part.height,
                "late": happened,
                "expected": expected,
                "calibration": expected / happened if happened else None,
                "auc": float(roc_auc_score(late, predicted)) if 0 < happened < 1 else None,
            }
        )
    return pl.DataFrame(found, schema=_SLICE)


_SLICE = {"slice": pl.String, "flights": pl.Int64, "late": pl.Float64, "expected": pl.Float64, "calibration": pl.Float64, "auc": pl.Float64}


def report(overall: Numbers, parts: pl.DataFrame, first: str, last: str) -> str:
    """The evaluation as a page of Markdown."""
    seen = f"{int(overall['flights']):,} departures from {first} to {last}, none of them seen in training"
    lines = [
        "# Arrivals more than 15 minutes late",
        "",
        f"{seen}; {overall['late_share']:.1%} of them arrived late.",
        "",
        "| metric | value |",
        "|---|---:|",
        *(f"| {name} | {value:.4f} |" for name, value in overall.items() if name != "flights"),
        "",
        "| slice | flights | late | expected | calibration | auc |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for row in parts.iter_rows(named=True):
        calibration, auc = (f"{row[name]:.3f}" if row[name] is not None else "-" for name in ("calibration", "auc"))
        lines.append(f"| {row['slice']} | {row['flights']:,} | {row['late']:.1%} | {row['expected']:.1%} | {calibration} | {auc} |")
    return "\n".join(lines) + "\n"
