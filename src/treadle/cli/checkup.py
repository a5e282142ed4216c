"""The checks of `treadle doctor` that ask the record: database, bytes, clock, keepers, orphans, waiting scripts, the server."""

from __future__ import annotations

import importlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from treadle.cli import output
from treadle.cli.doctor import Check, fail, guarded, ok, warn
from treadle.contract import record as record_words
from treadle.contract import runs as run_words
from treadle.contract.record import Health
from treadle.core.errors import TreadleError
from treadle.core.ids import new_key
from treadle.sdk.client import Client, connect

_MOST_SKEW = 5.0  # seconds
_MOST_RUNNING = 200  # runs looked at for silent attempts
_PROBE = b"treadle doctor writes, reads and removes this\n"


def record_checks(home: Path) -> Iterator[Check]:
    """What the record, wherever it lies, says of itself; only its own failure when it cannot be opened."""
    url = os.environ.get("TREADLE_URL")
    place = "server" if url else "database"
    try:
        with connect() as client:
            before = time.time()
            health = client(record_words.check_health, record_words.CheckHealth())
            after = time.time()
            yield _server(url, health) if url else _database(health)
            yield guarded("blobs", lambda: _blobs(client, health))
            yield _clock(health.clock, before, after)
            yield _keeper(health)
            yield guarded("orphans", lambda: _orphans(client))
            yield _scripts(home, client)
    except TreadleError as error:
        yield fail(place, f"{error.what}{f' ({error.where})' if error.where else ''}", error.hint or f"treadle explain {error.code}")


def _database(health: Health) -> Check:
    runs = sum(health.runs.values())
    return ok("database", f"{health.dialect}, schema {health.schema}, {runs:,} run{'s' if runs != 1 else ''}, {health.database}")


def _server(url: str, health: Health) -> Check:
    from treadle import __version__

    said = f"{url} answers: Treadle {health.version}, {health.dialect}, schema {health.schema}"
    if health.version != __version__:
        return warn("server", f"{said}; here it is {__version__}", f"pip install treadle=={health.version}")
    return ok("server", said)


def _blobs(client: Client, health: Health) -> Check:
    """Bytes are written, read and removed again; on a server they stay, because nothing names them, until its next gc."""
    if client.local:
        objects = client.transport.blobs.objects  # type: ignore[attr-defined]
        key = f"doctor-{new_key()}"
        objects.put(key, _PROBE)
        try:
            same = objects.read(key) == _PROBE
        finally:
            objects.delete(key)
    else:
        same = client.contents.read(client.contents.put(_PROBE)) == _PROBE
    if not same:
        return fail("blobs", f"{health.blobs}: what was read is not what was written", "treadle data verify")
    return ok("blobs", f"written, read{' and removed' if client.local else ''}: {health.blobs}")


def _clock(there: float, before: float, after: float) -> Check:
    """The database's clock counts for everybody; it is compared with ours, give or take the time of asking."""
    skew = there - before if there < before else max(0.0, there - after)
    if abs(skew) > _MOST_SKEW:
        ahead = "ahead of" if skew > 0 else "behind"
        return warn("clock", f"the database's clock is {output.duration(abs(skew))} {ahead} this machine's", "timedatectl set-ntp true")
    return ok("clock", "agrees with the database's")


def _keeper(health: Health) -> Check:
    queued = health.runs.get("queued", 0)
    if health.keepers:
        return ok("keeper", f"{health.keepers} process{'es' if health.keepers != 1 else ''} performing what is queued")
    if queued:
        return warn("keeper", f"{queued:,} run{'s' if queued != 1 else ''} queued, and nobody performs them", "treadle work, or treadle up")
    return ok("keeper", "none, and nothing is queued: `treadle run` performs by itself")


def _orphans(client: Client) -> Check:
    """Attempts of killed commands are marked here; those of which nothing is heard for other reasons are named."""
    marked = importlib.import_module("treadle.supervisor").sweep_once(client.transport) if client.local else 0
    request = run_words.ListRuns(query="state in (starting, running)", limit=_MOST_RUNNING, children=True)
    silent = []
    for run in client(run_words.list_runs, request).runs:
        whole = client(run_words.get_run, run_words.RunRef(run=str(run.id)))
        silent += [str(run.id) for attempt in whole.attempts if attempt.silent is not None]
    if silent:
        what = f"nothing is heard of run {', '.join(silent[:5])}{' and others' if len(silent) > 5 else ''}"
        return warn("orphans", what, f"treadle show {silent[0]}; a keeper (treadle work, treadle up) marks it as lost")
    if marked:
        return warn(
            "orphans", f"{marked} attempt{'s' if marked != 1 else ''} of killed commands found and marked", "treadle runs 'state = failed'"
        )
    return ok("orphans", "none")


def _scripts(home: Path, client: Client) -> Check:
    """Spools of bare scripts that are not in the record yet, or go on."""
    folder = home / "spool"
    waiting = [name for name in os.listdir(folder) if not name.startswith(".")] if folder.is_dir() else []
    if not waiting:
        return ok("scripts", "nothing logged by scripts is waiting")
    several = len(waiting) != 1
    what = f"{len(waiting)} script{'s' if several else ''} still run{'' if several else 's'}, or logged what is not taken in yet"
    return warn("scripts", what, "treadle sync") if not client.local else ok("scripts", f"{what}: `treadle runs` takes it in")
