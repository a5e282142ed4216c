"""What one prediction was worth once the truth is known: a loss for each row, the same in gates, rollouts and monitors.

Classifiers are judged by log loss, -ln p(what happened) with p kept within [1e-6, 1 - 1e-6]; regressors by squared error; models
that answer a word by 0 or 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[Any, np.dtype[np.float64]]

_LEAST = 1e-6
_SAME = {"true": "1", "false": "0", "1.0": "1", "0.0": "0", "yes": "1", "no": "0"}


def class_name(value: Any) -> str:
    """A class under the name by which outputs and labels agree: True, 1 and 1.0 are one class."""
    text = str(value).strip().lower()
    text = _SAME.get(text, text)
    return text[:-2] if text.endswith(".0") else text


def kind_of(outputs: Mapping[str, Sequence[Any] | Floats], truth: Sequence[Any]) -> str:
    """What these outputs are to this truth: `classes` (a probability each), `chance` (the probability of true), `word`, `number`."""
    import numpy as np

    names = {class_name(name) for name in outputs}
    known = {class_name(value) for value in truth if value is not None}
    if len(outputs) > 1 and known <= names:
        return "classes"
    first = np.asarray(next(iter(outputs.values())))
    if first.dtype.kind in "OUS":
        return "word"
    if known <= {"0", "1"} and first.size and np.nanmin(first) >= 0 and np.nanmax(first) <= 1:
        return "chance"
    return "number"


def row_losses(outputs: Mapping[str, Sequence[Any] | Floats], truth: Sequence[Any], kind: str | None = None) -> Floats:
    """The loss of each row, NaN where the truth is missing or is a class that the model does not know.

    `outputs` are columns of equal length by name; `truth` holds one value a row; `kind` as `kind_of` names it (None: found out).
    """
    import numpy as np

    kind = kind or kind_of(outputs, truth)
    found: Floats
    if kind == "classes":
        columns = {class_name(name): np.asarray(values, dtype=np.float64) for name, values in outputs.items()}
        nothing = np.full(len(truth), np.nan)
        chance = np.array([columns.get(class_name(value), nothing)[row] for row, value in enumerate(truth)], dtype=np.float64)
        found = -np.log(np.clip(chance, _LEAST, 1 - _LEAST))
    elif kind == "chance":
        chance = np.asarray(next(iter(outputs.values())), dtype=np.float64)
        happened = np.array([class_name(value) == "1" for value in truth])
        found = -np.log(np.clip(np.where(happened, chance, 1 - chance), _LEAST, 1 - _LEAST))
    elif kind == "word":
        words = next(iter(outputs.values()))
        found = np.array([float(class_name(a) != class_name(b)) for a, b in zip(words, truth, strict=True)], dtype=np.float64)
    else:
        numbers = np.asarray(next(iter(outputs.values())), dtype=np.float64)
        found = (numbers - np.array([np.nan if value is None else float(value) for value in truth], dtype=np.float64)) ** 2
    found[np.array([value is None for value in truth], dtype=bool)] = np.nan
    return found
