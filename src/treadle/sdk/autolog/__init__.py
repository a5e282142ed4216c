"""What training says of itself without a line in the training code: `treadle.autolog()`.

    import treadle

    treadle.autolog()                      # every library below that the program uses
    treadle.autolog("sklearn", "lightgbm") # or some of them

What is heard, and how:

    sklearn     `fit` of every estimator, the outermost call: its parameters, rows and columns, seconds, and what it has counted itself
                (iterations, losses, scores out of bag; of a search the best parameters and the table of candidates)
    lightgbm,   a callback of `train`: parameters, each metric of each evaluation set at each iteration, the best iteration, the
    xgboost     importance of features
    torch       PyTorch's hook behind every step of an optimizer: its settings, learning rates when they change, the number of steps
    lightning   a callback of the Trainer: hyperparameters, and what `self.log` said, at the global step

Nothing is computed for it, nothing is awaited, and whatever goes wrong in here becomes a note of the run, never an error of the training.
Libraries are heard once they have been imported, before or after.
"""

from __future__ import annotations

import importlib.abc
import importlib.util
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any

from treadle.core.errors import UsageError

LIBRARIES = {
    "sklearn": "sklearn.base",
    "lightgbm": "lightgbm",
    "xgboost": "xgboost",
    "torch": "torch.optim",
    "lightning": "lightning.pytorch",
}
"""A library, and the module of it that must be there before it can be heard."""

_listening: dict[str, Callable[[], None]] = {}


def autolog(*libraries: str, enable: bool = True) -> None:
    """Hears what training of these libraries (all of LIBRARIES by default) says of itself; `enable=False` stops that.

    Raises UsageError for a library that is not known."""
    for name in libraries:
        if name not in LIBRARIES:
            raise UsageError(f"`{name}` is not a library that can be heard", hint=f"libraries: {', '.join(LIBRARIES)}")
    wanted = libraries or tuple(LIBRARIES)
    if not enable:
        for name in wanted:
            _waiting.discard(name)
            stop = _listening.pop(name, None)
            if stop is not None:
                stop()
        return
    for name in wanted:
        if name in _listening:
            continue
        if LIBRARIES[name] in sys.modules:
            _listen(name)
        else:
            _waiting.add(name)
    if _waiting and not any(isinstance(one, _Finder) for one in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


def hears(name: str) -> bool:
    """Whether a library is heard now, or will be when it is imported."""
    return name in _listening or name in _waiting


def guarded(what: str, work: Callable[[], None]) -> None:
    """Does a piece of work for the record; what goes wrong becomes a note, once for each kind of work."""
    try:
        work()
    except Exception as error:  # training must go on, whatever a new version of a library has changed
        if what not in _noted:
            _noted.add(what)
            from treadle.sdk.track import note

            note(f"autolog of {what} stopped: {type(error).__name__}: {error}")


def _listen(name: str) -> None:
    _waiting.discard(name)

    def begin() -> None:
        module = import_module(f"treadle.sdk.autolog.{_FILES[name]}")
        _listening[name] = module.listen(name)

    guarded(name, begin)


_FILES = {"sklearn": "estimators", "lightgbm": "boosting", "xgboost": "boosting", "torch": "optimizers", "lightning": "trainer"}
_waiting: set[str] = set()
_noted: set[str] = set()


class _Finder(importlib.abc.MetaPathFinder):
    """Learns that a library is imported: finds its module as everybody else does, and has it heard once it is loaded."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> Any:
        library = next((one for one in _waiting if LIBRARIES[one] == name), None)
        if library is None:
            return None
        for finder in sys.meta_path:
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(name, path, target)
            if spec is not None and spec.loader is not None:
                spec.loader = _Loader(spec.loader, library)  # type: ignore[assignment]
                return spec
        return None


class _Loader:
    """A loader that has a library heard behind its loading; everything else is the loader's own."""

    def __init__(self, loader: Any, library: str) -> None:
        self._loader, self._library = loader, library

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: Any) -> Any:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        if self._library in _waiting:
            _listen(self._library)
