"""Words about who may call: tokens, roles, and what a caller may do."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from treadle.core.operation import DELETE, GET, POST, operation


class Token(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A name under which somebody calls. The secret itself is shown once, when the token is made, and kept nowhere.

    `actor` is who stands in the journal for what is done with it. Times are seconds since 1970.
    """

    name: str
    actor: str
    role: str
    created_at: float
    expires_at: float | None = None
    revoked_at: float | None = None


class ListTokens(msgspec.Struct, frozen=True, kw_only=True):
    pass


list_tokens = operation(
    "access.tokens", GET, "/tokens", ListTokens, list[Token], allow="access:admin", summary="Tokens, also those that were revoked."
)


class AddToken(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A new token. `role` is reader, member, approver, worker or admin.

    `days` until it expires, None for never; `actor` defaults to `name`."""

    name: str
    role: str = "member"
    actor: str | None = None
    days: float | None = None


class AddedToken(msgspec.Struct, frozen=True, kw_only=True):
    """`secret` is what a client sends; it cannot be shown again."""

    token: Token
    secret: str


add_token = operation(
    "access.add_token", POST, "/tokens", AddToken, AddedToken, allow="access:admin", summary="Make a token; its secret is shown once."
)


class RevokeToken(msgspec.Struct, frozen=True, kw_only=True):
    name: str


revoke_token = operation(
    "access.revoke_token",
    DELETE,
    "/tokens/{name}",
    RevokeToken,
    Token,
    allow="access:admin",
    summary="End a token; requests that carry it are refused from now on.",
)


class Identify(msgspec.Struct, frozen=True, kw_only=True):
    """Whose token has this hash? Without a hash: does anybody need a token at all?"""

    hash: str | None = None


class Identity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who a caller is. `known` is False for a hash that no valid token has; `guarded`: there are tokens, so callers need one.

    `may` are the permissions, each `thing:act` with `*` for any.
    """

    known: bool
    guarded: bool
    actor: str = ""
    role: str = ""
    may: tuple[str, ...] = ()

    def allows(self, permission: str) -> bool:
        """Whether `thing:act` is among what this caller may do."""
        return permits(self.may, permission)


def permits(may: Iterable[str], permission: str) -> bool:
    """Whether `thing:act` is among permissions with `*` for any."""
    thing, _, act = permission.partition(":")
    return not {permission, "*:*", f"{thing}:*", f"*:{act}"}.isdisjoint(may)


identify = operation(
    "access.identify",
    POST,
    "/tokens/identify",
    Identify,
    Identity,
    allow="access:identify",
    summary="Whose token has a hash (the door asks).",
)


class AskMe(msgspec.Struct, frozen=True, kw_only=True):
    pass


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """Who the caller is, and what they may do: a page shows no button that would only be refused.

    `may` are the permissions, each `thing:act` with `*` for any; operations say which one they need (`x-permission` in the API document).
    `guarded`: there are tokens, so callers need one; where there are none, who reaches the record owns it. `project` is where the call
    looked, said by the header X-Treadle-Project.
    """

    actor: str
    role: str
    may: tuple[str, ...]
    guarded: bool
    project: str


read_me = operation("access.me", GET, "/me", AskMe, Me, allow="access:read", summary="Who the caller is, and what they may do.")
