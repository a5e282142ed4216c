"""Manifests and what is decided from them: pure functions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.core.content import digest_bytes
from treadle.core.errors import Damaged, DataError
from treadle.data import manifest, rules
from treadle.data.checkout import plan
from treadle.data.manifest import Entry, decode, digests, encode, shown

odd = st.binary(min_size=1, max_size=8).filter(lambda b: b"/" not in b and b"\0" not in b and b not in (b".", b".."))
paths = st.lists(odd, min_size=1, max_size=3).map(lambda parts: b"/".join(parts).decode("utf-8", "surrogateescape"))
entries = st.builds(Entry, st.integers(0, 2**63), st.booleans(), st.binary(max_size=4).map(digest_bytes))
file_lists = st.dictionaries(paths, entries, max_size=12)
short_lists = st.dictionaries(st.sampled_from("abcdef"), st.builds(Entry, st.integers(0, 2), st.just(False), st.just("0" * 64)), max_size=6)


@given(file_lists)
def test_files_survive_the_encoding_whatever_their_names(files: dict[str, Entry]) -> None:
    assert decode(encode(files)) == files
    assert list(decode(encode(files))) == sorted(files)
    assert digests(encode(files)) == {entry.digest for entry in files.values()}


@given(file_lists, st.randoms())
def test_equal_files_give_equal_bytes(files: dict[str, Entry], chance: object) -> None:
    items = list(files.items())
    chance.shuffle(items)  # type: ignore[attr-defined]
    assert encode(dict(items)) == encode(files)


@pytest.mark.parametrize("path", ["", ".", "..", "/etc/passwd", "../up", "a/../b", "a//b", "a/", "./a", "a/.", "a/.."])
def test_a_path_that_could_leave_the_folder_is_refused(path: str) -> None:
    good = Entry(1, False, "0" * 64)
    with pytest.raises(DataError):
        encode({path: good, "good": good})
    data = encode({"x" * max(len(path), 1): good})
    if path:
        with pytest.raises(Damaged):
            decode(data.replace(b"x" * len(path), path.encode()))


@pytest.mark.parametrize(
    "path", ["..a", "a..", "...", ".hidden", "a/.b", "a\nb", "\n", "a/\n", ".\n", "a b", " ", "é", "\udcff", "-rf", "a\\..\\b"]
)
def test_odd_but_harmless_paths_are_kept(path: str) -> None:
    files = {path: Entry(1, True, "0" * 64)}
    assert decode(encode(files)) == files
    assert shown(path).isprintable()


@given(file_lists, st.data())
def test_damaged_bytes_are_never_taken_for_a_manifest(files: dict[str, Entry], data: st.DataObject) -> None:
    whole = encode(files)
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(Damaged):
        decode(whole[:cut])


@given(short_lists, short_lists)
def test_changes_lead_from_one_list_to_the_other(before: dict[str, Entry], after: dict[str, Entry]) -> None:
    found = rules.changes(before, after)
    assert bool(found) == (before != after)
    moved = {path: entry for path, entry in before.items() if path not in found.removed}
    moved |= {path: after[path] for path in (*found.added, *found.changed)}
    assert moved == after
    assert set(found.added).isdisjoint(before)
    assert set(found.changed) <= before.keys() & after.keys()


@given(short_lists, short_lists)
def test_a_merge_with_no_changes_of_theirs_gives_ours(base: dict[str, Entry], ours: dict[str, Entry]) -> None:
    assert rules.merge(base, ours, base) == rules.Merged(ours, ())
    assert rules.merge(base, base, ours) == rules.Merged(ours, ())
    assert rules.merge(base, ours, ours) == rules.Merged(ours, ())


@given(short_lists, short_lists, short_lists)
def test_a_merge_is_the_same_from_both_sides(base: dict[str, Entry], ours: dict[str, Entry], theirs: dict[str, Entry]) -> None:
    one, other = rules.merge(base, ours, theirs), rules.merge(base, theirs, ours)
    assert one.conflicts == other.conflicts
    if not one.conflicts:
        assert one.files == other.files
        for path in base.keys() | ours.keys() | theirs.keys():
            changed = [side.get(path) for side in (ours, theirs) if side.get(path) != base.get(path)]
            assert one.files.get(path) == (changed[0] if changed else base.get(path))


def test_a_file_where_the_other_side_made_a_folder_is_a_conflict() -> None:
    one, other = Entry(1, False, "1" * 64), Entry(1, False, "2" * 64)
    assert rules.merge({}, {"a": one}, {"a/b/c": other}).conflicts == ("a",)


def test_two_people_add_a_thousand_files_to_one_folder() -> None:
    ours = {f"folder/ours {n}": Entry(n, False, "1" * 64) for n in range(1000)}
    theirs = {f"folder/theirs {n}": Entry(n, False, "2" * 64) for n in range(1000)}
    assert rules.merge({}, ours, theirs) == rules.Merged({**ours, **theirs}, ())


def entry(n: int) -> Entry:
    return Entry(n, False, str(n) * 64)


def test_a_pull_writes_what_differs_and_spares_what_was_changed_here() -> None:
    target = {"same": entry(1), "updated": entry(2), "new": entry(3), "mine": entry(4)}
    base = {"same": entry(1), "updated": entry(1), "gone": entry(1), "gone but mine": entry(1), "mine": entry(1)}
    here = {**base, "mine": entry(5), "gone but mine": entry(5), "stranger": entry(9)}
    found = plan(target, base, here)
    assert found.write == ["updated", "new", "mine"]
    assert found.remove == ["gone", "gone but mine"]
    assert found.conflicts == ["gone but mine", "mine"]


def test_a_pull_does_not_overwrite_a_strangers_file() -> None:
    assert plan({"a": entry(1)}, {}, {"a": entry(2)}).conflicts == ["a"]
    assert plan({"a": entry(1)}, {}, {"a": entry(1)}) == ([], [], [])


@pytest.mark.parametrize(("target", "here"), [("a/b", "a"), ("a", "a/b"), ("a", "a/b/c")])
def test_a_file_where_a_folder_must_be_stands_in_the_way(target: str, here: str) -> None:
    assert plan({target: entry(1)}, {}, {here: entry(2)}).conflicts == [here]
    assert plan({target: entry(1)}, {here: entry(2)}, {here: entry(2)}).conflicts == []


def test_the_format_is_what_is_written_down() -> None:
    """Manifests are kept for years: a change of the encoding changes the address of every version."""
    files = {"b": Entry(2, True, "22" * 32), "a\udcff": Entry(1, False, "11" * 32)}
    expected = b"treadle-manifest-1\n" + (2).to_bytes(8, "little") + (4).to_bytes(8, "little") + b"a\xff\0b"
    expected += (1).to_bytes(8, "little") + (2).to_bytes(8, "little") + b"\0\1" + b"\x11" * 32 + b"\x22" * 32
    assert manifest.encode(files) == expected
