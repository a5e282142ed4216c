"""Who may ask an endpoint: names of this machine, requests that no foreign page has made, callers with a token."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import urlsplit

from treadle.core.addresses import is_loopback
from treadle.core.content import digest_bytes
from treadle.endpoint.answers import Refused

_REMEMBERED = 2.0
"""Seconds for which the record's word on a token is believed."""
_MOST_REMEMBERED = 4096

Then = Callable[[Refused | None], None]


class Guard:
    """Decides about requests. `ask` asks the record about the hash of a token, and calls back with the permissions it has, or None
    where it is not known; an OSError means that nobody could be asked."""

    def __init__(self, host: str, guarded: bool, ask: Callable[[str, Callable[[tuple[str, ...] | OSError | None], None]], None]) -> None:
        self.host = host
        self.loopback = is_loopback(host)
        self.guarded = guarded
        self._ask = ask
        self._hosts: dict[bytes, bool] = {}
        self._tokens: dict[str, tuple[float, tuple[str, ...] | None]] = {}

    def check(self, host: bytes, origin: bytes, site: bytes) -> Refused | None:
        """What is wrong with where a request comes from, if anything."""
        if self.loopback:
            known = self._hosts.get(host)
            if known is None:
                known = self._known_host(host)
            if not known:
                name = host.decode("latin-1")[:80]
                return Refused(403, f"this endpoint does not answer to the name `{name}`", hint="use 127.0.0.1 or localhost")
        if origin and urlsplit(origin.decode("latin-1")).netloc.encode("latin-1") != host:
            return Refused(403, "requests from pages of another origin are refused")
        if site and site not in (b"none", b"same-origin"):
            return Refused(403, "requests from pages of another site are refused")
        return None

    def _known_host(self, host: bytes) -> bool:
        try:
            name = urlsplit(f"//{host.decode('latin-1')}").hostname or ""
        except ValueError:
            name = ""
        known = name == self.host.strip("[]") or is_loopback(name)
        if len(self._hosts) < _MOST_REMEMBERED:
            self._hosts[host] = known
        return known

    def admit(self, authorization: bytes, permission: str, then: Then) -> None:
        """Calls `then` with None when the caller may do this, at once where nothing needs to be asked."""
        scheme, _, secret = authorization.partition(b" ")
        if scheme.lower() != b"bearer" or not secret.strip():
            then(Refused(401, "this endpoint asks for a token", hint="Authorization: Bearer trd_..."))
            return
        key = digest_bytes(secret.strip())
        known = self._tokens.get(key)
        if known is not None and time.monotonic() - known[0] < _REMEMBERED:
            then(_judged(known[1], permission))
            return

        def heard(may: tuple[str, ...] | OSError | None) -> None:
            if isinstance(may, OSError):
                then(Refused(503, "tokens cannot be checked now: the record does not answer"))
                return
            if len(self._tokens) >= _MOST_REMEMBERED:
                self._tokens.clear()
            self._tokens[key] = (time.monotonic(), may)
            then(_judged(may, permission))

        self._ask(key, heard)


def _judged(may: tuple[str, ...] | None, permission: str) -> Refused | None:
    if may is None:
        return Refused(401, "this token is unknown, expired or revoked", hint="treadle tokens add NAME")
    thing, _, act = permission.partition(":")
    if any(pattern in (permission, "*:*", f"{thing}:*", f"*:{act}") for pattern in may):
        return None
    return Refused(403, f"this token does not allow {permission}")
