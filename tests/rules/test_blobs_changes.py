"""What two versions of a file share."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.blobs.changes import Read, borders, compare
from treadle.blobs.packs import PackIndex, Place, encode_index
from treadle.blobs.recipe import Recipe, Segment, decode, encode, joined
from treadle.core.errors import Damaged


def reader(data: bytes) -> Read:
    return lambda start, length: data[start : start + length]


def noise(size: int, seed: int) -> bytes:
    return random.Random(seed).randbytes(size)


EDITS = st.lists(st.tuples(st.sampled_from(["insert", "remove", "replace"]), st.floats(0, 1), st.integers(0, 70_000)), max_size=6)


@given(st.integers(0, 3_000_000), EDITS)
def test_stretches_put_together_again_are_the_file(size: int, edits: list[tuple[str, float, int]]) -> None:
    base = noise(size, 1)
    new = base
    for number, (kind, where, length) in enumerate(edits):
        at = int(where * len(new))
        fresh = noise(length, number + 2) if kind != "remove" else b""
        new = new[:at] + fresh + new[at + (0 if kind == "insert" else length) :]
    stretches = compare(reader(new), len(new), reader(base), len(base))
    position = 0
    for stretch in stretches:
        assert stretch.start == position
        position += stretch.length
        if stretch.base is not None:
            assert base[stretch.base : stretch.base + stretch.length] == new[stretch.start : position]
    assert position == len(new)


def test_an_edit_in_two_places_costs_only_their_neighbourhood() -> None:
    base = noise(8 << 20, 1)
    new = base[:100_000] + b"inserted" + base[100_000 : 7 << 20] + base[(7 << 20) + 1000 :]
    fresh = sum(stretch.length for stretch in compare(reader(new), len(new), reader(base), len(base)) if stretch.base is None)
    assert fresh < 600_000


@pytest.mark.parametrize("data", [noise(2 << 20, 1), bytes(2 << 20), b"abc,1.5,2026-01-01\n" * 100_000, b""])
def test_chunks_are_neither_small_nor_large(data: bytes) -> None:
    ends = list(borders(reader(data), 0, len(data)))
    assert ends == sorted(set(ends))
    lengths = [end - start for start, end in zip([0, *ends], ends, strict=False)]
    assert sum(lengths) == len(data)
    assert all(16 << 10 <= length <= 256 << 10 for length in lengths[:-1])


def test_a_border_depends_on_nothing_but_the_bytes_before_it() -> None:
    """Otherwise chunks would not be found again after an insertion, whatever block or alignment they then fall into."""
    base = noise(3 << 20, 1)
    known = set(borders(reader(base), 0, len(base)))
    for shift in (1, 7, 4096, 100_003):
        moved = {end - shift for end in borders(reader(noise(shift, 2) + base), 0, len(base) + shift)}
        assert len(known & moved) > len(known) - 8


segments = st.lists(st.builds(Segment, st.sampled_from(["a", "b"]), st.integers(0, 50), st.integers(0, 50)), max_size=8)


@given(segments, st.integers(0, 400), st.integers(0, 400))
def test_a_part_of_a_recipe_is_that_part_of_the_bytes(parts: list[Segment], start: int, length: int) -> None:
    sources = {"a": bytes(range(100)), "b": bytes(range(100, 200))}

    def made(some: list[Segment]) -> bytes:
        return b"".join(sources[part.source][part.start : part.start + part.length] for part in some)

    recipe = Recipe(size=sum(part.length for part in parts), segments=tuple(joined(parts)))
    assert made(list(recipe.segments)) == made(parts)
    assert made(recipe.between(start, length)) == made(parts)[start : start + length]
    assert decode(encode(recipe), "x" * 64) == recipe


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff", b'{"size": 3, "segments": []}', b'{"size": 3, "segments": [["a", 0, 2]]}'])
def test_a_recipe_that_makes_no_sense_is_damaged(data: bytes) -> None:
    with pytest.raises(Damaged):
        decode(data, "x" * 64)


@given(
    st.dictionaries(st.binary(min_size=32, max_size=32), st.integers(0, 1 << 20), max_size=60),
    st.lists(st.binary(min_size=32, max_size=32)),
)
def test_an_index_finds_what_it_holds_and_nothing_else(blobs: dict[bytes, int], others: list[bytes]) -> None:
    places, end = {}, 0
    for digest, size in blobs.items():
        places[digest] = Place("name", end, size)
        end += size
    index = PackIndex("name", encode_index([(digest, place.offset, place.size) for digest, place in places.items()], end))
    assert dict(index.entries()) == places
    asked = [*others, *blobs]
    for digest in asked:
        assert index.find(digest) == places.get(digest)
    if asked:
        assert {asked[position]: place for position, place in index.rows(asked)} == {d: places[d] for d in asked if d in places}


def test_digests_that_begin_alike_are_told_apart() -> None:
    one, other = b"12345678" + bytes(24), b"12345678" + b"x" * 24
    index = PackIndex("name", encode_index([(one, 0, 5), (other, 5, 7)], 12))
    assert index.rows([other, one]) == [(0, Place("name", 5, 7)), (1, Place("name", 0, 5))]


@pytest.mark.parametrize("change", [lambda d: b"", lambda d: d[:-1], lambda d: d[:50] + b"!" + d[51:]])
def test_an_index_with_a_flipped_bit_is_damaged(change: object) -> None:
    data = encode_index([(bytes(32), 0, 5), (b"x" * 32, 5, 7)], 12)
    with pytest.raises(Damaged):
        PackIndex("name", change(data))  # type: ignore[operator]
