"""The contract of blobs: inherit `BlobsContract`, override the fixture `blobs`, and the suite says whether a place for objects will do.

    class TestMyPlace(BlobsContract):
        @pytest.fixture
        def blobs(self, tmp_path):
            return Blobs(MyObjects(...), tmp_path / "cache")

`again` opens the same place once more, as another process would.
"""

from __future__ import annotations

import random
import threading
from pathlib import Path

import pytest

from treadle.blobs import Blobs, Target
from treadle.core.content import digest_bytes
from treadle.core.errors import Damaged, MissingContent, UsageError

ABSENT = "0" * 64


def noise(size: int, seed: int = 1) -> bytes:
    """`size` bytes that do not compress, the same for the same seed."""
    return random.Random(seed).randbytes(size)  # noqa: S311 - nothing secret, but the same each time


class BlobsContract:
    """What every place for blobs must do."""

    @pytest.fixture
    def blobs(self, tmp_path: Path) -> Blobs:  # noqa: ARG002 - the signature that overriding fixtures use
        """An empty store."""
        pytest.fail("override the fixture `blobs`")

    def again(self, blobs: Blobs, cache: Path) -> Blobs:
        """The same store, opened anew with a cache of its own."""
        return Blobs(blobs.objects, cache)

    # --- the object protocol ------------------------------------------------------------------------------------------

    def test_an_object_is_there_after_it_was_put(self, blobs: Blobs) -> None:
        objects = blobs.objects
        assert objects.find("some/key") is None
        objects.put("some/key", b"hello world")
        held = objects.find("some/key")
        assert held is not None
        assert (held.key, held.size) == ("some/key", 11)
        assert objects.read("some/key") == b"hello world"
        objects.put("some/key", b"hello world")  # the same again is fine

    def test_parts_of_an_object_can_be_read(self, blobs: Blobs) -> None:
        blobs.objects.put("key", b"0123456789")
        assert blobs.objects.read("key", 3, 4) == b"3456"
        assert blobs.objects.read("key", 7) == b"789"
        assert blobs.objects.read("key", 7, 100) == b"789"
        assert blobs.objects.read("key", 4, 0) == b""

    def test_listing_goes_by_folder(self, blobs: Blobs) -> None:
        for key in ("a/1", "a/b/2", "ab/3", "c"):
            blobs.objects.put(key, b"x")
        assert sorted(held.key for held in blobs.objects.list("a/")) == ["a/1", "a/b/2"]
        assert sorted(held.key for held in blobs.objects.list("")) == ["a/1", "a/b/2", "ab/3", "c"]
        assert list(blobs.objects.list("nothing/")) == []

    def test_deleting_is_final_and_can_be_repeated(self, blobs: Blobs) -> None:
        blobs.objects.put("key", b"x")
        blobs.objects.delete("key")
        blobs.objects.delete("key")
        assert blobs.objects.find("key") is None
        with pytest.raises(MissingContent):
            blobs.objects.read("key")

    def test_an_object_can_be_renewed(self, blobs: Blobs) -> None:
        blobs.objects.put("key", b"x")
        first = blobs.objects.find("key")
        renewed = blobs.objects.find("key", renew=True)
        assert first is not None
        assert renewed is not None
        assert renewed.modified >= first.modified
        assert [held.key for held in blobs.objects.list("")] == ["key"]
        assert blobs.objects.read("key") == b"x"
        assert blobs.objects.find("absent", renew=True) is None

    # --- storing and reading ------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("size", [0, 1, 4096, (1 << 20) - 1, 1 << 20, 9 << 20])
    def test_what_was_put_can_be_read(self, blobs: Blobs, tmp_path: Path, size: int) -> None:
        data = noise(size)
        digest = blobs.put(data)
        assert digest == digest_bytes(data)
        assert blobs.read(digest) == data
        assert blobs.size(digest) == size
        assert b"".join(blobs.stream(digest, size // 3, size // 2)) == data[size // 3 : size // 3 + size // 2]
        assert blobs.local(digest).read_bytes() == data
        blobs.export(digest, tmp_path / "copy")
        assert (tmp_path / "copy").read_bytes() == data

    def test_what_is_not_there_is_said_to_be_missing(self, blobs: Blobs) -> None:
        there = blobs.put(b"there")
        assert blobs.missing([there, ABSENT]) == {ABSENT}
        for ask in (blobs.read, blobs.size, blobs.local):
            with pytest.raises(MissingContent):
                ask(ABSENT)
        with pytest.raises(UsageError):
            blobs.read("../../etc/passwd")

    def test_a_file_is_adopted(self, blobs: Blobs, tmp_path: Path) -> None:
        for size in (10, 3 << 20):
            data = noise(size, size)
            copied, moved = tmp_path / "copied", tmp_path / "moved"
            copied.write_bytes(data)
            moved.write_bytes(data + b"!")
            assert blobs.adopt(copied) == digest_bytes(data)
            assert copied.read_bytes() == data
            assert blobs.adopt(moved, move=True) == digest_bytes(data + b"!")
            assert not moved.exists()
            assert blobs.read(digest_bytes(data + b"!")) == data + b"!"
            copied.write_bytes(b"edited afterwards")
            assert blobs.read(digest_bytes(data)) == data

    def test_an_exported_copy_can_be_edited(self, blobs: Blobs, tmp_path: Path) -> None:
        digest = blobs.put(b"original")
        blobs.export(digest, tmp_path / "copy", executable=True)
        (tmp_path / "copy").write_bytes(b"edited")
        assert (tmp_path / "copy").stat().st_mode & 0o111
        assert blobs.read(digest) == b"original"

    # --- many small ones ----------------------------------------------------------------------------------------------

    def test_many_small_blobs_become_few_objects(self, blobs: Blobs, tmp_path: Path) -> None:
        many = [noise(size, size) for size in range(300)]
        large = noise(2 << 20)
        digests = blobs.put_many([*many, large, *many])
        assert digests == [digest_bytes(data) for data in [*many, large, *many]]
        assert len(list(blobs.objects.list(""))) == 3
        other = self.again(blobs, tmp_path / "other cache")
        assert other.missing(digests) == set()
        assert [other.read(digest) for digest in digests] == [*many, large, *many]
        assert other.local(digests[7]).read_bytes() == many[7]

    def test_what_is_stored_is_not_packed_again(self, blobs: Blobs, tmp_path: Path) -> None:
        many = [noise(100, seed) for seed in range(100)]
        blobs.put_many(many)
        before = {held.key for held in blobs.objects.list("")}
        self.again(blobs, tmp_path / "other cache").put_many(many)
        blobs.put(many[3])
        assert {held.key for held in blobs.objects.list("")} == before

    def test_many_are_exported_at_once(self, blobs: Blobs, tmp_path: Path) -> None:
        many = [noise(size, size) for size in range(0, 3000, 10)] + [noise(1 << 20)]
        digests = blobs.put_many(many)
        targets = [Target(digest, str(tmp_path / str(number)), number % 2 == 1) for number, digest in enumerate(digests + digests[:5])]
        done = []
        blobs.export_many(targets, lambda target, about: done.append((target.path, about.st_size)))
        assert sorted(done) == sorted((target.path, blobs.size(target.digest)) for target in targets)
        for target in targets:
            assert digest_bytes(Path(target.path).read_bytes()) == target.digest
            assert bool(Path(target.path).stat().st_mode & 0o100) == target.executable

    def test_an_aborted_pack_leaves_nothing(self, blobs: Blobs) -> None:
        def interrupted() -> None:
            with blobs.packing() as pack:
                for seed in range(2000):
                    pack.add(noise(100, seed))
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            interrupted()
        assert list(blobs.objects.list("")) == []
        assert not list(blobs.staging.glob("*"))

    # --- changed large ones -------------------------------------------------------------------------------------------

    def test_a_changed_file_stores_what_is_new(self, blobs: Blobs, tmp_path: Path) -> None:
        first = noise(6 << 20)
        replaced = first[: 2 << 20] + noise(50_000, 2) + first[(2 << 20) + 50_000 :]
        several = first[:1000] + b"one" + first[1000 : 4 << 20] + b"two" + first[4 << 20 :]
        path = tmp_path / "file"
        base = blobs.put(first)
        for data in (b"x" + first, replaced, first + b"tail", several, several[1 << 20 :]):
            before = sum(held.size for held in blobs.objects.list(""))
            path.write_bytes(data)
            digest = blobs.adopt_changed(path, base)
            assert digest == digest_bytes(data)
            assert sum(held.size for held in blobs.objects.list("")) - before < 1 << 20
            assert blobs.read(digest) == data
            assert blobs.size(digest) == len(data)
            assert b"".join(blobs.stream(digest, 999, 3 << 20)) == data[999 : 999 + (3 << 20)]
            assert blobs.local(digest).read_bytes() == data
            base = digest  # the next change is one of this one

    def test_a_wholly_different_file_is_stored_whole(self, blobs: Blobs, tmp_path: Path) -> None:
        base = blobs.put(noise(2 << 20))
        (tmp_path / "file").write_bytes(noise(2 << 20, 2))
        digest = blobs.adopt_changed(tmp_path / "file", base)
        assert blobs.read(digest) == noise(2 << 20, 2)
        assert blobs.put_changed(noise(2 << 20, 3), ABSENT) == digest_bytes(noise(2 << 20, 3))

    # --- cleaning up --------------------------------------------------------------------------------------------------

    def test_a_sweep_removes_what_nobody_keeps(self, blobs: Blobs) -> None:
        kept, dropped = blobs.put(b"kept"), blobs.put(b"dropped")
        packed = blobs.put_many([noise(1000, seed) for seed in range(100)])
        keep = {kept, *packed[:20]}
        dry = blobs.sweep(keep, -1, dry_run=True)
        assert (dry.blobs, dry.dry_run) == (81, True)
        assert blobs.missing([kept, dropped, *packed]) == set()
        assert blobs.sweep(keep, 3600).blobs == 0  # all of it is too young
        assert blobs.sweep(keep, -1).blobs == 81
        assert blobs.missing([kept, dropped, *packed]) == {dropped, *packed[20:]}
        assert [blobs.read(digest) for digest in packed[:20]] == [noise(1000, seed) for seed in range(20)]
        assert list(blobs.verify(keep)) == []

    def test_what_a_kept_recipe_is_made_of_stays(self, blobs: Blobs, tmp_path: Path) -> None:
        base = blobs.put(noise(3 << 20))
        (tmp_path / "file").write_bytes(noise(3 << 20) + b"more")
        digest = blobs.adopt_changed(tmp_path / "file", base)
        blobs.sweep({digest}, -1)
        assert blobs.read(digest) == noise(3 << 20) + b"more"
        blobs.sweep(set(), -1)
        assert blobs.missing([digest, base]) == {digest, base}
        assert list(blobs.objects.list("")) == []

    def test_a_reader_finds_what_a_sweep_has_moved(self, blobs: Blobs, tmp_path: Path) -> None:
        packed = blobs.put_many([noise(1000, seed) for seed in range(100)])
        reader = self.again(blobs, tmp_path / "other cache")
        assert reader.read(packed[0]) == noise(1000, 0)
        blobs.sweep(set(packed[:10]), -1)
        assert [reader.read(digest) for digest in packed[:10]] == [noise(1000, seed) for seed in range(10)]
        assert reader.missing(packed) == set(packed[10:])
        with pytest.raises(MissingContent):
            reader.read(packed[50])

    def test_many_small_packs_are_put_together(self, blobs: Blobs) -> None:
        digests = [
            digest for start in range(0, 400, 20) for digest in blobs.put_many([noise(50, seed) for seed in range(start, start + 20)])
        ]
        assert len(list(blobs.objects.list("packs/"))) == 40
        blobs.sweep(set(digests), -1)
        assert len(list(blobs.objects.list("packs/"))) == 2
        assert [blobs.read(digest) for digest in digests] == [noise(50, seed) for seed in range(400)]

    def test_damage_is_found_and_never_handed_out(self, blobs: Blobs, tmp_path: Path) -> None:
        whole = blobs.put(b"good bytes")
        packed = blobs.put_many([noise(100, seed) for seed in range(50)])
        assert list(blobs.verify({whole, *packed})) == []
        pack = next(held.key for held in blobs.objects.list("packs/") if held.key.endswith(".pack"))
        data = bytearray(blobs.objects.read(pack))
        data[0] ^= 1
        blobs.objects.put(pack, bytes(data))
        blobs.objects.put(f"content/{whole[:2]}/{whole[2:]}", b"evil bytes")
        flaws = {flaw.digest: flaw.kind for flaw in blobs.verify({whole, *packed, ABSENT})}
        assert flaws.pop(ABSENT) == "missing"
        assert flaws.pop(whole) == "damaged"
        (damaged,) = flaws
        for digest in (whole, damaged):
            with pytest.raises(Damaged):
                blobs.read(digest)
            with pytest.raises(Damaged):
                blobs.export(digest, tmp_path / "copy")
        assert not list(tmp_path.glob("copy*"))
        assert not list(tmp_path.glob(".treadle-*"))

    # --- several at once ----------------------------------------------------------------------------------------------

    def test_several_writers_do_not_disturb_each_other(self, blobs: Blobs, tmp_path: Path) -> None:
        failures: list[BaseException] = []

        def write(number: int) -> None:
            try:
                mine = self.again(blobs, tmp_path / f"cache {number}")
                mine.put_many([noise(200, seed) for seed in range(number * 10, number * 10 + 60)])
                mine.put(noise(5000, 7))
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        expected = [digest_bytes(noise(200, seed)) for seed in range(110)] + [digest_bytes(noise(5000, 7))]
        fresh = self.again(blobs, tmp_path / "fresh cache")
        assert fresh.missing(expected) == set()
        assert list(fresh.verify(set(expected))) == []
