"""What a step call returns inside a pipeline: a handle on a value that may not exist yet.

A handle can be passed on to other steps without waiting. Using its value - in `if`, `for`, `max(...)`, arithmetic, an attribute,
an index - waits until the run has ended. `handle.result()` says so aloud.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any

from treadle.core.definition import Definition


class Handle:
    """One output of a recorded call (or all of them, for a step with several named outputs)."""

    def __init__(self, orchestrator: Any, call: str, definition: Definition, output: str | None) -> None:
        object.__setattr__(self, "_orchestrator", orchestrator)
        object.__setattr__(self, "_call", call)
        object.__setattr__(self, "_definition", definition)
        object.__setattr__(self, "_output", output)

    def __repr__(self) -> str:
        return f"<handle {self._call}{'.' + self._output if self._output else ''}>"

    def result(self) -> Any:
        """The value; waits until the run has ended. Raises RunFailed when it did not end well."""
        return self._orchestrator.value(self._call, self._output)

    def _outputs(self) -> list[str]:
        return [output.name for output in self._definition.outputs] if self._output is None else []

    def _part(self, name: str) -> Handle:
        return Handle(self._orchestrator, self._call, self._definition, name)

    def __getattr__(self, name: str) -> Any:
        if name in self._outputs():
            return self._part(name)
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)  # copying and pickling probe for these: they must not wait
        return getattr(self.result(), name)

    def __getitem__(self, key: Any) -> Any:
        names = self._outputs()
        if isinstance(key, str) and key in names:
            return self._part(key)
        if isinstance(key, int) and names and -len(names) <= key < len(names):
            return self._part(names[key])
        return self.result()[key]

    def __iter__(self) -> Iterator[Any]:
        names = self._outputs()
        return iter([self._part(name) for name in names]) if names else iter(self.result())

    def __len__(self) -> int:
        names = self._outputs()
        return len(names) if names else len(self.result())

    def __bool__(self) -> bool:
        return bool(self.result())

    def __hash__(self) -> int:
        return id(self)

    def __contains__(self, item: Any) -> bool:
        return item in self.result()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.result()(*args, **kwargs)

    def __int__(self) -> int:
        return int(self.result())

    def __float__(self) -> float:
        return float(self.result())

    def __index__(self) -> int:
        return operator.index(self.result())

    def __str__(self) -> str:
        return str(self.result())

    def __format__(self, spec: str) -> str:
        return format(self.result(), spec)

    def __round__(self, digits: int | None = None) -> Any:
        return round(self.result(), digits) if digits is not None else round(self.result())

    def __neg__(self) -> Any:
        return -self.result()

    def __pos__(self) -> Any:
        return +self.result()

    def __abs__(self) -> Any:
        return abs(self.result())


def settled(value: Any) -> Any:
    """The value of a handle, or the value itself."""
    return value.result() if isinstance(value, Handle) else value


def _forward(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda self, other: function(settled(self), settled(other))


def _backward(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda self, other: function(settled(other), settled(self))


for _name in ("eq", "ne", "lt", "le", "gt", "ge"):
    setattr(Handle, f"__{_name}__", _forward(getattr(operator, _name)))
for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and_", "or_", "xor", "lshift", "rshift"):
    _bare = _name.rstrip("_")
    setattr(Handle, f"__{_bare}__", _forward(getattr(operator, _name)))
    setattr(Handle, f"__r{_bare}__", _backward(getattr(operator, _name)))
