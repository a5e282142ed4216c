"""Roles, permissions and the names of tokens."""

from __future__ import annotations

import pytest

from treadle.access.rules import ROLES, check_token
from treadle.contract.access import Identity
from treadle.core.errors import UsageError


@pytest.mark.parametrize(
    ("role", "permission", "allowed"),
    [
        ("reader", "run:read", True),
        ("reader", "run:create", False),
        ("reader", "access:admin", False),
        ("member", "run:create", True),
        ("member", "run:stop", True),
        ("member", "data:write", True),
        ("member", "content:write", True),
        ("member", "data:sweep", False),
        ("member", "work:do", False),
        ("member", "access:admin", False),
        ("worker", "work:do", True),
        ("worker", "content:write", True),
        ("worker", "journal:read", True),
        ("worker", "run:read", False),
        ("worker", "run:create", False),
        ("admin", "access:admin", True),
        ("admin", "data:sweep", True),
    ],
)
def test_what_a_role_may(role: str, permission: str, allowed: bool) -> None:
    assert Identity(known=True, guarded=True, role=role, may=ROLES[role]).allows(permission) is allowed


def test_who_has_no_role_may_nothing() -> None:
    assert not Identity(known=False, guarded=True).allows("run:read")


@pytest.mark.parametrize(
    ("name", "role", "actor", "days"),
    [
        ("", "member", "ann", None),
        ("a b", "member", "ann", None),
        ("../x", "member", "ann", None),
        ("x" * 65, "member", "ann", None),
        ("ann\n", "member", "ann", None),
        ("ann", "owner", "ann", None),
        ("ann", "member", "an\x00n", None),
        ("ann", "member", "ann", 0),
        ("ann", "member", "ann", -1),
        ("ann", "member", "ann", float("nan")),
        ("ann", "member", "ann", float("inf")),
    ],
)
def test_tokens_that_cannot_be(name: str, role: str, actor: str, days: float | None) -> None:
    with pytest.raises(UsageError):
        check_token(name, role, actor, days)


def test_tokens_that_can() -> None:
    for role in ROLES:
        check_token("ann@lab-3.example", role, "ann", 0.5)
