"""Data in folders, as people work with it: add, status, diff, pull."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from treadle.blobs import Blobs, open_blobs
from treadle.core.content import digest_bytes
from treadle.core.errors import Conflict, DataError, StorageFull, UsageError
from treadle.core.operation import Call, asks_for, performer
from treadle.data import index, manifest, operations, scan, work
from treadle.data.rules import Changes
from treadle.data.work import Desk
from treadle.store.database import Database
from treadle.testing.blobs import noise

assert operations


@pytest.fixture
def database(tmp_path: Path) -> Any:
    """Folders do not care for the dialect."""
    made = Database(f"sqlite:///{tmp_path / 'treadle.db'}").prepare()
    yield made
    made.close()


def desk_in(cache: Path, database: Database, blobs: Blobs) -> Desk:
    given = {"store": database, "blobs": blobs}

    def call(operation: Any, request: Any) -> Any:
        function = performer(operation.name)
        return function(request, Call(), **{name: given[name] for name in asks_for(function)})

    return Desk(cache=cache, blobs=blobs, call=call)


@pytest.fixture
def desk(tmp_path: Path, database: Database) -> Desk:
    return desk_in(tmp_path / "cache", database, open_blobs(tmp_path / "blobs", tmp_path / "cache"))


@pytest.fixture
def other_desk(tmp_path: Path, database: Database) -> Desk:
    """Somebody else's machine."""
    return desk_in(tmp_path / "other cache", database, open_blobs(tmp_path / "blobs", tmp_path / "other cache"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "data"
    fill(made, {"a": b"1", "sub/b": b"22", "sub/deep/c": b"", "big": noise(3 << 20)})
    (made / "empty folder").mkdir()

    return made


def fill(folder: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_becomes_a_version_and_a_folder_again(desk: Desk, folder: Path, tmp_path: Path) -> None:
    (folder / "a").chmod(0o755)
    added = work.add(desk, folder, "flights", "first")
    assert (added.version.ref, added.version.files, added.version.message, added.new, added.read) == ("flights@v1", 4, "first", True, 4)
    pulled = work.pull(desk, "flights@v1", tmp_path / "copy")
    assert (pulled.written, pulled.removed, pulled.unchanged) == (4, 0, 0)
    assert contents(tmp_path / "copy") == contents(folder)
    assert (tmp_path / "copy/a").stat().st_mode & 0o111
    assert not (tmp_path / "copy/big").stat().st_mode & 0o111
    assert [path.name for path in (tmp_path / "copy").iterdir() if path.name.startswith(".")] == []
    for place in (folder, tmp_path / "copy"):
        assert work.status(desk, place) == work.Status(dataset="flights", number=1, changes=Changes(), files=4)
    assert work.pull(desk, "flights@v1", tmp_path / "copy").unchanged == 4


def test_one_file_is_a_dataset_too(desk: Desk, folder: Path, tmp_path: Path) -> None:
    for name in ("a", "big"):
        assert work.add(desk, folder / name, name).version.files == 1
        work.pull(desk, name, tmp_path / name)
        assert contents(tmp_path / name) == {name: (folder / name).read_bytes()}
        assert work.status(desk, folder / name).changes == Changes()


def test_status_says_what_changed(desk: Desk, folder: Path) -> None:
    assert work.status(desk, folder).changes == Changes(added=("a", "big", "sub/b", "sub/deep/c"))
    work.add(desk, folder, "flights")
    fill(folder, {"new": b"n", "sub/b": b"changed"})
    (folder / "a").unlink()
    (folder / "big").chmod(0o755)
    assert work.status(desk, folder).changes == Changes(added=("new",), removed=("a",), changed=("big", "sub/b"))
    added = work.add(desk, folder, "flights")
    assert (added.version.number, added.version.added, added.version.removed, added.version.changed) == (2, 1, 1, 2)
    assert work.status(desk, folder).changes == Changes()
    again = work.add(desk, folder, "flights")
    assert (again.version, again.new) == (added.version, False)


def test_only_what_was_touched_is_read(desk: Desk, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work.add(desk, folder, "flights")
    monkeypatch.setattr(index, "_too_fresh", lambda *_: False)
    work.status(desk, folder)  # from here on nothing counts as too fresh to be trusted
    os.utime(folder / "a")
    read: list[str] = []
    original = scan._read

    def reading(found: scan.Scan, path: str) -> Any:
        read.append(path)
        return original(found, path)

    monkeypatch.setattr(scan, "_read", reading)
    assert work.status(desk, folder).changes == Changes()
    assert read == ["a"]
    assert work.status(desk, folder).changes == Changes()
    assert read == ["a"]
    fill(folder, {"sub/b": b"33"})
    assert work.add(desk, folder, "flights").read == 1
    assert read == ["a", "sub/b"]


def test_a_change_within_the_same_tick_of_the_clock_is_seen(desk: Desk, folder: Path, tmp_path: Path) -> None:
    """A file whose stat is as it was, written again right after it was read: size and times cannot tell."""
    work.add(desk, folder, "flights")
    fresh = index.load(index.index_path(desk.cache, folder))
    about = (folder / "a").stat()
    (folder / "a").write_bytes(b"X")
    same = (folder / "a").stat()
    row = index.row_of(same, fresh.rows["a"].digest)  # the row that a look would have left, had the write come a moment later
    rows = {**fresh.rows, "a": row}
    place = tmp_path / "index"
    index.save(place, index.Index(rows=rows), read_from=same.st_ctime_ns + 1_000_000)
    assert not index.load(place).rows["a"].matches(same)
    index.save(place, index.Index(rows=rows), read_from=same.st_ctime_ns + 3_000_000_000)
    assert index.load(place).rows["a"].matches(same)
    assert about.st_size == same.st_size


def test_a_damaged_index_only_costs_time(desk: Desk, folder: Path) -> None:
    work.add(desk, folder, "flights")
    place = index.index_path(desk.cache, folder)
    data = place.read_bytes()
    for broken in (b"", data[:-1], data[:30] + b"!" + data[31:]):
        place.write_bytes(broken)
        assert index.load(place) == index.Index()
    assert work.add(desk, folder, "flights").version.number == 1


def test_odd_names_survive(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    names = [b"new\nline", b"\xff\xfe", b" ", b"-rf", "é".encode(), b"tab\t", b"..hidden", b"quote'\"", b"x" * 255]
    for name in names:
        with open(os.fsencode(folder) + b"/" + name, "wb") as file:
            file.write(name)
    work.add(desk, folder, "odd")
    work.pull(desk, "odd", tmp_path / "copy")
    assert sorted(os.listdir(os.fsencode(tmp_path / "copy"))) == sorted(names)
    assert work.status(desk, tmp_path / "copy").changes == Changes()


def test_links_stay_inside(desk: Desk, folder: Path, tmp_path: Path) -> None:
    (folder / "link").symlink_to("sub/b")
    (folder / "folder link").symlink_to("sub")
    added = work.add(desk, folder, "flights")
    assert set(manifest.decode(desk.blobs.read(added.version.manifest))) >= {"link", "folder link/b", "folder link/deep/c"}
    (tmp_path / "secret").write_bytes(b"secret")
    for target in (tmp_path / "secret", tmp_path, Path("/etc/passwd"), Path("../secret")):
        bad = folder / "bad"
        bad.symlink_to(target)
        with pytest.raises(DataError, match="`bad` leaves the folder"):
            work.add(desk, folder, "flights")
        bad.unlink()
    (folder / "sub" / "circle").symlink_to(folder)
    with pytest.raises(DataError, match="`sub/circle` leads in a circle"):
        work.add(desk, folder, "flights")
    (folder / "sub" / "circle").unlink()
    (folder / "nowhere").symlink_to("does not exist")
    with pytest.raises(DataError, match="`nowhere` cannot be read"):
        work.add(desk, folder, "flights")


def test_what_cannot_be_a_file_of_a_version_is_named(desk: Desk, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(folder / "sub" / "pipe")
    with pytest.raises(DataError, match="`sub/pipe` is neither"):
        work.add(desk, folder, "flights")
    (folder / "sub" / "pipe").unlink()
    with pytest.raises(DataError, match="no file or folder"):
        work.add(desk, folder / "nowhere", "flights")
    with pytest.raises(UsageError):
        work.add(desk, folder, "flights@v3")
    original = os.open

    def refuse(path: Any, *rest: Any, **more: Any) -> int:
        if os.fspath(path).endswith("sub/b"):
            raise PermissionError(13, "Permission denied", path)
        return original(path, *rest, **more)

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(DataError, match=r"`sub/b` cannot be read: Permission denied") as caught:
        work.add(desk, folder, "flights")
    assert str(caught.value.where).endswith("sub/b")


def test_a_file_that_is_written_to_meanwhile_is_refused(desk: Desk, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = os.read

    def meddle(descriptor: int, size: int) -> bytes:
        data = original(descriptor, size)
        with open(folder / "a", "ab") as file:
            file.write(b"!")
        return data

    monkeypatch.setattr(os, "read", meddle)
    with pytest.raises(DataError, match="was written to while it was read"):
        work.add(desk, folder, "flights")


def test_a_large_file_that_changed_stores_the_difference(desk: Desk, folder: Path, tmp_path: Path) -> None:
    work.add(desk, folder, "flights")
    before = sum(held.size for held in desk.blobs.objects.list(""))
    fill(folder, {"big": b"!" + noise(3 << 20)})
    work.add(desk, folder, "flights")
    assert sum(held.size for held in desk.blobs.objects.list("")) - before < 10_000
    work.pull(desk, "flights", tmp_path / "copy")
    assert contents(tmp_path / "copy") == contents(folder)


def test_many_files_become_few_and_come_back(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    fill(folder, {f"{number % 7}/{number}": noise(number, number) for number in range(1500)})
    reports: list[tuple[int, int, int]] = []
    desk = Desk(cache=desk.cache, blobs=desk.blobs, call=desk.call, progress=lambda *report: reports.append(report))
    work.add(desk, folder, "many")
    assert len(list(desk.blobs.objects.list(""))) == 3
    assert reports[-1] == (1500, sum(range(1500)), 1500)
    reports.clear()
    work.pull(desk, "many", tmp_path / "copy")
    assert reports[-1] == (1500, sum(range(1500)), 1500)
    assert contents(tmp_path / "copy") == contents(folder)


def test_a_pull_brings_only_what_differs(desk: Desk, folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    work.add(desk, folder, "flights")
    work.pull(desk, "flights", copy)
    (copy / "notes").write_bytes(b"mine")
    fill(folder, {"new/d": b"d", "sub/b": b"changed"})
    (folder / "sub/deep/c").unlink()
    work.add(desk, folder, "flights")
    inode = (copy / "big").stat().st_ino
    pulled = work.pull(desk, "flights", copy)
    assert (pulled.written, pulled.removed, pulled.unchanged) == (2, 1, 2)
    assert contents(copy) == {**contents(folder), "notes": b"mine"}
    assert not (copy / "sub/deep").exists()
    assert (copy / "big").stat().st_ino == inode
    assert work.status(desk, copy).changes == Changes(added=("notes",))
    assert work.pull(desk, "flights@v1", copy).written == 2
    assert contents(copy) == {"a": b"1", "sub/b": b"22", "sub/deep/c": b"", "big": noise(3 << 20), "notes": b"mine"}


def test_a_pull_never_overwrites_what_was_changed_here(desk: Desk, folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    work.add(desk, folder, "flights")
    work.pull(desk, "flights", copy)
    fill(folder, {"a": b"theirs", "sub/b": b"theirs", "stranger": b"theirs"})
    work.add(desk, folder, "flights")
    fill(copy, {"a": b"mine", "stranger": b"mine"})
    before = contents(copy)
    with pytest.raises(Conflict, match="`a`, `stranger` changed here") as caught:
        work.pull(desk, "flights", copy)
    assert contents(copy) == before
    assert "--force" in str(caught.value.hint)
    work.pull(desk, "flights", copy, force=True)
    assert contents(copy) == contents(folder)


def test_files_and_folders_change_places(desk: Desk, folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    work.add(desk, folder, "flights")
    work.pull(desk, "flights", copy)
    (folder / "a").unlink()
    fill(folder, {"a/inside": b"x"})
    (folder / "sub/deep/c").unlink()
    (folder / "sub/deep").rmdir()
    fill(folder, {"sub/deep": b"now a file"})
    work.add(desk, folder, "flights")
    work.pull(desk, "flights", copy)
    assert contents(copy) == contents(folder)
    work.pull(desk, "flights@v1", copy)
    assert (copy / "a").read_bytes() == b"1"
    (copy / "a").unlink()
    fill(copy, {"a/mine": b"mine"})
    with pytest.raises(Conflict):
        work.pull(desk, "flights@v1", copy)
    assert (copy / "a/mine").exists()


def test_a_pull_that_fails_leaves_the_folder_as_it_was(desk: Desk, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "copy"
    work.add(desk, folder, "flights")
    work.pull(desk, "flights", copy)
    before = contents(copy)
    (folder / "a").unlink()
    fill(folder, {f"new {number}": noise(100, number) for number in range(50)})
    work.add(desk, folder, "flights")

    def full(*_: Any) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        with pytest.raises(StorageFull):
            work.pull(desk, "flights", copy)
    assert contents(copy) == before
    (copy / ".treadle-pull-1").mkdir()  # as a killed pull leaves it
    fill(copy / ".treadle-pull-1", {"half": b"x"})
    work.pull(desk, "flights", copy)
    assert contents(copy) == contents(folder)


def test_two_people_work_on_one_dataset(desk: Desk, other_desk: Desk, folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    work.add(desk, folder, "flights")
    work.pull(other_desk, "flights", copy)
    fill(copy, {"theirs": b"t"})
    fill(folder, {"ours": b"o"})
    assert not work.add(other_desk, copy, "flights").merged
    added = work.add(desk, folder, "flights")
    assert (added.version.number, added.version.files, added.merged) == (3, 6, True)
    fill(folder, {"ours": b"o2"})
    assert work.add(desk, folder, "flights").version.files == 6
    work.pull(desk, "flights", folder)
    work.pull(other_desk, "flights", copy)
    assert contents(folder) == contents(copy)
    assert contents(copy)["ours"] == b"o2"
    fill(folder, {"a": b"ours"})
    fill(copy, {"a": b"theirs"})
    work.add(desk, folder, "flights")
    with pytest.raises(Conflict):
        work.add(other_desk, copy, "flights")


def test_several_add_at_the_same_time(database: Database, tmp_path: Path) -> None:
    failures: list[BaseException] = []

    def one(number: int) -> None:
        try:
            desk = desk_in(tmp_path / f"cache {number}", database, open_blobs(tmp_path / "blobs", tmp_path / f"cache {number}"))
            fill(tmp_path / f"data {number}", {f"{number} {n}": noise(50, number * 100 + n) for n in range(40)})
            work.add(desk, tmp_path / f"data {number}", f"set-{number % 4}")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    desk = desk_in(tmp_path / "cache", database, open_blobs(tmp_path / "blobs", tmp_path / "cache"))
    assert [len(work.versions(desk, f"set-{number}")) for number in range(4)] == [2] * 4
    assert work.verify(desk) == []


def test_what_is_no_longer_named_is_removed(desk: Desk, folder: Path, tmp_path: Path) -> None:
    work.add(desk, folder, "flights")
    desk.blobs.put(b"garbage")
    assert (work.gc(desk, older_than=0).blobs, work.gc(desk, remove=True, older_than=0).blobs, work.gc(desk, older_than=0).blobs) == (
        1,
        1,
        0,
    )
    work.pull(desk, "flights", tmp_path / "copy")
    assert contents(tmp_path / "copy") == contents(folder)


def test_a_socket_in_a_folder_is_refused(desk: Desk, folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        before = Path.cwd()
        os.chdir(folder)  # the address of a socket must be short
        listening.bind("socket")
        os.chdir(before)
    with pytest.raises(DataError, match="`socket` is neither"):
        work.status(desk, folder)


def test_a_single_digest_stands_for_equal_files(desk: Desk, tmp_path: Path) -> None:
    fill(tmp_path / "data", {f"{number}": b"same" for number in range(100)})
    added = work.add(desk, tmp_path / "data", "same")
    assert {entry.digest for entry in manifest.decode(desk.blobs.read(added.version.manifest)).values()} == {digest_bytes(b"same")}
    work.pull(desk, "same", tmp_path / "copy")
    assert contents(tmp_path / "copy") == contents(tmp_path / "data")
