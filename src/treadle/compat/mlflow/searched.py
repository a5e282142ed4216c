"""Filters and orders over runs, in MLflow's language, as the tree that our own search understands. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from treadle.compat.mlflow import filters, told
from treadle.compat.mlflow.filters import Comparison
from treadle.compat.mlflow.wire import MlflowError
from treadle.contract.search import Among, Both, Compare, Key, Like, Missing, Sort, Term

_ENTITIES = {
    **dict.fromkeys(("", "attribute", "attributes", "attr", "run"), "attribute"),
    **dict.fromkeys(("metric", "metrics"), "metric"),
    **dict.fromkeys(("param", "params", "parameter", "parameters"), "parameter"),
    **dict.fromkeys(("tag", "tags"), "tag"),
    **dict.fromkeys(("dataset", "datasets"), "input"),
}
_TIMES = {"start_time": "started", "created": "started", "Created": "started", "end_time": "ended"}
_TEXTS = {"run_id": "key", "run_name": "name", "run name": "name", "Run name": "name", "Run Name": "name"}
_INPUTS = ("name", "digest", "context")
_MOST_ORDER = 5


def runs_where(text: str | None) -> Term | None:
    """The tree of a filter over runs, None for an empty one. Raises MlflowError."""
    terms = tuple(_term(one) for one in filters.comparisons(text))
    return None if not terms else terms[0] if len(terms) == 1 else Both(terms=terms)


def runs_order(listed: Sequence[str]) -> tuple[Sort, ...]:
    """Keys to sort by; where they are equal the newest run comes first. Nothing for nothing. Raises MlflowError."""
    sorts = tuple(_sort(one) for one in listed[:_MOST_ORDER])
    return (*sorts, Sort(key=Key(area="run", name="id"), descending=True)) if sorts else ()


def _sort(text: str) -> Sort:
    one = filters.order(text)
    area = filters.entity_of(one.entity, _ENTITIES, "order_by")
    if area == "metric":
        key = Key(area="metric", name=one.key, part="last")
    elif area in ("parameter", "tag"):
        key = _tag_key(one.key) if area == "tag" else Key(area=area, name=one.key)
    elif area == "input":
        raise _invalid(f"Invalid order_by entity `{one.entity}`: runs cannot be ordered by datasets")
    elif one.key == "status":
        key = Key(area="run", name="state")
    elif one.key == "user_id":
        key = Key(area="tag", name=told.USER)
    else:
        key = Key(area="run", name=_own(one.key, {**_TIMES, **_TEXTS}))
    return Sort(key=key, descending=one.descending)


def _term(one: Comparison) -> Term:
    area = filters.entity_of(one.entity, _ENTITIES)
    if area == "metric":
        filters.expect(one, filters.NUMBER)
        return Compare(key=Key(area="metric", name=one.key, part="last"), operator=one.operator, value=filters.as_number(one))
    if area == "parameter":
        filters.expect(one, filters.TEXT)
        return words(one, Key(area="parameter", name=one.key))
    if area == "tag":
        filters.expect(one, filters.TEXT)
        return words(one, _tag_key(one.key))
    if area == "input":
        filters.expect(one, filters.LISTED)
        if one.key not in _INPUTS:
            raise _invalid(f"Invalid dataset key '{one.key[:100]}' specified. Valid keys are {list(_INPUTS)}")
        return words(one, Key(area="input", name=one.key))
    return _attribute(one)


def _attribute(one: Comparison) -> Term:
    if one.key in _TIMES:
        filters.expect(one, filters.NUMBER)
        return Compare(key=Key(area="run", name=_TIMES[one.key]), operator=one.operator, value=filters.as_number(one) / 1000)
    filters.expect(one, filters.LISTED)
    if one.key == "status":
        # The database knows our words for states: those whose translation stands the comparison are looked for.
        states = tuple(ours for ours, theirs in told.STATUS.items() if filters.fits(one, theirs))
        return Among(key=Key(area="run", name="state"), values=states or ("",))
    if one.key == "user_id":
        return words(one, Key(area="tag", name=told.USER))
    if one.key == "artifact_uri":
        return _by_location(one)
    return words(one, Key(area="run", name=_own(one.key, _TEXTS)))


def _by_location(one: Comparison) -> Term:
    """A run's files are where its key says."""
    if one.operator not in ("=", "!="):
        raise _invalid(f"'{one.operator}' does not work on 'artifact_uri' here: it follows from the run's id")
    parts = filters.as_text(one).removeprefix("mlflow-artifacts:/").strip("/").split("/")
    key = parts[1] if len(parts) == 3 and parts[2] == "artifacts" else ""
    return Compare(key=Key(area="run", name="key"), operator=one.operator, value=key)


def _tag_key(name: str) -> Key:
    """A tag; the run's name, which clients see as one, is kept as a name."""
    return Key(area="run", name="name") if name == told.NAME else Key(area="tag", name=name)


def _own(key: str, known: dict[str, str]) -> str:
    if key not in known:
        valid = sorted({*_TIMES, *_TEXTS, "status", "user_id", "artifact_uri"})
        raise _invalid(f"Invalid attribute key '{key[:100]}' specified. Valid keys are {valid}")
    return known[key]


def words(one: Comparison, key: Key) -> Term:
    """A comparison of texts."""
    if one.operator in ("IS NULL", "IS NOT NULL"):
        return Missing(key=key, negated=one.operator == "IS NOT NULL")
    if one.operator in ("IN", "NOT IN"):
        return Among(key=key, values=filters.as_texts(one), negated=one.operator == "NOT IN")
    if one.operator in ("LIKE", "ILIKE"):
        # A backslash escapes in our patterns, and is an ordinary character in theirs.
        return Like(key=key, pattern=filters.as_text(one).replace("\\", "\\\\"), folded=one.operator == "ILIKE")
    return Compare(key=key, operator=one.operator, value=filters.as_text(one))


def _invalid(message: str) -> MlflowError:
    return MlflowError("INVALID_PARAMETER_VALUE", message)
