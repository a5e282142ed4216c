"""MLflow's filter language, paths of artifacts, and names: pure rules of the adapter."""

from __future__ import annotations

import math
import string
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.compat.mlflow import filters, searched, told
from treadle.compat.mlflow.files import place
from treadle.compat.mlflow.filters import Comparison
from treadle.compat.mlflow.wire import MlflowError
from treadle.contract.search import Among, Both, Compare, Key, Like, Missing, Sort
from treadle.core.errors import UsageError
from treadle.tracking.paths import checked


def test_a_filter_is_comparisons_joined_by_and() -> None:
    text = "metrics.`my loss` < 0.5 AND params.lr = '0.1' and tags.\"team\" LIKE 'b%' AND attributes.run_id IN ('a', 'it''s')"
    assert filters.comparisons(text) == [
        Comparison("metrics", "my loss", "<", 0.5),
        Comparison("params", "lr", "=", "0.1"),
        Comparison("tags", "team", "LIKE", "b%"),
        Comparison("attributes", "run_id", "IN", ("a", "it's")),
    ]
    assert filters.comparisons("  ") == filters.comparisons(None) == []
    assert filters.comparisons("params.x IS NULL AND tags.mlflow.parentRunId IS NOT NULL") == [
        Comparison("params", "x", "IS NULL", None),
        Comparison("tags", "mlflow.parentRunId", "IS NOT NULL", None),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "bogus ~ 1",
        "metrics.a > 1 OR metrics.b > 2",
        "(metrics.a > 1)",
        "metrics.a >",
        "metrics.a > '1",
        "params.a = b",
        "params.a = 'x'; DROP TABLE run",
        "params.a IN ()",
        "params.a NOT NULL",
        "= 1",
        "params.a = 'x' AND",
        "a" * 30_000,
    ],
)
def test_what_cannot_be_read_is_an_invalid_parameter(text: str) -> None:
    with pytest.raises(MlflowError) as refused:
        searched.runs_where(text)
    assert refused.value.code == "INVALID_PARAMETER_VALUE"


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    refused = None
    try:
        searched.runs_where(text)
    except MlflowError as error:
        refused = error.code
    assert refused in (None, "INVALID_PARAMETER_VALUE")


names = st.text(alphabet=string.ascii_letters + string.digits + "_-./: ", min_size=1, max_size=20).filter(lambda text: text.strip() == text)
values = st.text(max_size=20)


@given(names, values)
def test_every_name_and_value_can_be_written_as_a_filter(name: str, value: str) -> None:
    quoted = value.replace("'", "''")
    assert filters.comparisons(f"tags.`{name}` = '{quoted}'") == [Comparison("tags", name, "=", value)]


def test_the_tree_of_a_filter_over_runs() -> None:
    assert searched.runs_where("metrics.auc >= 0.9") == Compare(key=Key(area="metric", name="auc", part="last"), operator=">=", value=0.9)
    assert searched.runs_where("params.lr = '0.1' AND tags.a ILIKE 'x\\%'") == Both(
        terms=(
            Compare(key=Key(area="parameter", name="lr"), operator="=", value="0.1"),
            Like(key=Key(area="tag", name="a"), pattern="x\\\\%", folded=True),
        )
    )
    assert searched.runs_where("params.x IS NULL") == Missing(key=Key(area="parameter", name="x"))
    assert searched.runs_where("status = 'RUNNING'") == Among(key=Key(area="run", name="state"), values=("starting", "running"))
    assert searched.runs_where("attributes.status != 'FINISHED'") == Among(
        key=Key(area="run", name="state"), values=("queued", "starting", "running", "failed", "stopped")
    )
    assert searched.runs_where("start_time > 1500") == Compare(key=Key(area="run", name="started"), operator=">", value=1.5)
    assert searched.runs_where("tags.mlflow.runName = 'a'") == Compare(key=Key(area="run", name="name"), operator="=", value="a")
    assert searched.runs_where("datasets.context = 'train'") == Compare(key=Key(area="input", name="context"), operator="=", value="train")
    location = "artifact_uri = 'mlflow-artifacts:/3/abc/artifacts'"
    assert searched.runs_where(location) == Compare(key=Key(area="run", name="key"), operator="=", value="abc")


