"""Bare scripts and notebooks, taken in: what they left in the home folder becomes runs of the record.

A script's folder (see `treadle.sdk.script`) is shipped like the spool of a step: whole records from the offset that the record knows,
so a collector that is killed anywhere is followed by one that goes on there, and several at once do no harm: each folder is worked
on under a lock, and what comes twice is ignored. A script that lives is shipped as far as it has come. One that has ended, or whose
process is gone, is finished, and its folder removed.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from treadle.contract.data import Artifact
from treadle.contract.runs import Code, End, Environment, Usage
from treadle.contract.tracking import HEAD, MAX_RECORD, read_records, sound_records
from treadle.contract.work import (
    FinishAttempt,
    FinishAttempts,
    LoggedArtifact,
    OpenedScript,
    OpenScript,
    ShipSpool,
    finish,
    open_script,
    ship_spool,
)
from treadle.core.errors import DataError, LeaseLost, MissingContent
from treadle.core.operation import Operation
from treadle.sdk.script import PATCH, SNAPSHOT
from treadle.sdk.spool import FILE, is_alive
from treadle.worker.contents import Contents

Perform = Callable[[Operation[Any, Any], Any], Any]

_SHIPMENT = 1 << 20
_FORGOTTEN = 3600.0
"""Seconds: a folder that was begun and never opened for so long belonged to a script that was killed while it opened it."""

_LOST = End(
    kind="lost",
    message="the script ended without a word: probably killed (kill -9, out of memory) or the machine went down",
    hint="what it had logged until then is kept",
)


def collect(home: Path, call: Perform, contents: Contents) -> int:
    """Takes in what bare scripts have left under `home`; answers how many of them had something new.

    `call(operation, request)` performs an operation, `contents` keeps files. Errors of theirs (an unreachable server, a full disk)
    are raised: nothing is lost, the next call goes on where this one stopped.
    """
    changed = 0
    for folder in _folders(home / "spool"):
        with _locked(folder) as mine:
            if mine:
                changed += _take_in(folder, call, contents)
    return changed


def _folders(spools: Path) -> list[Path]:
    """The folders of scripts, oldest first; what was begun and forgotten is removed on the way."""
    found: list[Path] = []
    if not spools.is_dir():
        return found
    for folder in sorted(spools.iterdir()):
        if folder.name.startswith(".new-") and folder.stat().st_mtime < time.time() - _FORGOTTEN:
            shutil.rmtree(folder, ignore_errors=True)
        elif not folder.name.startswith(".") and (folder / FILE).exists():
            found.append(folder)
    return found


@contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Holds the folder's lock while the block runs; False when another collector holds it, or has just removed the folder."""
    try:
        descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except FileNotFoundError:
        yield False
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield (folder / FILE).exists()
    finally:
        os.close(descriptor)


def _take_in(folder: Path, call: Perform, contents: Contents) -> bool:
    """One script: ships what is new, finishes it when it is over. Answers whether there was something new."""
    spool = folder / FILE
    header = _header(spool)
    if header is None:
        return False
    alive = is_alive(header)  # asked before reading: what it wrote before it died is then certainly read
    if alive and _remembered(folder) == spool.stat().st_size:
        return False
    try:
        opened = _open(folder, header, call, contents)
    except (KeyError, msgspec.ValidationError):  # not written by a Treadle like this one
        _set_aside(folder, "damaged")
        return False
    try:
        offset, damaged = _ship(spool, opened, call)
    except LeaseLost:  # the run was ended in the record, by `treadle stop` for example
        if alive is False:
            _set_aside(folder, "refused")
        return False
    end = _end(spool, alive=alive, damaged=damaged, upto=offset)
    if end is None:
        _remember(folder, offset)
        return offset > opened.spool_offset
    _finish(folder, opened, header, end, offset, call, contents)
    if damaged:
        _set_aside(folder, "damaged")
    else:
        shutil.rmtree(folder)
    return True


def _set_aside(folder: Path, why: str) -> None:
    """Keeps a folder that nobody will collect, for whoever wants to look into it."""
    folder.rename(folder.with_name(f".{why}-{folder.name}"))


def _finish(folder: Path, opened: OpenedScript, header: dict[str, Any], end: End, offset: int, call: Perform, contents: Contents) -> None:
    logged, problems = _logged(folder, offset, contents)
    if problems:
        end = msgspec.structs.replace(end, message="; ".join([*filter(None, [end.message]), *problems]))
    wall = max(0.0, os.stat(folder / FILE).st_mtime - float(header["started_at"]))
    ended = FinishAttempt(held=opened.held, end=end, logged=logged, usage=Usage(wall=wall), spool_offset=offset)
    # An answer that names the attempt as lost says that it has ended already: this is the second time we come here.
    call(finish, FinishAttempts(attempts=(ended,)))


