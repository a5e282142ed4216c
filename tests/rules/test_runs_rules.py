"""The rules of runs, as what they are: functions of values."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.contract.runs import Code, End, Environment
from treadle.core.definition import Definition, Input, Output, Parameter, Resources, Retry
from treadle.core.errors import InputError, ParameterError, StateError
from treadle.runs import rules
from treadle.runs.said import Mark, lines

STEP = Definition(
    kind="step",
    name="train",
    file="train.py",
    function="train",
    parameters=(Parameter(name="lr", schema={"type": "number"}, default=0.1), Parameter(name="depth", schema={"type": "integer"})),
    inputs=(Input(name="rows", form="polars"), Input(name="words", source="dataset://words"), Input(name="more", optional=True)),
)
CODE = Code(digest="c" * 64, parts={"train.py::train": "1", "helper.py": "2"})


def test_every_move_is_known_and_ends_stay_ends() -> None:
    assert rules.move("queued", "claim") == "starting"
    assert rules.move("running", "retry") == "queued"
    assert rules.move("failed", "resume") == "queued"
    for state in ("done", "failed", "stopped"):
        for event in ("claim", "begin", "finish", "fail", "stop", "retry", "reuse"):
            with pytest.raises(StateError):
                rules.move(state, event)
    with pytest.raises(StateError, match="a run that is done cannot resume"):
        rules.move("done", "resume")


@given(
    st.sampled_from(["raised", "exit", "signal", "memory", "time", "lost", "start", "stopped", "done"]),
    st.integers(0, 9),
    st.integers(0, 9),
    st.integers(0, 9),
    st.booleans(),
)
def test_what_follows_an_end_is_always_a_move_and_never_endless(kind: str, failures: int, losses: int, times: int, keeper: bool) -> None:
    event, delay = rules.after_end(
        End(kind=kind), failures=failures, losses=losses, retry=Retry(times=times), stop_requested=False, keeper=keeper
    )
    assert rules.move("running", event)
    assert delay >= 0
    if event == "retry":
        assert (kind == "lost" and keeper and losses < rules.LOSSES_FORGIVEN) or (kind not in ("lost", "start") and failures < times)


def test_a_lost_worker_is_forgiven_only_while_somebody_is_there_to_try_again() -> None:
    lost = End(kind="lost")
    assert rules.after_end(lost, failures=0, losses=0, retry=Retry(), stop_requested=False, keeper=True)[0] == "retry"
    assert rules.after_end(lost, failures=0, losses=0, retry=Retry(), stop_requested=False, keeper=False)[0] == "fail"
    assert rules.after_end(lost, failures=0, losses=0, retry=Retry(), stop_requested=True, keeper=True)[0] == "stop"


def test_back_off_grows_to_its_bound() -> None:
    retry = Retry(times=9, delay=2.0, factor=3.0, most=20.0)
    assert [rules.retry_delay(retry, n) for n in range(4)] == [2.0, 6.0, 18.0, 20.0]


def key(
    definition: Definition = STEP, code: Code = CODE, parameters: dict[str, object] | None = None, rows: str = "r", environment: str = "e"
) -> str:
    return rules.cache_key(definition, code, parameters or {"lr": 0.1, "depth": 3}, {"rows": [rows]}, environment, 7)


def test_each_part_of_the_key_counts() -> None:
    others = [
        key(code=msgspec.structs.replace(CODE, digest="d" * 64)),
        key(parameters={"lr": 0.2, "depth": 3}),
        key(rows="s"),
        key(environment="f"),
        key(msgspec.structs.replace(STEP, cache="2")),
        key(msgspec.structs.replace(STEP, outputs=(Output(name="result", format="pickle"),))),
        rules.cache_key(STEP, CODE, {"lr": 0.1, "depth": 3}, {"rows": ["r"]}, "e", 8),
    ]
    assert len({key(), *others}) == len(others) + 1


def test_what_changes_no_result_does_not_count() -> None:
    same = [
        msgspec.structs.replace(STEP, retry=Retry(times=5)),
        msgspec.structs.replace(STEP, time_limit=3.0),
        msgspec.structs.replace(STEP, resources=Resources(cpu=4)),
        msgspec.structs.replace(STEP, summary="what it does", line=99),
        msgspec.structs.replace(STEP, engine="elsewhere"),
        msgspec.structs.replace(STEP, parameters=(Parameter(name="lr", schema={}, default=9.9), Parameter(name="depth", schema={}))),
    ]
    assert {key(other) for other in same} == {key()}
    assert key(parameters={"depth": 3, "lr": 0.1}) == key()


@given(
    st.dictionaries(
        st.text(max_size=5),
        st.one_of(st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False), st.text(), st.booleans()),
        max_size=5,
    )
)
def test_the_order_in_which_parameters_are_given_does_not_count(values: dict[str, object]) -> None:
    backwards = dict(reversed(values.items()))
    assert rules.run_seed(STEP, None, values) == rules.run_seed(STEP, None, backwards)
    assert key(parameters=values or {"x": 1}) == key(parameters=backwards or {"x": 1})


def test_a_seed_is_the_chosen_one_then_the_declared_one_then_follows_from_the_call() -> None:
    assert rules.run_seed(STEP, 5, {}) == 5
    assert rules.run_seed(msgspec.structs.replace(STEP, seed=9), None, {}) == 9
    assert rules.run_seed(STEP, None, {"a": 1}) == rules.run_seed(STEP, None, {"a": 1}) != rules.run_seed(STEP, None, {"a": 2})


def test_arguments_are_checked_by_name() -> None:
    assert rules.check_arguments(STEP, {"depth": 3}, {"rows": object()}) == {"lr": 0.1, "depth": 3}
    with pytest.raises(ParameterError, match="no parameter `dept`"):
        rules.check_arguments(STEP, {"dept": 3}, {"rows": object()})
    with pytest.raises(ParameterError, match="needs the parameter `depth`"):
        rules.check_arguments(STEP, {}, {"rows": object()})
    with pytest.raises(InputError, match="asks for input `rows`"):
        rules.check_arguments(STEP, {"depth": 1}, {})
    assert rules.check_arguments(STEP, {}, {"rows": object(), "depth": object()}) == {"lr": 0.1}


def test_differences_are_said_in_the_users_words() -> None:
    changed = Code(digest="d", parts={"train.py::train": "9", "new.py": "3"})
    assert rules.compare_code(changed, CODE) == ("train.py::train changed", "new.py is new", "helper.py is gone")
    here = Environment(digest="1", python="3.12.0", platform="x", distributions={"polars": "2.1", "new": "1"})
    there = Environment(digest="2", python="3.11.7", platform="x", distributions={"polars": "2.0"})
    assert rules.compare_environment(here, there) == ("python 3.11.7 -> 3.12.0", "new absent -> 1", "polars 2.0 -> 2.1")
    assert rules.compare_values({"lr": 0.2, "a": 1}, {"lr": 0.1, "b": 2}) == ("a = 1 is new", "b = 2 is gone", "lr 0.1 -> 0.2")


def test_key_parts_name_what_is_equal_and_what_is_not() -> None:
    environment = Environment(digest="e", python="3.11", platform="x")
    here = (STEP, CODE, environment, {"lr": 0.2}, {"rows": "r" * 64})
    there = (STEP, CODE, environment, {"lr": 0.1}, {"rows": "r" * 64})
    parts = {part.part: part for part in rules.key_parts(here, there)}
    assert [name for name, part in parts.items() if not part.equal] == ["parameters"]
    assert parts["parameters"].detail == ("lr 0.1 -> 0.2",)


# --- a log as lines --------------------------------------------------------------------------------------------------------------


def test_lines_of_two_streams_that_tear_each_other_are_put_together() -> None:
    data = b"heloops\nlo\nbye\nlast"
    marks = [Mark(0, 1.0, "stdout"), Mark(3, 2.0, "stderr"), Mark(8, 3.0, "stdout"), Mark(14, 4.0, "stdout")]
    said = [(one.stream, one.at, one.message) for one in lines(data, 0, marks, 0.0, over=True)]
    assert said == [("stderr", 2.0, "oops"), ("stdout", 3.0, "hello"), ("stdout", 4.0, "bye"), ("stdout", 4.0, "last")]
    assert lines(data, 0, marks, 0.0, over=False)[-1].message == "bye"


def test_a_log_without_marks_is_standard_output_since_the_beginning() -> None:
    assert [(one.stream, one.at, one.message) for one in lines(b"a\xff\r\nb\n", 0, [], 7.0, over=False)] == [
        ("stdout", 7.0, "a�"),
        ("stdout", 7.0, "b"),
    ]


@given(st.lists(st.tuples(st.sampled_from(("stdout", "stderr")), st.text(alphabet="ab\n", max_size=6))), st.integers(0, 20))
def test_nothing_that_was_said_is_lost(said: list[tuple[str, str]], start: int) -> None:
    data, marks = b"", []
    for number, (stream, text) in enumerate(said):
        if text:
            marks.append(Mark(len(data), float(number), stream))
            data += text.encode()
    found = lines(data[start:], start, marks, 0.0, over=True)
    for stream in ("stdout", "stderr"):
        whole = "".join(text for one, text in said if one == stream)
        if start == 0:
            assert "\n".join(one.message for one in found if one.stream == stream) == whole.removesuffix("\n")
    assert sum(len(one.message) for one in found) == len(data[start:].replace(b"\n", b""))
