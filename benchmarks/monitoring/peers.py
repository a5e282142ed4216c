"""The same report by other libraries: python peers.py NAME REFERENCE WINDOW

Run by an interpreter in which the library, pandas and pyarrow are installed.
"""

from __future__ import annotations

import os
import sys
from typing import Any

os.environ |= {"DO_NOT_TRACK": "1", "NML_DISABLE_USAGE_LOGGING": "1", "WHYLOGS_NO_ANALYTICS": "True"}


def evidently(before: Any, now: Any) -> str:
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    names = list(before)
    kinds = DataDefinition(
        numerical_columns=[name for name in names if name[0] == "n"], categorical_columns=[name for name in names if name[0] == "c"]
    )
    sides = [Dataset.from_pandas(side, data_definition=kinds) for side in (now, before)]
    return f"drifted: {Report([DataDriftPreset()]).run(*sides).dict()['metrics'][0]['value']}"


def nannyml(before: Any, now: Any) -> str:
    import nannyml as library

    calculator = library.UnivariateDriftCalculator(
        column_names=list(before),
        continuous_methods=["jensen_shannon", "kolmogorov_smirnov", "wasserstein"],
        categorical_methods=["jensen_shannon", "chi2", "l_infinity"],
    ).fit(before)
    return f"{calculator.calculate(now).to_df().shape} cells"


def whylogs(before: Any, now: Any) -> str:
    import whylogs as library
    from whylogs.viz.drift.column_drift_algorithms import calculate_drift_scores

    views = [library.log(side).view() for side in (now, before)]
    scores = calculate_drift_scores(target_view=views[0], reference_view=views[1], with_thresholds=True)
    return f"{len(scores)} columns, {sum(score['drift_category'] == 'DRIFT' for score in scores.values())} drifted"


def alibi(before: Any, now: Any) -> str:
    import numpy as np
    from alibi_detect.cd import TabularDrift

    names = list(before)
    codes = {name: {value: place for place, value in enumerate(sorted({*before[name], *now[name]}))} for name in names if name[0] == "c"}

    def matrix(side: Any) -> Any:
        return np.column_stack([side[name].map(codes[name]).astype(float) if name in codes else side[name].fillna(0) for name in names])

    sides = [matrix(side) for side in (before, now)]
    categories = {place: None for place, name in enumerate(names) if name in codes}
    found = TabularDrift(sides[0], p_val=0.05, categories_per_feature=categories).predict(sides[1], drift_type="feature")
    return f"{int(found['data']['is_drift'].sum())} columns drifted"


if __name__ == "__main__":
    import pandas

    print(globals()[sys.argv[1]](*(pandas.read_parquet(path) for path in sys.argv[2:4])))
