"""A firing in words: what came, what was decided and why, what was done. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from treadle.contract.triggers import Explained, Firing
from treadle.triggers.sentences import moment, said_news


def explained(firing: Firing, chain: Sequence[dict[str, Any]]) -> Explained:
    """`chain` is the news and what caused it, nearest first."""
    lines = [f"{moment(news['at'])} {said_news(news)}" for news in reversed(chain)] or [said_news(firing.news)]
    lines.append(f"{moment(firing.at)} {firing.trigger}: {firing.why.rpartition('; ')[2] if chain else firing.why}")
    lines += [f"{number}. {one['said']}" for number, one in enumerate(firing.answer, 1)]
    lines.append(_outcome(firing))
    return Explained(firing=firing, lines=tuple(lines))


def _outcome(firing: Firing) -> str:
    if firing.state == "due":
        tried = f", after {firing.tries} {'try' if firing.tries == 1 else 'tries'}" if firing.tries else ""
        return f"it is to be done{tried}{f'; again at {moment(firing.next_at)}' if firing.tries and firing.next_at else ''}"
    if firing.state == "holding":
        return f"it waits until {moment(firing.next_at or firing.at)}"
    if firing.state == "acting":
        return f"it is being done, for the {firing.tries}. time"
    ended = f" at {moment(firing.done_at)}" if firing.done_at else ""
    return {
        "done": "everything was done",
        "failed": "it was given up",
        "skipped": "nothing was done",
        "dry": "nothing was done: a dry run",
    }[firing.state] + ended