def _open(folder: Path, header: dict[str, Any], call: Perform, contents: Contents) -> OpenedScript:
    """The run of the script. What its code needs is stored before the record names it."""
    for name in (SNAPSHOT, PATCH):
        if (folder / name).exists():
            contents.adopt(folder / name)
    request = OpenScript(
        key=str(header["key"]),
        name=str(header["name"]),
        host=str(header.get("host", "")),
        handle=f"{header.get('host', '')} {header.get('pid', '')} {header.get('pid_started', '')}",
        started_at=float(header["started_at"]),
        code=msgspec.convert(header["code"], Code) if header.get("code") else None,
        environment=msgspec.convert(header["environment"], Environment) if header.get("environment") else None,
    )
    opened: OpenedScript = call(open_script, request)
    return opened


def _ship(spool: Path, opened: OpenedScript, call: Perform) -> tuple[int, bool]:
    """Ships whole records from the known offset on; answers the offset reached, and whether damage lies behind it."""
    offset = opened.spool_offset
    for data, damaged in _pieces(spool, offset):
        if data:
            answers = call(ship_spool, ShipSpool(held=opened.held, offset=offset, data=data))
            if opened.held.attempt in answers.lost:
                raise LeaseLost(f"attempt {opened.held.attempt} was ended by somebody else")
            offset += len(data)
        if damaged:
            return offset, True
    return offset, False


def _pieces(spool: Path, offset: int) -> Iterator[tuple[bytes, bool]]:
    """Whole records in pieces of about _SHIPMENT bytes, each with whether damage follows."""
    size = _SHIPMENT
    with spool.open("rb") as file:
        while True:
            file.seek(offset)
            data = file.read(size)
            _, consumed, damaged = sound_records(data)
            if consumed or damaged:
                yield data[:consumed], damaged
                offset += consumed
                size = _SHIPMENT
            if damaged or len(data) < size:
                return
            if not consumed:
                size = HEAD + MAX_RECORD  # one record larger than a shipment


def _header(spool: Path) -> dict[str, Any] | None:
    """The `open` record; None for a folder that is not a script's."""
    with spool.open("rb") as file:
        head = file.read(HEAD)
        data = head + file.read(min(int.from_bytes(head, "little"), MAX_RECORD))
    records, _, _ = sound_records(data)
    return records[0] if records and records[0].get("k") == "open" else None


def _end(spool: Path, *, alive: bool | None, damaged: bool, upto: int) -> End | None:
    """How the script ended, or None while it goes on. An `end` of a process that lives on is not its last word yet."""
    if alive:
        return None
    said = [record for record in _records(spool, upto) if record.get("k") == "end"]
    if said:
        fields = {name: value for name, value in said[-1].items() if name in End.__struct_fields__}
        return msgspec.convert(fields, End)
    if alive is None:
        return None  # it ran on another host, which alone can tell whether it still does
    if damaged:
        return msgspec.structs.replace(_LOST, message=f"{_LOST.message}; its spool is damaged behind byte {upto}")
    return _LOST


def _logged(folder: Path, upto: int, contents: Contents) -> tuple[tuple[LoggedArtifact, ...], list[str]]:
    """Stores the files that the script kept; answers them in the order in which it did, and what could not be stored in words."""
    found: list[LoggedArtifact] = []
    problems: list[str] = []
    for record in _records(folder / FILE, upto):
        if record.get("k") == "artifact":
            try:
                found.append(LoggedArtifact(artifact=stored(folder, record, contents), step=record.get("step")))
            except (MissingContent, DataError) as error:
                problems.append(error.what)
    return tuple(found), problems


def stored(folder: Path, record: dict[str, Any], contents: Contents) -> Artifact:
    """The artifact of an `artifact` record, its bytes stored. Raises DataError for a path outside of the folder, MissingContent
    for one that is gone."""
    path = Path(os.path.normpath(folder / record["path"]))
    if not path.is_relative_to(folder):
        raise DataError(f"the artifact `{record['name']}` lies outside of its spool: {record['path']}", where=str(folder))
    if not path.exists():
        raise MissingContent(f"the file of the artifact `{record['name']}` is gone", where=str(path))
    if record.get("tree"):
        tree = contents.adopt_tree(path)
        digest, size = tree.manifest, tree.size
    else:
        digest, size = contents.adopt(path), path.stat().st_size
    return Artifact(
        name=record["name"],
        digest=digest,
        size=size,
        format=record["format"],
        tree=bool(record.get("tree")),
        pickled=bool(record.get("pickled")),
        about=record.get("about") or {},
    )


def _records(spool: Path, upto: int) -> Iterator[dict[str, Any]]:
    """The records of the first `upto` bytes, which are known to be sound."""
    for data, _ in _pieces(spool, 0):
        yield from read_records(data)[0]
        upto -= len(data)
        if upto <= 0:
            return


def _remembered(folder: Path) -> int | None:
    """How far this home's collectors have shipped; spares asking the record about a script that is silent."""
    try:
        return int((folder / "shipped").read_text())
    except (FileNotFoundError, ValueError):
        return None


def _remember(folder: Path, offset: int) -> None:
    (folder / "shipped").write_text(str(offset))
