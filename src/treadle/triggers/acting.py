"""Doing what a firing says, action by action: what was done is kept, what fails for a reason that passes is tried again."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import select, update
from sqlalchemy.engine import Row

from treadle.contract import declare_all
from treadle.contract import runs as run_words
from treadle.contract import triggers as words
from treadle.core.errors import TreadleError, UsageError
from treadle.core.operation import TABLE, Call
from treadle.data.contents import HomeContents
from treadle.store import journal
from treadle.store import tables as t
from treadle.triggers import notifiers, rows
from treadle.triggers.arguments import filled_act
from treadle.triggers.fresh import submission_of_commit
from treadle.triggers.rules import may_perform, passes, retry_pause

if TYPE_CHECKING:
    from treadle.triggers.react import Keeping

log = logging.getLogger("treadle.triggers")
_TRY = "; try "


def perform(record: Keeping, firing: int, tries: int) -> None:
    """Performs a firing that was claimed as try number `tries`. An update that touches nothing means that somebody else has it."""
    with record.store.reading() as tx:
        row = tx.first(select(t.firing).where(t.firing.c.id == firing, t.firing.c.state == "acting", t.firing.c.tries == tries))
        trigger = tx.first(select(t.trigger).where(t.trigger.c.id == row.trigger)) if row is not None else None
    if row is None or trigger is None:
        return None
    declared = rows.declared_of(trigger)
    call = rows.call_for(trigger, row.fired)
    answers = list(row.answer)
    for number, act in enumerate(declared.do):
        if number < len(answers):
            continue
        try:
            if tries > declared.limits.tries:
                raise UsageError(f"nobody was heard of again, {declared.limits.tries} times")
            made = filled_act(act, row.news)
            answers.append(_performed(record, made, row, call, key=f"trigger {trigger.id} {row.cause} {number}"))
        except TreadleError as error:
            return _failed(record, row, trigger, call, error, passing=passes(error) and tries < declared.limits.tries)
        except Exception as error:  # a defect, of ours or of an operation: it is logged whole, and told in the firing
            log.exception("trigger %s, firing %d: a defect", trigger.name, firing)
            return _failed(record, row, trigger, call, TreadleError(f"{type(error).__name__}: {error}"), passing=False)
        if not _kept(record, row, call, {"answer": answers}):
            return None
    _kept(record, row, call, {"state": "done"})
    return None


def _kept(record: Keeping, row: Row[Any], call: Call, values: dict[str, Any]) -> bool:
    """Writes what was done, if the firing is still ours."""
    with record.store.transaction(call) as tx:
        ended = {"done_at": tx.now} if values.get("state") in ("done", "failed") else {}
        held = t.firing.c.id == row.id, t.firing.c.state == "acting", t.firing.c.tries == row.tries
        return bool(tx.execute(update(t.firing).where(*held).values(**values, **ended)).rowcount)


def _failed(record: Keeping, row: Row[Any], trigger: Row[Any], call: Call, error: TreadleError, *, passing: bool) -> None:
    """Puts it off, or gives it up and tells the journal."""
    said = f"{error.what}{f' ({error.hint})' if error.hint else ''}"[:1000]
    why = f"{row.why.partition(_TRY)[0]}{_TRY}{row.tries} failed: {said}"
    with record.store.transaction(call) as tx:
        held = t.firing.c.id == row.id, t.firing.c.state == "acting", t.firing.c.tries == row.tries
        values: dict[str, Any] = (
            {"state": "due", "next_at": tx.now + retry_pause(row.tries)} if passing else {"state": "failed", "done_at": tx.now}
        )
        if tx.execute(update(t.firing).where(*held).values(why=why, **values)).rowcount and not passing:
            data = {"firing": row.id, "trigger": trigger.name, "sentence": said, "code": error.code}
            journal.write(tx, "trigger.failed", f"trigger:{trigger.name}", data, cause=row.fired)


def _performed(record: Keeping, act: words.Act, row: Row[Any], call: Call, key: str) -> dict[str, Any]:
    """Performs one action; answers what it came to, and in words."""
    if isinstance(act, words.Run):
        return _run(record, act, row.news, call, key)
    if isinstance(act, words.Operate):
        return _operate(record, act, call, key)
    if isinstance(act, words.Notify):
        message = notifiers.Message(trigger=call.actor.removeprefix("trigger "), firing=row.id, news=row.news, text=act.text)
        return {"act": "notify", "said": notifiers.notify(act, message, record.home)}
    contents = HomeContents(record.home, record.blobs, lambda operation, request: record.call(operation, request, call))
    version = contents.add(notifiers.existing(act.path), act.dataset, act.message or f"{call.actor}: {row.cause}").version
    return {"act": "add", "version": version.ref, "said": f"{version.ref} holds {version.files} files"}


def _run(record: Keeping, act: words.Run, news: Mapping[str, Any], call: Call, key: str) -> dict[str, Any]:
    wanted = submission_of_commit(record, act, news) if act.fresh else act.submission
    made = record.call(run_words.submit, msgspec.structs.replace(wanted, key=key), call)
    return {"act": "run", "run": made.id, "key": key, "said": f"run {made.id} {made.name} ({made.step}) was asked for"}


def _operate(record: Keeping, act: words.Operate, call: Call, key: str) -> dict[str, Any]:
    """Any operation by name. What it may be was checked when the trigger was applied, and is checked again."""
    declare_all()
    operation = TABLE.get(act.operation)
    if operation is None or not may_perform(operation.allow):
        raise UsageError(f"a trigger may not perform `{act.operation}`", hint="treadle api")
    request = {name: _as_text(operation.request, name, value) for name, value in act.request.items()}
    if "key" in operation.request.__struct_fields__:
        request.setdefault("key", key)
    try:
        made = msgspec.convert(request, operation.request, strict=False)
    except msgspec.ValidationError as error:
        raise UsageError(f"`{act.operation}` cannot be asked so: {error}") from error
    answer = record.call(operation, made, call)
    said = next((str(value) for name in ("title", "ref", "name") if (value := getattr(answer, name, None))), "")
    return {"act": "call", "operation": act.operation, "key": key, "said": f"{act.operation} was performed{f': {said}' if said else ''}"}


def _as_text(request: type[Any], name: str, value: Any) -> Any:
    """A number where a text is asked for is meant as one: `run="{run}"` came as the number that the news said."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    kind = next((field.type for field in msgspec.structs.fields(request) if field.name == name), None)
    return str(value) if kind in (str, str | None) else value
