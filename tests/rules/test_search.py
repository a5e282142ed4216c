"""The search language: what reads, what does not, and how it says so."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.contract.search import (
    RUNS,
    STATES,
    SUBJECTS,
    Among,
    Both,
    Compare,
    Either,
    Key,
    Like,
    ListKeys,
    Missing,
    Negation,
    Sort,
    Term,
    Time,
)
from treadle.core.errors import QueryError, UsageError, from_problem
from treadle.core.operation import Call
from treadle.search import keys as vocabulary
from treadle.search import language
from treadle.search.language import MOST_TERMS, pointed, written
from treadle.tracking.search import parse, parse_sort

AUC = Key(area="metric", name="auc", part="last")
STATE = Key(area="run", name="state")
TEAM = Key(area="tag", name="team")
RATE = Key(area="parameter", name="lr")
CREATED = Key(area="run", name="created")
FAILED = Compare(key=STATE, operator="=", value="failed")
GOOD = Compare(key=AUC, operator=">", value=0.9)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", None),
        ("  \n ", None),
        ("state = failed", FAILED),
        ("STATE == 'FAILED'", FAILED),
        ("state=failed and metrics.auc>0.9", Both(terms=(FAILED, GOOD))),
        ("state=failed or metrics.auc>.9 AND state=failed", Either(terms=(FAILED, Both(terms=(GOOD, FAILED))))),
        ("(state=failed or metrics.auc>9e-1) and not state=failed", Both(terms=(Either(terms=(FAILED, GOOD)), Negation(term=FAILED)))),
        ("metrics.auc.highest >= -1", Compare(key=Key(area="metric", name="auc", part="highest"), operator=">=", value=-1.0)),
        ("metrics.auc.min <> 1", Compare(key=Key(area="metric", name="auc", part="lowest"), operator="!=", value=1.0)),
        ("metrics.train/loss.step = 3", Compare(key=Key(area="metric", name="train/loss", part="last_step"), operator="=", value=3.0)),
        ("metrics.a.b < 1", Compare(key=Key(area="metric", name="a.b", part="last"), operator="<", value=1.0)),
        ('metrics."a.highest" < 1', Compare(key=Key(area="metric", name="a.highest", part="last"), operator="<", value=1.0)),
        ('metrics.`my "m`.highest < inf', Compare(key=Key(area="metric", name='my "m', part="highest"), operator="<", value=float("inf"))),
        ("params.lr <= 0.01", Compare(key=RATE, operator="<=", value=0.01)),
        ("parameters.lr = '0.01'", Compare(key=RATE, operator="=", value="0.01")),
        ("params.lr = fast", Compare(key=RATE, operator="=", value="fast")),
        ("tags.team = 7", Compare(key=TEAM, operator="=", value="7")),
        ("tags.team = 1.2.3", Compare(key=TEAM, operator="=", value="1.2.3")),
        ("tags.team = 'it''s \"x\" \\'", Compare(key=TEAM, operator="=", value='it\'s "x" \\')),
        ("tags.team in (blue, 'deep red')", Among(key=TEAM, values=("blue", "deep red"))),
        ("params.lr not in (1, x)", Among(key=RATE, values=(1.0, "x"), negated=True)),
        ("name like brisk-%", Like(key=Key(area="run", name="name"), pattern="brisk-%")),
        ("tags.team not ilike '%\\%'", Like(key=TEAM, pattern="%\\%", folded=True, negated=True)),
        ("ended is null", Missing(key=Key(area="run", name="ended"))),
        ("metrics.auc is not null", Missing(key=AUC, negated=True)),
        ("id = 12", Compare(key=Key(area="run", name="id"), operator="=", value=12)),
        ("duration > 1.5h", Compare(key=Key(area="run", name="duration"), operator=">", value=5400.0)),
        ("created > -7d", Compare(key=CREATED, operator=">", value=Time(back=604800.0))),
        ("created < now", Compare(key=CREATED, operator="<", value=Time())),
        ("created = yesterday", Compare(key=CREATED, operator="=", value=Time(days_back=1, day=True))),
        ("created > 2026-01-01", Compare(key=CREATED, operator=">", value=Time(at=1767225600.0, day=True))),
        ("created > 2026-01-01T01:00:00+01:00", Compare(key=CREATED, operator=">", value=Time(at=1767225600.0))),
        ("created > '2026-01-01 00:00'", Compare(key=CREATED, operator=">", value=Time(at=1767225600.0))),
        ("created > 1767225600", Compare(key=CREATED, operator=">", value=Time(at=1767225600.0))),
        ("tags.and = 'or'", Compare(key=Key(area="tag", name="and"), operator="=", value="or")),
        ("tags.größe = ä", Compare(key=Key(area="tag", name="größe"), operator="=", value="ä")),
    ],
)
def test_what_reads(text: str, tree: Term | None) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("stat = failed", 0, "did you mean `state`?"),
        ("accuracy > 0.9", 0, "did you mean `metrics.accuracy`"),
        ("metric.auc > 1", 0, "did you mean `metrics.auc`?"),
        ("param > 1", 0, "did you mean `params.NAME`?"),
        ("state = faild", 8, "states: queued"),
        ("state > failed", 6, "state = VALUE"),
        ("state failed", 6, "comparison is missing"),
        ("state =", 7, "ends where a value"),
        ("state = and", 8, "stands where a value"),
        ("state = failed state = done", 15, "does not belong"),
        ("(state = failed", 15, "`)` is missing"),
        ("state = failed)", 14, "does not belong"),
        ("metrics.auc > high", 14, "is a number"),
        ("metrics.auc like x", 0, "not a text"),
        ("metrics. > 3", 7, "cannot be read"),
        ("metrics > 3", 0, "needs a name"),
        ('metrics."" > 3', 0, "needs a name"),
        ("created > 7d", 10, "-7d"),
        ("created > soon", 10, "not a time"),
        ("created > 9999-99-99", 10, "not a time"),
        ("duration > long", 11, "length of time"),
        ("id = x", 5, "whole number"),
        ("id = 99999999999999999999", 5, "whole number"),
        ("tags.a in blue", 10, "parentheses"),
        ("tags.a in (blue", 15, "missing"),
        ("tags.a in ()", 11, "stands where a value"),
        ("tags.a is blue", 10, "`null`"),
        ("tags.a like 'x\\'", 12, "does not end"),
        ("tags.a = 'open", 9, "not closed"),
        ("tags.a = x; drop table run", 10, "cannot be read"),
        ("tags.a = 'x'.y", 9, "not one value"),
        ("tags.a = 'x\0'", 9, "zero character"),
        ("not", 3, "ends where a key"),
        ("and state = done", 0, "stands where a key"),
        ("state =\n  faild", 2, "states"),
        ("(" * 60 + "id = 1" + ")" * 60, 21, "nested"),
        (" or ".join(["id = 1"] * (MOST_TERMS + 1)), 10 * MOST_TERMS, "more than"),
        ("id in (" + "1, " * 600 + "1)", 1808, "more than"),
    ],
)
def test_what_does_not_read_points_at_its_column(text: str, column: int, words: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    error = caught.value
    assert error.where is not None
    line, caret = error.where.split("\n")
    assert line in text
    assert caret == " " * column + "^"
    assert words in f"{error.what} {error.hint}"
    assert error.span is not None
    assert error.span[0] - (text.rfind("\n", 0, error.span[0]) + 1) == column
    assert from_problem(error.problem()).span == error.span  # type: ignore[attr-defined]


def test_a_query_without_end_is_refused_before_it_is_read() -> None:
    with pytest.raises(QueryError):
        parse("id = 1 " * 10_000)


def test_sort_keys() -> None:
    assert parse_sort("-metrics.auc") == [Sort(key=AUC, descending=True)]
    assert parse_sort("created") == [Sort(key=CREATED)]
    assert parse_sort("-metrics.auc, created,-id") == [
        Sort(key=AUC, descending=True),
        Sort(key=CREATED),
        Sort(key=Key(area="run", name="id"), descending=True),
    ]
    for wrong in ("", "-", "auc", "id name", "id,", ",id", "-metrics.a = 3", "id, name, kind, step, actor, engine"):
        with pytest.raises(QueryError):
            parse_sort(wrong)


@given(st.lists(st.builds(Sort, key=st.deferred(lambda: keys), descending=st.booleans()), min_size=1, max_size=5))
def test_sort_keys_read_back(sorts: list[Sort]) -> None:
    assert parse_sort(written(sorts)) == sorts


def test_times_are_counted_from_now() -> None:
    now = 1767225600.0 + 3600.0
    assert Time(back=60.0).moment(now) == now - 60.0
    assert Time(days_back=0, day=True).moment(now) == 1767225600.0
    assert Time(days_back=1, day=True).moment(now) == 1767225600.0 - 86400.0


def test_the_caret_stands_under_tabs_too() -> None:
    assert pointed("\tid = x", 6) == "\tid = x\n\t     ^"


# --- whatever is written reads back, and whatever is typed is either a tree or a QueryError -------------------------------------


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
names = texts.filter(lambda name: name != "" and "`" not in name)
numbers = st.floats(allow_nan=False, allow_infinity=False)
operators = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
keys = st.one_of(
    st.builds(Key, area=st.just("metric"), name=names, part=st.sampled_from(["last", "lowest", "highest", "last_step", "points"])),
    st.builds(Key, area=st.sampled_from(["parameter", "tag"]), name=names, part=st.just("")),
)


def comparisons(key: Key) -> st.SearchStrategy[Term]:
    value = {"metric": numbers, "parameter": numbers | texts, "tag": texts}[key.area]
    found: list[st.SearchStrategy[Term]] = [
        st.builds(Compare, key=st.just(key), operator=operators, value=value),
        st.builds(Among, key=st.just(key), values=st.lists(value, min_size=1, max_size=4).map(tuple), negated=st.booleans()),
        st.builds(Missing, key=st.just(key), negated=st.booleans()),
    ]
    if key.area != "metric":
        pattern = texts.map(lambda text: text.rstrip("\\"))
        found.append(st.builds(Like, key=st.just(key), pattern=pattern, folded=st.booleans(), negated=st.booleans()))
    return st.one_of(found)


states = st.builds(Compare, key=st.just(STATE), operator=st.sampled_from(["=", "!="]), value=st.sampled_from(STATES))
trees = st.recursive(
    keys.flatmap(comparisons) | states,
    lambda inner: st.one_of(
        st.builds(Negation, term=inner),
        st.builds(Both, terms=st.lists(inner.filter(lambda x: not isinstance(x, Both)), min_size=2, max_size=3).map(tuple)),
        st.builds(Either, terms=st.lists(inner.filter(lambda x: not isinstance(x, Either)), min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=8,
)


def as_query(term: Term) -> str:
    """A tree as a query, with everything that can be in quotes in quotes."""
    if isinstance(term, Negation):
        return f"not ({as_query(term.term)})"
    if isinstance(term, Both | Either):
        return (" and " if isinstance(term, Both) else " or ").join(f"({as_query(one)})" for one in term.terms)
    key, no = written_key(term.key), "not " if not isinstance(term, Compare) and term.negated else ""
    if isinstance(term, Compare):
        return f"{key} {term.operator} {written_value(term.value)}"
    if isinstance(term, Among):
        return f"{key} {no}in ({', '.join(written_value(value) for value in term.values)})"
    if isinstance(term, Like):
        return f"{key} {no}{'ilike' if term.folded else 'like'} {written_value(term.pattern)}"
    return f"{key} is {no}null"


def written_key(key: Key) -> str:
    if key.area == "run":
        return key.name
    area = {"metric": "metrics", "parameter": "params", "tag": "tags"}[key.area]
    part = {"": "", "last_step": ".step"}.get(key.part, f".{key.part}")
    return f"{area}.`{key.name}`{part}"


def written_value(value: object) -> str:
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)


@given(trees)
def test_what_is_written_reads_back(tree: Term) -> None:
    assert parse(as_query(tree)) == tree


alphabet = st.one_of(
    st.sampled_from(
        [
            "state",
            "metrics.auc",
            "params.lr",
            "tags.x",
            *RUNS.keys,
            "and",
            "or",
            "not",
            "in",
            "like",
            "is",
            "null",
            "failed",
            "-7d",
            "today",
        ]
    ),
    st.sampled_from(["=", "!=", "<", ">", "(", ")", ",", "'", '"', "`", ".", "-", "1", "0.5", "%", "\\", "\n", "é", "\ud800"]),
    st.text(max_size=5),
)


@given(st.lists(alphabet, max_size=15).map(" ".join) | st.lists(alphabet, max_size=15).map("".join))
def test_whatever_is_typed_is_a_tree_or_a_query_error(text: str) -> None:
    with contextlib.suppress(QueryError):
        parse(text)


def test_the_word_that_is_meant_is_told() -> None:
    for text, word in (("state = faild and id = 1", "faild"), ("metrics.auc > 1 and colour = x", "colour"), ("metrics.auc > high", "high")):
        with pytest.raises(QueryError) as caught:
            parse(text)
        assert caught.value.span is not None
        assert text[slice(*caught.value.span)] == word


def test_the_vocabulary_reads_as_it_is_told() -> None:
    for subject in SUBJECTS.values():
        told = vocabulary.keys(ListKeys(subject=subject.area), Call())
        assert {one.name for one in told.keys if not one.named} == set(subject.keys)
        assert {word for one in told.keys if one.named for word in (one.name, *one.same)} == set(subject.areas)
        assert language.parse(told.example, subject) is not None
        for one in told.keys:
            names = [f"{one.name}.x.{part}" for part in one.parts] or [f"{one.name}.x" if one.named else one.name]
            for name in names:
                for operator in one.operators:
                    for value in one.choices or one.values or ("word",):
                        behind = "" if operator.startswith("is") else f" ({value})" if operator.endswith("in") else f" {value}"
                        assert language.parse(f"{name} {operator}{behind}", subject) is not None
    with pytest.raises(UsageError):
        vocabulary.keys(ListKeys(subject="colour"), Call())
