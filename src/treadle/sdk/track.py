"""What user code says about its run: numbers, parameters, tags, notes, tables, pictures and files.

    import treadle

    for step in range(100):
        treadle.log(loss=0.5, accuracy=0.9, step=step)

Inside a step the words go to the spool that the worker made (TREADLE_SPOOL). In a bare script or notebook the first word opens a
spool of its own in the home folder: no server, no account and no setting is needed, and a script that says nothing writes nothing.
All functions only append to a local file. When that fails (an unwritable folder, a full disk) it is said once on stderr and the
user's code goes on; only wrong use raises, for example ParameterError for a metric that is not a number.
"""

from __future__ import annotations

import os
import sys
import time

TYPE_CHECKING = False  # importing `typing` would be most of what importing this file costs
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from treadle.sdk.spool import SpoolWriter

_BEYOND = 1 << 63  # steps are kept in 64 bits
_said: set[str] = set()
_writer: SpoolWriter | None = None
_folder: str | None = None  # what TREADLE_SPOOL said when the writer was opened


def log(values: Mapping[str, Any] | int | None = None, /, step: int | None = None, **metrics: Any) -> None:
    """Records numbers: `log(loss=0.1, step=3)`, or with any names `log({"train/loss": 0.1}, step=3)`.

    A number is an int, float or bool, or anything with one element and `.item()` (numpy, torch, jax); NaN and infinities are
    kept. Without `step` each metric counts its own. Raises ParameterError naming a metric that is not a number.
    """
    if values is not None:
        if type(values) is int and step is None:
            step = values
        else:
            metrics = {**_flat(values, "log"), **metrics}
    for name, value in metrics.items():
        if type(value) is not float:
            metrics[name] = _number(name, value)
    if step is not None and not (type(step) is int and -_BEYOND <= step < _BEYOND):
        step = _whole(step)
    if metrics:
        say({"k": "p", "t": time.time(), "s": step, "m": metrics})


def log_many(columns: Mapping[str, Any] | None = None, /, *, steps: Any = None, times: Any = None, **more: Any) -> None:
    """Records many points at once: `log_many({"loss": losses, "accuracy": accuracies}, steps=range(1000))`.

    Each column is a one-dimensional array or sequence of numbers, all of one length; `steps` are integers, `times` seconds since
    1970. Without `steps` each metric goes on counting its own; without `times` all points have the time of the call. Raises
    ParameterError naming a column that is not numbers or has another length.
    """
    from treadle.sdk.spool import column_records

    for record in column_records({**(columns or {}), **more}, steps, times, time.time()):
        say(record)


def log_params(values: Any = None, /, **parameters: Any) -> None:
    """Records parameters: keywords, a mapping, a dataclass or an argparse.Namespace. A nested value is named `model.depth`.

    A parameter recorded again keeps the last value. Values that are not plain data are recorded as their text.
    """
    if values is not None:
        parameters = {**_flat(_plain("log_params", values), "log_params", nested=False), **parameters}
    if parameters:
        say({"k": "params", "t": time.time(), "v": {str(name): _plain(str(name), value) for name, value in parameters.items()}})


def tag(values: Mapping[str, Any] | None = None, /, **tags: Any) -> None:
    """Sets tags of the run: `tag(team="blue")`; None removes a tag."""
    both = {**(values or {}), **tags}
    if both:
        say({"k": "tag", "t": time.time(), "v": {str(name): None if value is None else str(value) for name, value in both.items()}})


def note(text: str) -> None:
    """Adds a line to the note of the run."""
    say({"k": "note", "t": time.time(), "v": str(text)})


def artifact(value: Any, name: str | None = None, *, format: str | None = None, step: int | None = None) -> None:
    """Keeps a file or folder (a path, as text or pathlib.Path) or any value that a format can save, as it is now.

    A path is named after its file when no `name` is given; a value needs one. `format` says how to save a value, or what a file
    holds. Raises DataError when there is no such file, FormatError when no format saves the value.
    """
    _keep(value, name, format, step, {})


def table(name: str, rows: Any, *, step: int | None = None) -> None:
    """Keeps a table: a data frame (polars, pandas, arrow) or a list of rows, each a mapping.

    This and the following keep rich values. A name said with several steps is a series; `treadle show RUN` lists them and
    `client.read_logged(run, name, step=...)` reads one back.
    """
    if isinstance(rows, list | tuple):
        from treadle.sdk.shown import table_facts

        listed = [dict(row) for row in rows]
        _keep(listed, name, "json", step, table_facts(listed))
    else:
        _keep(rows, name, None, step, {"shown": "table"})


