"""PyTorch: the public hook that is called behind every step of every optimizer (torch.optim.optimizer, register_optimizer_step_post_hook).

An optimizer knows its settings and how often it has moved, and nothing of losses: those are for `treadle.log`.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable
from importlib import import_module
from typing import Any

from treadle.sdk.autolog import guarded

_EVERY = 5.0
"""Seconds between two points when no learning rate has changed."""


class _Seen:
    """What was said of an optimizer."""

    def __init__(self, number: int) -> None:
        self.prefix = "optimizer" if number == 0 else f"optimizer {number + 1}"
        self.steps = 0
        self.rates: list[float] = []
        self.at = 0.0


def listen(_name: str) -> Callable[[], None]:
    module = import_module("torch.optim.optimizer")
    seen: weakref.WeakKeyDictionary[Any, _Seen] = weakref.WeakKeyDictionary()

    def stepped(optimizer: Any, given: Any, named: Any) -> None:
        del given, named
        guarded("torch", lambda: _tell(optimizer, seen))

    handle = module.register_optimizer_step_post_hook(stepped)

    def undo() -> None:
        handle.remove()

    return undo


def _tell(optimizer: Any, seen: weakref.WeakKeyDictionary[Any, _Seen]) -> None:
    from treadle.sdk.track import log, log_params

    known = seen.get(optimizer)
    if known is None:
        known = seen[optimizer] = _Seen(len(seen))
        settings = {
            name: value
            for name, value in optimizer.defaults.items()
            if value is None or isinstance(value, bool | int | float | str | tuple)
        }
        log_params({known.prefix: {"class": type(optimizer).__name__, **settings}})
    known.steps += 1
    rates = [float(group["lr"]) for group in optimizer.param_groups]
    now = time.monotonic()
    if rates == known.rates and now - known.at < _EVERY:
        return
    known.rates, known.at = rates, now
    names = [f"{known.prefix}/learning_rate" if place == 0 else f"{known.prefix}/learning_rate {place + 1}" for place in range(len(rates))]
    log(dict(zip(names, rates, strict=True)), step=known.steps)
