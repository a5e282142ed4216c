"""Forms: what an argument's annotation asks for, and sources as paths."""

from __future__ import annotations

import typing
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ast

_MODULES = {"pl": "polars", "pd": "pandas", "pa": "pyarrow", "np": "numpy", "npt": "numpy"}
# (top package, class name) -> form. An empty package stands for a name written alone in a string annotation.
_CLASSES = {
    ("polars", "DataFrame"): "polars",
    ("polars", "LazyFrame"): "polars_lazy",
    ("", "LazyFrame"): "polars_lazy",
    ("pandas", "DataFrame"): "pandas",
    ("pyarrow", "Table"): "arrow",
    ("numpy", "ndarray"): "numpy",
    ("numpy", "NDArray"): "numpy",
    ("", "ndarray"): "numpy",
    ("", "NDArray"): "numpy",
    ("pathlib", "Path"): "path",
    ("pathlib", "PosixPath"): "path",
    ("pathlib", "PurePath"): "path",
    ("", "Path"): "path",
    ("typing", "BinaryIO"): "stream",
    ("", "BinaryIO"): "stream",
    ("typing", "IO"): "stream",
    ("", "IO"): "stream",
    ("io", "BufferedReader"): "stream",
    ("io", "BufferedIOBase"): "stream",
    ("io", "RawIOBase"): "stream",
    ("io", "BytesIO"): "stream",
    ("builtins", "bytes"): "bytes",
    ("", "bytes"): "bytes",
    ("builtins", "str"): "text",
    ("", "str"): "text",
}


def form_of(annotation: Any) -> str:
    """The form that an annotation asks for, from the class's package and name: no library is imported.

    Understands `Annotated[X, ...]`, `Optional[X]`, `X | None`, generic aliases such as `NDArray[float64]`, and the same written as
    strings with the customary abbreviations (`pl.DataFrame`). Anything else, a plain `DataFrame` in a string included (whose?), is "value".
    """
    if isinstance(annotation, str):
        return _form_of_text(annotation)
    if isinstance(annotation, typing.ForwardRef):
        return _form_of_text(annotation.__forward_arg__)
    if isinstance(annotation, typing.TypeAliasType if hasattr(typing, "TypeAliasType") else ()):
        return form_of(annotation.__value__)
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return form_of(annotation.__origin__)
    if origin in (typing.Union, UnionType):
        members = [member for member in typing.get_args(annotation) if member is not NoneType]
        return form_of(members[0]) if len(members) == 1 else "value"
    cls = origin if origin is not None else annotation
    if not isinstance(cls, type):
        return "value"
    return _CLASSES.get((cls.__module__.partition(".")[0], cls.__qualname__), "value")


def _form_of_text(text: str) -> str:
    import ast

    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return "value"
    return _form_of_tree(tree)


def _form_of_tree(tree: ast.expr) -> str:
    import ast

    if isinstance(tree, ast.Constant) and isinstance(tree.value, str):
        return _form_of_text(tree.value)
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.BitOr):
        members = [side for side in (tree.left, tree.right) if not (isinstance(side, ast.Constant) and side.value is None)]
        return _form_of_tree(members[0]) if len(members) == 1 else "value"
    if isinstance(tree, ast.Subscript):
        name = _dotted(tree.value).rpartition(".")[2]
        inner = tree.slice.elts[0] if isinstance(tree.slice, ast.Tuple) and tree.slice.elts else tree.slice
        return _form_of_tree(inner) if name in ("Annotated", "Optional") else _form_of_tree(tree.value)
    package, _, name = _dotted(tree).rpartition(".")
    top = package.partition(".")[0]
    return _CLASSES.get((_MODULES.get(top, top), name), "value")


def _dotted(tree: ast.expr) -> str:
    import ast

    parts: list[str] = []
    while isinstance(tree, ast.Attribute):
        parts.append(tree.attr)
        tree = tree.value
    return ".".join([*([tree.id] if isinstance(tree, ast.Name) else [""]), *reversed(parts)])


_SUFFIX = {
    "json": ".json",
    "text": ".txt",
    "parquet": ".parquet",
    "arrow": ".arrow",
    "csv": ".csv",
    "numpy": ".npy",
    "image": ".png",
    "figure": ".png",
}
_SUFFIX.update(
    {
        "sklearn": ".skops",
        "skops": ".skops",
        "lightgbm": ".txt",
        "xgboost": ".json",
        "torch": ".safetensors",
        "onnx": ".onnx",
        "pickle": ".pickle",
    }
)


def as_path(format_name: str, source: bytes | Path) -> Path:
    """A path to the source; bytes are written to a temporary folder that is removed when the process ends."""
    if isinstance(source, Path):
        return source
    import atexit
    import shutil
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="treadle-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / f"value{_SUFFIX.get(format_name, '')}"
    path.write_bytes(source)
    return path
