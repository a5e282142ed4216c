"""Roles and what they may do; the names and lifetimes of tokens. Pure: no database, no clock."""

from __future__ import annotations

import re

from treadle.core.errors import UsageError

_MEMBER = (
    "*:read",
    "run:*",
    "project:write",
    "data:write",
    "content:*",
    "model:write",
    "endpoint:write",
    "endpoint:label",
    "monitor:write",
    "comment:write",
    "view:write",
)

_ENDPOINT = ("endpoint:read", "endpoint:serve", "endpoint:label")

ROLES: dict[str, tuple[str, ...]] = {
    "reader": ("*:read",),
    "member": _MEMBER,
    "approver": (*_MEMBER, "model:approve", "approval:decide", "endpoint:release", "trigger:write"),
    "worker": (
        "work:do",
        "content:*",
        "data:read",
        "journal:read",
        "model:read",
        "endpoint:release",
        *_ENDPOINT,
        "access:identify",
        "access:read",
    ),
    "admin": ("*:*",),
}
"""Role -> permissions, each `thing:act` with `*` for any. A member stores content, because code travels as content.

What reaches production passes an approver: releases, approvals, and triggers, because a trigger acts without asking again. A worker
releases what a pipeline says that somebody who may do so has asked for."""


SECRET_PREFIX = "trd_"  # noqa: S105 - what secrets begin with, so that scanners of repositories can recognise them
SECRET_BYTES = 32
_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9@._-]{0,63}\Z")


def check_token(name: str, role: str, actor: str, days: float | None) -> None:
    """Raises UsageError for a token that cannot be: a strange name, an unknown role, a lifetime that is no time."""
    for what, text in (("the name of a token", name), ("an actor", actor)):
        if not _NAME.match(text):
            raise UsageError(f"`{text}` cannot be {what}", hint="up to 64 letters, digits, dots, dashes, underscores and @")
    if role not in ROLES:
        raise UsageError(f"there is no role `{role}`", hint=f"roles are {', '.join(ROLES)}")
    if days is not None and not 0 < days <= 36_500:
        raise UsageError(f"a token cannot live for {days:g} days", hint="give a number of days above 0, or none for a token without end")
