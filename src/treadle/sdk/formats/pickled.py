"""Pickle, only for those who ask for it by name: loading a pickle executes code that its author chose."""

from __future__ import annotations

import pickle
import pickletools
from pathlib import Path
from typing import Any

from treadle.core.errors import FormatError
from treadle.sdk.formats.protocol import Saved, described, impossible, keep, reading


class Pickle:
    """Any Python object, by pickle protocol 5."""

    name = "pickle"

    def claims(self, value: Any) -> bool:
        del value
        return False  # never by itself

    def save(self, value: Any, target: Path) -> Saved:
        try:
            data = pickle.dumps(value, protocol=5)
        except (pickle.PicklingError, TypeError, AttributeError, RecursionError) as error:
            raise FormatError(f"pickle cannot save the value: {error}", hint="return a pathlib.Path to a file that you write") from error
        return keep(self.name, data, target, described(value, type(value).__module__.partition(".")[0]), pickled=True)

    def load(self, source: bytes | Path, want: str, *, consent: bool = False) -> Any:
        if not consent:
            raise FormatError(
                "loading this artifact executes code, because it is a pickle", hint="allow it for artifacts you trust: consent=True"
            )
        if want != "value":
            raise impossible(self.name, want)
        with reading(self.name, source, pickle.UnpicklingError):
            if isinstance(source, bytes):
                return pickle.loads(source)  # noqa: S301  (consent was given above)
            with source.open("rb") as file:
                return pickle.load(file)  # noqa: S301  (consent was given above)

    def describe(self, source: bytes | Path) -> dict[str, Any]:
        """The classes and functions that loading would import; nothing is executed."""
        names: set[str] = set()
        strings: list[str] = []
        with reading(self.name, source, pickle.UnpicklingError):
            for opcode, argument, _ in pickletools.genops(source if isinstance(source, bytes) else source.read_bytes()):
                if opcode.name == "GLOBAL":
                    names.add(str(argument).replace(" ", "."))
                elif opcode.name == "STACK_GLOBAL" and len(strings) >= 2:
                    names.add(f"{strings[-2]}.{strings[-1]}")
                elif isinstance(argument, str):
                    strings.append(argument)
        return {"imports": sorted(names)}

    def preview(self, source: bytes | Path, rows: int) -> Any:
        del source, rows
        return None
