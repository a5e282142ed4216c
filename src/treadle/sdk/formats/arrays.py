"""numpy arrays: one as .npy (mapped into memory when it is read), a dictionary of them as .npz. Never with pickles inside."""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import Any

from treadle.core.errors import FormatError
from treadle.sdk.formats.conversion import array_as
from treadle.sdk.formats.protocol import SMALL, Saved, class_name, described, impossible, reading


class Numpy:
    """An array, or a dictionary of arrays by name.

    A large array comes back mapped copy-on-write: reading costs what is touched, and changing it changes memory, never the artifact.
    """

    name = "numpy"

    def claims(self, value: Any) -> bool:
        if isinstance(value, dict):
            return bool(value) and all(type(key) is str and _is_array(item) for key, item in value.items())
        return _is_array(value)

    def save(self, value: Any, target: Path) -> Saved:
        import numpy

        if not self.claims(value):
            raise FormatError(
                f"the format `numpy` saves an array or a dictionary of arrays, not `{class_name(value)}`",
                hint="object arrays and masked arrays need another form",
            )
        sink: Any = io.BytesIO()
        if isinstance(value, dict):
            about = described(
                value, "numpy", arrays={key: {"shape": list(item.shape), "dtype": str(item.dtype)} for key, item in value.items()}
            )
            size = sum(item.nbytes for item in value.values())
            with sink if size <= SMALL else target.open("wb") as file:
                _save_many(file, value)
                return self._saved(file, about, target, size)
        about = described(value, "numpy", shape=list(value.shape), dtype=str(value.dtype))
        with sink if value.nbytes <= SMALL else target.open("wb") as file:
            numpy.save(file, value, allow_pickle=False)
            return self._saved(file, about, target, value.nbytes)

    def _saved(self, file: Any, about: dict[str, Any], target: Path, size: int) -> Saved:
        return (
            Saved(format=self.name, data=file.getvalue(), about=about)
            if size <= SMALL
            else Saved(format=self.name, path=target, about=about)
        )

    def load(self, source: bytes | Path, want: str, *, consent: bool = False) -> Any:
        del consent
        with reading(self.name, source):
            value = _read(source)
        if want in ("value", "numpy"):
            return value
        if want == "json":
            return {key: item.tolist() for key, item in value.items()} if isinstance(value, dict) else value.tolist()
        if want in ("polars", "polars_lazy", "pandas", "arrow") and not isinstance(value, dict):
            return array_as(value, want)
        raise impossible(self.name, want)

    def describe(self, source: bytes | Path) -> dict[str, Any]:
        value = self.load(source, "value")
        if isinstance(value, dict):
            return {"class": "dict", "arrays": {key: {"shape": list(item.shape), "dtype": str(item.dtype)} for key, item in value.items()}}
        return {"class": "numpy.ndarray", "shape": list(value.shape), "dtype": str(value.dtype)}

    def preview(self, source: bytes | Path, rows: int) -> Any:
        value = self.load(source, "value")
        if isinstance(value, dict):
            return {key: _corner(item, rows) for key, item in list(value.items())[:rows]}
        return _corner(value, rows)


def _is_array(value: Any) -> bool:
    import_free = any(cls.__module__ == "numpy" and cls.__name__ == "ndarray" for cls in type(value).__mro__)
    return import_free and type(value).__name__ != "MaskedArray" and not value.dtype.hasobject


def _save_many(file: Any, arrays: dict[str, Any]) -> None:
    """As numpy.savez does, but free in the choice of names (savez reserves `file`)."""
    import zipfile

    import numpy

    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for key, array in arrays.items():
            # a fixed date: equal arrays give equal bytes
            with archive.open(zipfile.ZipInfo(f"{key}.npy", (1980, 1, 1, 0, 0, 0)), "w", force_zip64=True) as part:
                numpy.lib.format.write_array(part, numpy.asanyarray(array), allow_pickle=False)


def _read(source: bytes | Path) -> Any:
    import numpy

    if isinstance(source, bytes):
        value = numpy.load(io.BytesIO(source), allow_pickle=False)
    else:
        with source.open("rb") as file:
            mapped = file.read(6) == b"\x93NUMPY"
        value = numpy.load(source, mmap_mode="c" if mapped else None, allow_pickle=False)
        if mapped and not math.prod(value.shape):
            value = numpy.asarray(value)
    if isinstance(value, numpy.ndarray):
        return value
    with value:
        if not value.files and not _starts_as_zip(source):
            raise ValueError("not an archive of arrays")
        return {key: value[key] for key in value.files}


def _starts_as_zip(source: bytes | Path) -> bool:
    if isinstance(source, bytes):
        return source.startswith(b"PK")
    with source.open("rb") as file:
        return file.read(2) == b"PK"


def _corner(array: Any, rows: int) -> Any:
    index = tuple(slice(0, rows) for _ in range(array.ndim))
    return array[index].tolist()
