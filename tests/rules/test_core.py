"""Names, digests and errors."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.core import content, errors, ids


@given(st.binary(max_size=200))
def test_a_digest_is_of_the_bytes_alone(data: bytes) -> None:
    digest = content.digest_bytes(data)
    assert content.is_digest(digest)
    assert digest == content.digest_bytes(bytearray(data))


def test_large_files_have_the_digest_of_their_bytes(tmp_path: Path) -> None:
    data = bytes(range(256)) * 40_000
    (tmp_path / "large").write_bytes(data)
    assert content.digest_file(tmp_path / "large") == content.digest_bytes(data)
    assert content.digest_file(tmp_path / "large", threads=1) == content.digest_bytes(data)


def test_values_of_different_kinds_never_share_a_name() -> None:
    assert content.digest_value("a", {"x": 1, "y": 2}) == content.digest_value("a", {"y": 2, "x": 1})
    assert content.digest_value("a", {"x": 1}) != content.digest_value("b", {"x": 1})
    assert not content.is_digest("../etc/passwd")


def test_friendly_names_are_stable_and_neighbours_differ() -> None:
    assert ids.friendly_name(1) == ids.friendly_name(1)
    assert len({ids.friendly_name(n) for n in range(1000)}) > 950


def test_keys_sort_by_time() -> None:
    keys = [ids.new_key() for _ in range(50)]
    assert len(set(keys)) == 50
    assert [k[:12] for k in keys] == sorted(k[:12] for k in keys)


@pytest.mark.parametrize(
    ("text", "name", "version"),
    [
        ("flights", "flights", None),
        ("flights@latest", "flights", None),
        ("dataset://flights@v3", "flights", 3),
        ("a.b-c_d@12", "a.b-c_d", 12),
        ("dataset://flights/latest", "flights", None),
        ("dataset://flights/", "flights", None),
    ],
)
def test_dataset_references(text: str, name: str, version: int | None) -> None:
    assert ids.parse_dataset_ref(text) == ids.DatasetRef(name, version)


@pytest.mark.parametrize(
    ("text", "word", "shown"),
    [
        ("flights@2024-01.b", "2024-01.b", "flights@2024-01.b"),
        ("flights@dev train", "dev train", "flights@dev train"),
        ("flights@v", "v", "flights@v"),
        ("dataset://flights/clean", "clean", "flights@clean"),
        ("dataset://flights/v3", "v3", "flights/v3"),  # a label may look like a number, and then only this form names it
        ("dataset://flights/7/", None, ""),
    ],
)
def test_labels_and_aliases_in_dataset_references(text: str, word: str | None, shown: str) -> None:
    if word is None:
        with pytest.raises(errors.UsageError):
            ids.parse_dataset_ref(text)
        return
    parsed = ids.parse_dataset_ref(text)
    assert (parsed.name, parsed.version, parsed.word, str(parsed)) == ("flights", None, word, shown)
    assert ids.parse_dataset_ref(f"dataset://{parsed}") == parsed


@pytest.mark.parametrize("text", ["", "@v3", "a b", "../x", "a@", "a@b/c", "a/b", "a@b@c", "dataset://a//b", "a@b\n", "x" * 200])
def test_what_is_no_dataset_reference_is_said(text: str) -> None:
    with pytest.raises(errors.UsageError):
        ids.parse_dataset_ref(text)


def test_every_error_explains_itself_and_crosses_doors_unchanged() -> None:
    known = errors.known_errors()
    assert len(known) > 25
    for code, kind in known.items():
        assert kind.__doc__, code
        error = kind("what happened", where="here:1", hint="do this")
        for copy in (errors.from_problem(error.problem()), pickle.loads(pickle.dumps(error))):
            assert (type(copy), copy.what, copy.where, copy.hint) == (kind, "what happened", "here:1", "do this")


def test_the_face_is_light() -> None:
    """`import treadle` and a decorated function import no database, no frame library and no web framework."""
    code = "import treadle, sys; treadle.step(lambda: 1); treadle.log; print(' '.join(sys.modules))"
    loaded = set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())
    assert not loaded & {"sqlalchemy", "polars", "pandas", "numpy", "starlette", "uvicorn", "rich", "click", "httpx2"}
