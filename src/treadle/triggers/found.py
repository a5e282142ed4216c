"""What a look at a trigger's own source comes to."""

from __future__ import annotations

from typing import Any

import msgspec


class Found(msgspec.Struct, frozen=True):
    """News where `cause` is not empty, and what the trigger remembers from now on (its `note` says what is wrong)."""

    seen: dict[str, Any]
    kind: str = ""
    cause: str = ""
    data: dict[str, Any] = {}
