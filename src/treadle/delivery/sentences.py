"""Journal entries in plain words, with times and numbers. Pure."""

from __future__ import annotations

from treadle.contract.record import Entry


def sentence(entry: Entry) -> str:
    """What happened, as one line of a story."""
    data, kind = entry.data, entry.kind
    family = kind.partition(".")[0]
    if family == "run":
        return _run(entry)
    if family == "alarm":
        what = data.get("closing") or data.get("sentence", "")
        return f"alarm {data.get('alarm', '')} ({data.get('kind', '')}) {kind.partition('.')[2]}: {what}"
    if kind == "trigger.fired":
        return f"trigger {data.get('trigger', entry.subject.removeprefix('trigger:'))} fired (firing {data.get('firing', '?')})"
    if kind == "rollout.started":
        stages = data.get("stages") or []
        how = ", then ".join(map(str, stages)) or "at once"
        return f"{data.get('ref', '')} began to roll out at {data.get('endpoint', '')}: {how}{_in_place(data)}"
    if kind == "rollout.stage":
        share = data.get("share")
        part = f"{share:.0%} of the traffic" if isinstance(share, int | float) and share else "shadow"
        return f"its rollout went on to {part}{_because(data)}"
    if kind == "rollout.done":
        return f"the rollout of {data.get('ref', '')} ended well{_because(data)}"
    if kind == "rollout.taken_back":
        return f"{data.get('ref', '')} was taken back{_because(data)}"
    if kind == "revision.live":
        again = " again" if data.get("back") else ""
        return f"{data.get('ref', '')} is live{again} at {data.get('endpoint', '')}{_in_place(data)}"
    if kind == "dataset.committed":
        name = entry.subject.removeprefix("dataset:")
        changes = ", ".join(f"{data[word]} {word}" for word in ("added", "changed", "removed") if data.get(word))
        return f"{name}@v{data.get('version')} was made: {changes or 'nothing'} of {data.get('files', 0)} files"
    return str(data.get("sentence") or _plain(entry))


def _run(entry: Entry) -> str:
    """A run by its number and name."""
    data = entry.data
    title = f"run {entry.subject.removeprefix('run:')} {data.get('name', '')} ({data.get('step', '')})"
    if entry.kind == "run.queued":
        return f"{title} was asked for{' again' if data.get('again') else ''}"
    if entry.kind == "run.done":
        return (
            f"{title} reused the result of run {data['reused_from']}"
            if data.get("reused_from")
            else f"{title} was done in {data.get('wall', 0)} s"
        )
    return f"{title} {entry.kind.partition('.')[2].replace('_', ' ')}{_because(data)}"


def _in_place(data: dict[str, object]) -> str:
    return f", in place of {data['former']}" if data.get("former") else ""


def _because(data: dict[str, object]) -> str:
    return f": {data['reason']}" if data.get("reason") else ""


def _plain(entry: Entry) -> str:
    facts = ", ".join(
        f"{name} {value}" for name, value in entry.data.items() if isinstance(value, str | int | float) and value not in ("", None)
    )
    return f"{entry.kind} {entry.subject}{f': {facts}' if facts else ''}"


def span(seconds: float) -> str:
    """A duration as people say it: `1.2 s`, `4 min 10 s`, `3 h 5 min`, `2 d 4 h`."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    for large, small, size, part in (("min", "s", 60, 1), ("h", "min", 3600, 60), ("d", "h", 86400, 3600)):
        if seconds < size * (60 if large == "min" else 24) or large == "d":
            rest = int(seconds % size // part)
            return f"{int(seconds // size)} {large}" + (f" {rest} {small}" if rest else "")
    raise AssertionError(seconds)
