"""Expressions of valohai.yaml over a run's values: `metadata.accuracy >= 0.9 and parameter.epochs > 3`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leval.excs import EvaluatorError, NoSuchValue
from leval.rewriter_evaluator import RewriterEvaluator
from leval.universe.simple import SimpleUniverse

from treadle.core.errors import UsageError

MOST_SECONDS = 0.5
MOST_LETTERS = 1000


class _Universe(SimpleUniverse):  # type: ignore[misc]
    """A number that was printed as text is a number when it is compared with one."""

    def evaluate_binary_op(self, op: Any, left: Any, right: Any) -> Any:
        if isinstance(left, str) != isinstance(right, str):
            left, right = _number(left), _number(right)
        return super().evaluate_binary_op(op, left, right)


class _Evaluator(RewriterEvaluator):  # type: ignore[misc]
    """A name may be a word of Python: `metadata.lambda`."""

    def rewrite_keyword(self, kw: str) -> str:
        return f"_{kw}"


def holds(expression: str, metadata: Mapping[str, Any], parameters: Mapping[str, Any] | None = None) -> bool:
    """Whether an expression is true for these values. One that asks for a value which is not there (yet) is not.

    Raises UsageError for what is no expression.
    """
    if len(expression) > MOST_LETTERS:
        raise UsageError(f"an expression has more than {MOST_LETTERS} letters", hint="metadata.accuracy > 0.9")
    values: dict[str | tuple[str, ...], Any] = {}
    for word, given in (("metadata", metadata), ("parameter", parameters or {})):
        for name, value in given.items():
            values[word, name] = value
            values[word, f"_{name}"] = value  # as the evaluator spells a word of Python
            values.setdefault(name, value)
            if "/" in name or "." in name:
                values[word, *name.replace("/", ".").split(".")] = value
    try:
        return bool(_Evaluator(_Universe(functions={}, values=values), max_depth=8, max_time=MOST_SECONDS).evaluate_expression(expression))
    except (NoSuchValue, TypeError):  # it is not there, or not of a kind that can be compared
        return False
    except (EvaluatorError, SyntaxError, ZeroDivisionError, RecursionError, MemoryError) as error:
        raise UsageError(f"`{expression}` is no expression that can be decided: {error}", hint="metadata.accuracy > 0.9") from error


def _number(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return float(value)
    except ValueError:
        return value
