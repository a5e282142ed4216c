"""Which revision answers: pure functions of the shares and the caller's key.

The same key goes to the same revision as long as the shares do not change, and when a share grows, the keys that were in it stay in
it: the key's place in 0..1 is fixed by a hash, and the canary takes the places below its share.
"""

from __future__ import annotations

from blake3 import blake3

_SPAN = float(1 << 64)


def place(endpoint: str, key: str) -> float:
    """Where a key stands between 0 and 1 at this endpoint."""
    return int.from_bytes(blake3(f"{endpoint}\0{key}".encode()).digest(8), "little") / _SPAN


def recorded(endpoint: str, key: str, share: float) -> bool:
    """Whether a key belongs to the share that is recorded. Another hash than that of the traffic: the two must not go together."""
    return share >= 1.0 or place(f"{endpoint}\0record", key) < share


class Turns:
    """Spreads requests without a key: of n requests the canary takes n * share, evenly, whatever n is."""

    def __init__(self) -> None:
        self._owed = 0.0

    def canary(self, share: float) -> bool:
        """Whether the next request is the canary's."""
        self._owed += share
        if self._owed >= 1.0 - 1e-9:
            self._owed -= 1.0
            return True
        return False
