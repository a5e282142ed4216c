"""What outputs say of the versions that they are part of, read from their properties."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from treadle.valohai.naming import versions
from treadle.valohai.sweep import Found


def found(name: str, **said: Any) -> Found:
    return Found(name=name, path=Path(name), size=1, properties={f"valohai.{key}-versions": value for key, value in said.items()})


def test_outputs_that_name_one_version_make_it_together() -> None:
    full = {"uri": "dataset://flights/jan", "from": "dec", "exclude": ["x"], "targeting_aliases": ["new"], "valohai.tags": ["raw"]}
    outputs = [
        found("a", dataset=["dataset://flights/jan"]),
        found("b", dataset=full | {"packaging": True}),
        found("c", dataset=[full | {"from": "nov", "exclude": "y", "targeting_aliases": "new"}, "dataset://other/latest/"]),
    ]
    said: list[str] = []
    jan, other = versions(outputs, said.append)
    assert (jan.name, jan.format, jan.members) == ("@dataset://flights/jan", "dataset", [0, 1, 2])
    words = {"dataset": "flights", "label": "jan", "source": "dec", "exclude": ["x", "y"], "aliases": ["new"], "tags": ["raw"]}
    assert jan.about == {"commits": words}
    assert (other.members, other.about["commits"]["label"]) == ([2], None)  # `latest` is no name: the version has its number only
    assert said == []


def test_a_fresh_start_forgets_what_came_before() -> None:
    (one,) = versions([found("a", dataset={"uri": "dataset://f/2", "from": "1", "start_fresh": True})], pytest.fail)
    assert one.about["commits"]["source"] is None


def test_outputs_make_one_version_of_a_model() -> None:
    note = {"model_uri": "model://churn model/", "model_version_tags": ["fast"], "model_release_note": "smaller"}
    one, other = versions([found("a", model=["model://churn model/"]), found("b", model=[note, "model://other"])], pytest.fail)
    assert (one.name, one.format, one.members) == ("@model://churn model", "folder", [0, 1])
    assert one.about == {"registers": {"model": "churn model", "tags": ["fast"], "note": "smaller"}}
    assert (other.name, other.members) == ("@model://other", [1])


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"dataset": "flights"}, "`flights` of the output `a` is no dataset://NAME/VERSION"),
        ({"dataset": "dataset://flights"}, "is no dataset://NAME/VERSION"),
        ({"dataset": [7]}, "is no dataset://NAME/VERSION"),
        ({"dataset": "dataset://fli ghts/jan"}, "names no version"),
        ({"dataset": "dataset://flights/a/b"}, "cannot be the name of a version"),
        ({"dataset": {"uri": "dataset://f/jan", "form": "dec"}}, "`form` in valohai.dataset-versions of the output `a` is not known"),
        ({"model": "dataset://x/1"}, "is no part of a model"),
        ({"model": {"uri": "model://x/"}}, "`uri` in valohai.model-versions"),
        ({"model": "model://a@b/"}, "is no part of a model"),
    ],
)
def test_what_cannot_be_understood_is_told(said: dict[str, Any], words: str) -> None:
    told: list[str] = []
    versions([found("a", **said)], told.append)
    assert words in " ".join(told)