def test_orders() -> None:
    newest = Sort(key=Key(area="run", name="id"), descending=True)
    assert searched.runs_order([]) == ()
    assert searched.runs_order(["metrics.`my loss` DESC", "params.a"]) == (
        Sort(key=Key(area="metric", name="my loss", part="last"), descending=True),
        Sort(key=Key(area="parameter", name="a")),
        newest,
    )
    assert searched.runs_order(["start_time ASC"]) == (Sort(key=Key(area="run", name="started")), newest)
    for wrong in ("datasets.name", "bogus", ""):
        with pytest.raises(MlflowError):
            searched.runs_order([wrong])


@given(st.text(min_size=1, max_size=12), st.booleans())
def test_like_in_memory_is_that_of_databases(text: str, folded: bool) -> None:
    assert filters.like("%").fullmatch(text)
    assert filters.like("_" * len(text)).fullmatch(text)
    assert not filters.like("_" * (len(text) + 1)).fullmatch(text)
    escaped = text.replace("%", "_")
    assert filters.like(escaped, folded=folded).fullmatch(text)


# --- names and paths ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a", "train/loss", "a.b-c d:e_f", "x" * 250])
def test_names_that_are_taken(name: str) -> None:
    assert told.checked_name(name, "key") == name


@pytest.mark.parametrize("name", ["", "../a", "a/../b", "/a", "a/", "a//b", ".", "a\0", "ä", "x" * 251, "a\nb"])
def test_names_that_are_refused(name: str) -> None:
    with pytest.raises(MlflowError):
        told.checked_name(name, "key")


ESCAPES = [
    "..",
    "../x",
    "a/../../x",
    "/etc/passwd",
    "a//b",
    "./a",
    "a/.",
    "C:/x",
    "a\\..\\b",
    "\0",
    "a\nb",
    "\uff0e\uff0e/x",
    "a\uff0f\uff0e\uff0e\uff0fb",
    "a/\u2025/b",
]


@pytest.mark.parametrize("path", ESCAPES)
def test_no_path_leads_out_however_it_is_written(path: str) -> None:
    for spelt in (path, quote(path, safe=""), quote(quote(path, safe=""), safe=""), path.replace(".", "%2e"), path.replace(".", "%252e")):
        with pytest.raises(UsageError):
            checked(spelt)


@pytest.mark.parametrize("path", ["a", "a/b.txt", "model/MLmodel", "100%.txt", "a b/ü.csv", "...", "a..b", ".hidden", "x+y=z", "a%20b"])
def test_plain_paths_stay_as_they_are(path: str) -> None:
    assert checked(path) == path


@given(st.text(max_size=30))
def test_a_path_that_is_taken_stays_inside(path: str) -> None:
    try:
        assert checked(path) == path
    except UsageError:
        return
    assert not any(part in ("", ".", "..") for part in path.split("/"))
    assert "\\" not in path
    assert "\0" not in path


def test_places_behind_the_proxy() -> None:
    assert place("3/abc/artifacts/a/b.txt") == ("runs/abc", "a/b.txt")
    assert place("3/abc/artifacts") == ("runs/abc", "")
    assert place("0/models/m-1/artifacts/MLmodel") == ("models/m-1", "MLmodel")
    assert place("0/traces/tr-1/artifacts/traces.json") == ("traces/tr-1", "traces.json")
    for wrong in ("", "a", "x/abc/artifacts/a", "3/abc/a", "../../etc/passwd", "3/models/m-1/a"):
        with pytest.raises(MlflowError):
            place(wrong)


def test_states_and_numbers_of_the_wire() -> None:
    assert [told.state_of(word) for word in told.STATE] == list(told.STATE.values())
    assert told.state_of(3) == "done"
    for wrong in ("", "DONE", 9):
        with pytest.raises(MlflowError):
            told.state_of(wrong)
    assert told.experiment_number("0") == 0
    for wrong in ("abc", "-1", "9" * 30, "\uff11"):
        with pytest.raises(MlflowError):
            told.experiment_number(wrong)
    assert math.isclose(told.seconds(1500) or 0.0, 1.5)
    assert told.milliseconds(1.7e9 + 0.001) == 1_700_000_000_001
