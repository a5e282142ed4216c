"""The search language as runs speak it. Pure."""

from __future__ import annotations

from treadle.contract.search import RUNS, Key, Sort, Term
from treadle.search import language


def parse(query: str) -> Term | None:
    """The tree of a query over runs, None for an empty one. Raises QueryError with a caret under the column."""
    return language.parse(query, RUNS)


def parse_sort(sort: str) -> list[Sort]:
    """Keys to sort runs by: `-metrics.auc, created`. Raises QueryError for an unknown key."""
    return language.parse_sorts(sort, RUNS)


def parse_column(text: str) -> Key:
    """A key of runs whose values are shown: `metrics.auc.highest`, `duration`. Raises QueryError for an unknown one."""
    return language.parse_key(text, RUNS)
