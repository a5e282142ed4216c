"""Finding the run that somebody means: by number, friendly name, unique prefix of a name, or `@-1`."""

from __future__ import annotations

import difflib
import re
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.engine import Row

from treadle.core.errors import UnknownRun
from treadle.store import tables as t
from treadle.store.database import Transaction

_RECENT = 1000  # names looked through for a "did you mean"
_SHOWN = 5
_LARGEST = (1 << 63) - 1


def find_run(tx: Transaction, text: str, project: str) -> int:
    """The number of the run that `text` names in a project.

    A number; a friendly name (of equal names the newest run's); a prefix that only one name has; the 32 characters by which a
    tracking client knows it; `@-1` for the newest run that was asked for by itself, `@-2` for the one before. Raises UnknownRun,
    with names that are near.
    """
    word = text.strip()
    if re.fullmatch(r"[0-9]{1,19}", word):
        found = tx.first(select(t.run.c.id).where(t.run.c.id == int(word), t.run.c.project == project)) if int(word) <= _LARGEST else None
    elif re.fullmatch(r"@-[1-9][0-9]{0,8}", word):
        latest = select(t.run.c.id).where(t.run.c.project == project, t.run.c.parent.is_(None)).order_by(t.run.c.id.desc())
        found = tx.first(latest.offset(int(word[2:]) - 1).limit(1))
    elif not word or "\0" in word:
        found = None
    else:
        return _by_name(tx, word, project)
    if found is None:
        raise UnknownRun(f"there is no run `{word}`", hint=_newest(tx, project))
    return int(found.id)


def find_keyed(tx: Transaction, key: str, project: str, *, lock: bool = False) -> Row[Any]:
    """The row of the run that a client knows by `key`, or as `run-NUMBER`. Raises UnknownRun. `lock` holds it until the end."""
    numbered = _NUMBERED.fullmatch(key)
    if numbered is not None and int(numbered[1]) <= _LARGEST:
        query, values = _BY_NUMBER, {"number": int(numbered[1]), "in_project": project}
    else:
        query, values = _BY_KEY, {"known_as": key.replace("\0", ""), "in_project": project}
    row = tx.first(query.with_for_update() if lock else query, values)
    if row is None:
        raise UnknownRun(f"there is no run with the key `{key[:100]}`", hint="treadle runs")
    return row


def known_as(row: Row[Any]) -> str:
    """The name by which clients know a run: its key, or `run-NUMBER` where the key has another form than theirs."""
    return str(row.key) if _PLAIN_KEY.fullmatch(row.key) and not _NUMBERED.fullmatch(row.key) else f"run-{row.id}"


_NUMBERED = re.compile(r"run-([1-9][0-9]{0,18})")
_PLAIN_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_CLIENTS_KEY = re.compile(r"[0-9a-f]{32}")
_BY_KEY = select(t.run).where(t.run.c.key == bindparam("known_as"), t.run.c.project == bindparam("in_project"))
_BY_NUMBER = select(t.run).where(t.run.c.id == bindparam("number"), t.run.c.project == bindparam("in_project"))


def _by_name(tx: Transaction, word: str, project: str) -> int:
    exact = tx.first(select(t.run.c.id).where(t.run.c.name == word, t.run.c.project == project).order_by(t.run.c.id.desc()).limit(1))
    if exact is None and _CLIENTS_KEY.fullmatch(word):
        exact = tx.first(_BY_KEY, {"known_as": word, "in_project": project})
    if exact is not None:
        return int(exact.id)
    near = select(t.run.c.name, t.run.c.id).where(t.run.c.project == project, t.run.c.name.startswith(word, autoescape=True))
    rows = [row for row in tx.all(near.order_by(t.run.c.id.desc()).limit(_RECENT)) if row.name.startswith(word)]
    names = {row.name for row in rows}
    if len(names) == 1:
        return int(rows[0].id)
    if names:
        shown = ", ".join(sorted(names)[:_SHOWN])
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        raise UnknownRun(f"`{word}` fits {len(names)} runs: {shown}{more}", hint="write more of the name, or the run's number")
    recent = tx.all(select(t.run.c.name, t.run.c.id).where(t.run.c.project == project).order_by(t.run.c.id.desc()).limit(_RECENT))
    close = difflib.get_close_matches(word, [row.name for row in recent], n=1, cutoff=0.6)
    hint = f"did you mean `{close[0]}`?" if close else _newest(tx, project)
    raise UnknownRun(f"there is no run `{word}`", hint=hint)


def _newest(tx: Transaction, project: str) -> str:
    row = tx.first(select(t.run.c.id, t.run.c.name).where(t.run.c.project == project).order_by(t.run.c.id.desc()).limit(1))
    return f"the newest is run {row.id} {row.name}; `treadle runs` lists them" if row else "there are no runs yet in this project"