def image(name: str, value: Any, *, step: int | None = None) -> None:
    """Keeps a picture: a PIL image, an array (height, width[, channels]) of uint8 or of numbers from 0 to 1, a tensor (channels,
    height, width), or the path of a picture file."""
    if not isinstance(value, str):
        from treadle.sdk.shown import pixels

        value = pixels(value)
    _keep(value, name, "image", step, {"shown": "image"})


def figure(name: str, value: Any, *, step: int | None = None) -> None:
    """Keeps a matplotlib figure as a picture."""
    _keep(value, name, "figure", step, {"shown": "figure"})


def text(name: str, value: str, *, step: int | None = None) -> None:
    """Keeps a text, such as a sample of what a model wrote."""
    from treadle.sdk.shown import text_facts

    _keep(str(value), name, "text", step, text_facts(str(value)))


def audio(name: str, samples: Any, *, rate: int | None = None, step: int | None = None) -> None:
    """Keeps sound: an array (frames[, channels]) of numbers from -1 to 1 or of int16 with its `rate` in samples a second, or the path
    of a sound file."""
    if isinstance(samples, str) or hasattr(samples, "__fspath__"):
        return _keep(samples, name, "file", step, {"shown": "audio"})
    from treadle.sdk.formats.sounds import Sound

    taken = samples.detach().cpu().numpy() if hasattr(samples, "detach") else samples
    return _keep(Sound(taken, rate), name, "audio", step, {"shown": "audio"})  # type: ignore[arg-type] # None is refused with words


def histogram(name: str, values: Any = None, *, counts: Any = None, edges: Any = None, bins: int = 64, step: int | None = None) -> None:
    """Keeps how values are spread: of the values themselves, or of `counts` and `edges` (one more than counts)."""
    from treadle.sdk import shown

    plain, about = shown.histogram(values, counts=counts, edges=edges, bins=bins)
    _keep(plain, name, "json", step, about)


def confusion_matrix(
    name: str, truth: Any = None, predicted: Any = None, *, matrix: Any = None, labels: Any = None, step: int | None = None
) -> None:
    """Keeps a confusion matrix: of true and predicted labels, or a square `matrix` with a row per true label. `labels` give the order."""
    from treadle.sdk import shown

    plain, about = shown.confusion_matrix(truth, predicted, matrix=matrix, labels=labels)
    _keep(plain, name, "json", step, about)


def curve(
    name: str,
    x: Any = None,
    y: Any = None,
    *,
    kind: str = "xy",
    truth: Any = None,
    scores: Any = None,
    axes: tuple[str, str] | None = None,
    step: int | None = None,
) -> None:
    """Keeps a curve: points `x`, `y` of any `kind`; or with `truth` (0 and 1) and `scores` the kind "roc", "pr" or "calibration"."""
    from treadle.sdk import shown

    plain, about = shown.curve(kind, x, y, truth=truth, scores=scores, names=axes)
    _keep(plain, name, "json", step, about)


# --- where the words go ---------------------------------------------------------------------------------------------------


def say(record: dict[str, Any]) -> None:
    """Appends a record to the spool of this process; a disk without room is told once."""
    try:
        writer = _spool()
        if writer is not None:
            writer.write(record)
    except OSError as error:
        _say(error)


def _spool() -> SpoolWriter | None:
    """The spool of this process: the step's, or the script's own. Raises OSError when it cannot be opened."""
    global _writer, _folder
    folder = os.environ.get("TREADLE_SPOOL")
    if _writer is not None and folder == _folder:
        return _writer
    if folder:
        from treadle.sdk.spool import SpoolWriter

        _writer, _folder = SpoolWriter(folder), folder
        return _writer
    from treadle.sdk.script import script_spool

    opened = script_spool()
    if opened is not None:
        _writer, _folder = opened, None
    return opened


def _say(error: Exception) -> None:
    """Says once per kind of trouble that something is not recorded. The user's code goes on."""
    words = str(error)
    what = getattr(error, "strerror", None) or words
    if what in _said:
        return
    _said.add(what)
    if sys.stderr is not None:
        print(f"treadle: not recorded: {words}. The program goes on without.", file=sys.stderr, flush=True)


# --- what may be said -----------------------------------------------------------------------------------------------------


def _flat(values: Any, where: str, *, nested: bool = True) -> dict[str, Any]:
    """A mapping with nested mappings joined by `/`."""
    if not hasattr(values, "items"):
        from treadle.core.errors import ParameterError

        raise ParameterError(
            f"{where} takes names and values, not `{type(values).__name__}`", hint=f'{where}({{"name": 0.1}}) or {where}(name=0.1)'
        )
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if nested and isinstance(value, dict):
            flat.update({f"{name}/{inner}": one for inner, one in _flat(value, where).items()})
        else:
            flat[str(name)] = value
    return flat


