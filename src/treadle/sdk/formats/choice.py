"""Which format serves a value, found from its class's name alone: no library is imported to find out."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

from treadle.core.errors import FormatError
from treadle.sdk.formats.protocol import Format, class_name

GROUP = "treadle.formats"

_BUILT_IN = {
    "json": "plain:Json",
    "text": "plain:Text",
    "bytes": "files:Bytes",
    "file": "files:File",
    "folder": "files:Folder",
    "dataset": "files:Folder",  # a version is a folder of files
    "parquet": "tables:Parquet",
    "arrow": "tables:Arrow",
    "csv": "tables:Csv",
    "numpy": "arrays:Numpy",
    "sklearn": "estimators:Sklearn",
    "skops": "estimators:Skops",
    "lightgbm": "boosters:LightGbm",
    "xgboost": "boosters:XGBoost",
    "torch": "networks:Torch",
    "onnx": "networks:Onnx",
    "figure": "pictures:Figure",
    "image": "pictures:Image",
    "audio": "sounds:Audio",
    "evidence": "evidence:EvidenceFormat",
    "pickle": "pickled:Pickle",
    "mlflow": "mlflow_models:MlflowModel",
}
# The package a class comes from -> the formats asked whether they claim the value, in this order.
_BY_LIBRARY = {
    "polars": ("parquet",),
    "pandas": ("parquet",),
    "pyarrow": ("parquet",),
    "numpy": ("numpy", "json"),
    "sklearn": ("sklearn",),
    "lightgbm": ("lightgbm",),
    "xgboost": ("xgboost",),
    "torch": ("torch",),
    "onnx": ("onnx",),
    "matplotlib": ("figure",),
    "PIL": ("image",),
}
_PLAIN = ("file", "folder", "bytes", "text", "numpy", "torch", "json")

_made: dict[str, Format] = {}


def named(name: str) -> Format:
    """The format of that name, built in or plugged in; raises FormatError when there is none."""
    if name in _made:
        return _made[name]
    if name in _BUILT_IN:
        module, _, cls = _BUILT_IN[name].partition(":")
        made: Format = getattr(import_module(f"treadle.sdk.formats.{module}"), cls)()
        _made[name] = made
        return made
    plugged = _plugged()
    if name in plugged:
        return plugged[name]
    known = ", ".join(sorted({*_BUILT_IN, *plugged}))
    raise FormatError(f"there is no format `{name}`", hint=f"known formats: {known}")


def choose(value: Any) -> Format:
    """The format that saves this value when none was named; raises FormatError that says how to proceed."""
    for cls in type(value).__mro__:
        for name in _BY_LIBRARY.get(cls.__module__.partition(".")[0], ()):
            if named(name).claims(value):
                return named(name)
    for name in _PLAIN:
        if named(name).claims(value):
            return named(name)
    for plugin in _plugged().values():
        if plugin.claims(value):
            return plugin
    raise unknown(value)


def unknown(value: Any) -> FormatError:
    """The error for a value that no format claims."""
    hint = 'return plain data, a table, an array, a model or a pathlib.Path; or ask for pickle by name: format="pickle"'
    cls = class_name(value)
    if cls.endswith(".Series"):
        hint = "make it a table first: .to_frame()"
    elif "torch" in sys.modules and (isinstance(value, sys.modules["torch"].nn.Module) or cls.endswith(".ExportedProgram")):
        hint = 'return model.state_dict(), or ask by name: format="torch" for a torch.export program, format="pickle" for the whole module'
    elif type(value).__module__.partition(".")[0] == "numpy":
        hint = 'give it a dtype other than object and no mask; or ask for pickle by name: format="pickle"'
    return FormatError(f"no format saves a value of the type `{cls}`", hint=hint)


_plugins: dict[str, Format] | None = None


def _plugged() -> dict[str, Format]:
    """Formats from entry points, by their names. Looked up once per process, only when no built-in format serves."""
    global _plugins
    if _plugins is None:
        from importlib.metadata import entry_points  # costs milliseconds: only here

        _plugins = {}
        for point in sorted(entry_points(group=GROUP), key=lambda p: p.name):
            try:
                _plugins[point.name] = point.load()()
            except (ImportError, AttributeError, TypeError) as error:
                raise FormatError(
                    f"the plug-in `{point.name}` of {GROUP} cannot be loaded: {error}", hint=f"look at the entry point {point.value}"
                ) from error
    return _plugins
