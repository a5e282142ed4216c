"""Lightning: a callback of the Trainer, which Lightning adds by itself where this package is installed (its entry point
`lightning.pytorch.callbacks_factory`), or `Trainer(callbacks=[TreadleCallback()])`.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from treadle.sdk.autolog import guarded, hears


def listen(_name: str) -> Callable[[], None]:
    """Nothing is to be done: Lightning asks `callbacks` for each Trainer."""
    return lambda: None


def callbacks() -> list[Any]:
    """What Lightning's entry point asks for: our callback while Lightning is heard."""
    return [__getattr__("TreadleCallback")()] if hears("lightning") else []


def __getattr__(name: str) -> Any:
    """The class of the callback, made when it is first asked for: it needs Lightning."""
    if name != "TreadleCallback":
        raise AttributeError(name)
    global _made
    if _made is None:
        _made = _class()
    return _made


_made: Any = None


def _class() -> Any:
    base = import_module("lightning.pytorch.callbacks").Callback

    class TreadleCallback(base):  # type: ignore[misc,valid-type]
        """Records hyperparameters, and what `self.log` said, at the Trainer's global step."""

        def on_fit_start(self, trainer: Any, module: Any) -> None:
            if trainer.is_global_zero:
                guarded("lightning", lambda: _tell_parameters(trainer, module))

        def on_train_batch_end(self, trainer: Any, module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
            del module, outputs, batch, batch_idx
            if trainer.is_global_zero and trainer.global_step % max(1, trainer.log_every_n_steps) == 0:
                guarded("lightning", lambda: _tell_numbers(trainer, trainer.logged_metrics))

        def on_train_epoch_end(self, trainer: Any, module: Any) -> None:
            del module
            if trainer.is_global_zero:
                guarded("lightning", lambda: _tell_numbers(trainer, {**trainer.callback_metrics, "epoch": trainer.current_epoch}))

        def on_validation_epoch_end(self, trainer: Any, module: Any) -> None:
            del module
            if trainer.is_global_zero and not trainer.sanity_checking:
                guarded("lightning", lambda: _tell_numbers(trainer, trainer.callback_metrics))

    return TreadleCallback


def _tell_parameters(trainer: Any, module: Any) -> None:
    from treadle.sdk.track import log_params

    plain = {
        str(name): value for name, value in dict(module.hparams).items() if value is None or isinstance(value, bool | int | float | str)
    }
    count = sum(parameter.numel() for parameter in module.parameters() if parameter.requires_grad)
    log_params({"model": type(module).__name__, "trained_parameters": int(count), "max_epochs": trainer.max_epochs, **plain})


def _tell_numbers(trainer: Any, values: Any) -> None:
    from treadle.sdk.track import log

    numbers = {str(name): float(value) for name, value in values.items()}
    if numbers:
        log(numbers, step=int(trainer.global_step))