def _number(name: str, value: Any) -> float:
    try:
        if isinstance(value, int | float):
            return float(value)
        one = value.item() if hasattr(value, "item") else value
        if not isinstance(one, str | bytes) and hasattr(one, "__float__"):
            return float(one)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        pass  # an array of many, a tensor without data, an integer beyond all floats: not a number
    from treadle.core.errors import ParameterError

    shown = repr(value)
    raise ParameterError(
        f"metric `{name}` is not a number: {shown if len(shown) <= 80 else shown[:77] + '...'} ({type(value).__name__})",
        hint="treadle.log_params(...) keeps words, treadle.log_many(...) many points, treadle.artifact(...) anything else",
    )


def _whole(step: Any) -> int:
    import operator

    from treadle.core.errors import ParameterError

    try:
        number = operator.index(step.item() if hasattr(step, "item") else step)
    except (TypeError, ValueError, RuntimeError):
        number = _BEYOND
    if -_BEYOND <= number < _BEYOND:
        return number
    raise ParameterError(f"`step` is a whole number of at most 64 bits, not {step!r}", hint="log(loss=0.1, step=3)")


def _plain(name: str, value: Any) -> Any:
    """A parameter's value as plain data; what is none becomes its text."""
    import msgspec

    def text(odd: Any) -> Any:
        if hasattr(odd, "item") and getattr(odd, "size", 1) == 1:
            return odd.item()
        if hasattr(odd, "tolist"):
            return odd.tolist()
        return vars(odd) if type(odd).__name__ == "Namespace" else str(odd)

    try:
        return msgspec.to_builtins(value, enc_hook=text, str_keys=True)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        from treadle.core.errors import ParameterError

        raise ParameterError(f"parameter `{name}` cannot be recorded: {error}", hint="record its parts, or str(value)") from None


def _keep(value: Any, name: str | None, format: str | None, step: int | None, about: dict[str, Any]) -> None:
    if step is not None:
        step = _whole(step)
        about = {**about, "step": step}
    try:
        writer = _spool()
        if writer is not None:
            writer.write({"k": "artifact", "t": time.time(), "step": step, **_kept(writer.folder, value, name, format, about)})
    except OSError as error:
        _say(error)


def _kept(folder: str, value: Any, name: str | None, format: str | None, more: dict[str, Any]) -> dict[str, Any]:
    """Saves a value under the spool's folder; the facts of its record. Raises DataError for a path that leads nowhere."""
    from pathlib import Path

    from treadle.core.errors import DataError, TreadleError
    from treadle.core.ids import new_key
    from treadle.sdk import formats

    is_path = isinstance(value, Path | str) and format not in ("text", "json")
    if is_path and not os.path.exists(value):
        raise DataError(f"there is no file `{value}`", where=os.getcwd(), hint='a text is kept with artifact(text, "name", format="text")')
    if name is None:
        if not is_path:
            raise DataError(f"artifact(...) needs a name for a value of type `{type(value).__name__}`", hint='artifact(value, "name")')
        name = os.path.basename(os.path.abspath(value))
    os.makedirs(os.path.join(folder, "files"), exist_ok=True)
    target = Path(folder, "files", new_key())
    try:
        if is_path and not os.path.isdir(value):
            _copy(value, target)
            saved = formats.Saved(format=format or "file", path=target, about={"name": os.path.basename(value)})
        else:
            saved = formats.save(Path(value) if is_path else value, target, format=None if is_path else format)
    except TreadleError as error:
        if isinstance(error.__cause__, OSError):  # no room, not wrong use
            raise error.__cause__ from None
        raise
    if saved.data is not None:
        target.write_bytes(saved.data)
    facts = {"name": name, "path": f"files/{target.name}", "format": saved.format, "tree": saved.tree, "pickled": saved.pickled}
    return {**facts, "size": _size(target), "about": {**saved.about, **more}}


def _copy(source: Any, target: Any) -> None:
    """Copies a file; where the file system can share blocks, without writing them again."""
    import shutil

    with open(source, "rb") as given, open(target, "xb") as kept:
        try:
            while os.copy_file_range(given.fileno(), kept.fileno(), 1 << 30):
                pass
        except OSError as error:
            import errno

            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
                raise
            given.seek(0)  # between two file systems, or an old kernel
            kept.seek(0)
            kept.truncate()
            shutil.copyfileobj(given, kept, 1 << 20)


def _size(target: Any) -> int:
    if target.is_dir():
        return sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    return int(target.stat().st_size)
