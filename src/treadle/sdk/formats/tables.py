"""Tables: Parquet, Arrow IPC and CSV, from and to polars, pandas and pyarrow.

Between two steps a table is Parquet compressed with LZ4: for frames of hundreds of megabytes polars writes and reads it faster than
uncompressed Arrow IPC, and half the bytes go through digesting and storing. Arrow IPC is there for those who ask for it by name.
A pandas frame keeps its index and types through the metadata that pyarrow writes and pandas reads.
"""

from __future__ import annotations

import io
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from treadle.core.errors import FormatError
from treadle.sdk.formats.conversion import FRAMES, convert, damage, frame_library, rows_of
from treadle.sdk.formats.protocol import SMALL, Saved, class_name, described, impossible, missing, reading

_KINDS = {".parquet": "parquet", ".pq": "parquet", ".arrow": "arrow", ".feather": "arrow", ".ipc": "arrow"}
_KINDS.update({".csv": "csv", ".csv.gz": "csv", ".csv.zst": "csv"})
_LIBRARY_MARK = "treadle.library"
_UNNAMED_INDEX = "^__index_level_[0-9]+__$"  # how pyarrow calls a pandas index that has no name: polars knows no index


class Parquet:
    """A table as Parquet."""

    name = "parquet"

    def claims(self, value: Any) -> bool:
        return frame_library(value) is not None

    def save(self, value: Any, target: Path) -> Saved:
        return _save(self.name, value, target)

    def load(self, source: bytes | Path, want: str, *, consent: bool = False) -> Any:
        del consent
        return load_table(self.name, source, want)

    def describe(self, source: bytes | Path) -> dict[str, Any]:
        return _describe(self.name, source)

    def preview(self, source: bytes | Path, rows: int) -> Any:
        return _preview(self.name, source, rows)


class Arrow(Parquet):
    """A table as an uncompressed Arrow IPC file, which pyarrow maps into memory without copying."""

    name = "arrow"

    def claims(self, value: Any) -> bool:
        del value
        return False  # only by name


class Csv(Parquet):
    """A table as CSV with a header; types are inferred when it is read. A pandas index is not kept."""

    name = "csv"

    def claims(self, value: Any) -> bool:
        del value
        return False  # only by name

    def load(self, source: bytes | Path, want: str, *, consent: bool = False) -> Any:
        if want == "text" and not (isinstance(source, Path) and source.is_dir()):
            with reading(self.name, source):
                return source.decode() if isinstance(source, bytes) else source.read_text()
        return super().load(source, want, consent=consent)


def load_table(format_name: str, source: bytes | Path, want: str) -> Any:
    """A table, or a folder of tables with equal columns as one; `want` is a form of a table."""
    if want not in (*FRAMES, "polars_lazy", "value", "numpy", "json"):
        raise impossible(format_name, want)
    files = _files(format_name, source)
    kind = _kind(format_name, files)
    with reading(kind, source, late=damage):
        natural = _natural(kind, files[0])
        library = natural if want == "value" else _reader(kind, want, natural)
        frame = _read(kind, files, library, lazy=want == "polars_lazy")
    return convert(frame, natural if want == "value" else want, kind)


def _natural(kind: str, file: bytes | Path) -> str:
    """The library a table came from, as far as its file says and the library is here."""
    marks = _metadata(kind, file)
    if "pandas" in marks and find_spec("pandas") and find_spec("pyarrow"):
        return "pandas"
    if marks.get(_LIBRARY_MARK) == "pyarrow" and find_spec("pyarrow"):
        return "arrow"
    if find_spec("polars"):
        return "polars"
    return "pandas" if find_spec("pandas") else "arrow"


def _metadata(kind: str, file: bytes | Path) -> dict[str, str]:
    if kind == "csv":
        return {}
    if find_spec("pyarrow"):
        import pyarrow.ipc
        import pyarrow.parquet

        if kind == "parquet":
            raw = pyarrow.parquet.read_schema(_opened(file)).metadata
        else:
            raw = pyarrow.ipc.open_file(_opened(file)).schema.metadata
        return {key.decode(errors="replace"): value.decode(errors="replace") for key, value in (raw or {}).items()}
    if kind == "parquet" and find_spec("polars"):
        import polars

        return dict(polars.read_parquet_metadata(_opened(file)))
    return {}


def _reader(kind: str, want: str, natural: str) -> str:
    """Which library reads: the one wanted, so that nothing is converted; pyarrow for pandas, because it knows the index."""
    if want == "pandas":
        return "pandas" if kind == "csv" or find_spec("pyarrow") else "polars"
    if want == "arrow":
        return "arrow"
    if want in ("polars", "polars_lazy"):
        return "polars"
    return natural


def _read(kind: str, files: list[Any], library: str, *, lazy: bool) -> Any:
    if library == "polars":
        return _read_polars(kind, files, lazy)
    if library == "pandas" and kind == "csv":
        import pandas

        frames = [pandas.read_csv(_opened(file)) for file in files]
        _agree([(file, list(frame.columns)) for file, frame in zip(files, frames, strict=True)])
        return frames[0] if len(frames) == 1 else pandas.concat(frames, ignore_index=True)
    return _read_arrow(kind, files)


def _read_polars(kind: str, files: list[Any], lazy: bool) -> Any:
    try:
        import polars
    except ModuleNotFoundError as error:
        raise missing("polars", "giving a table as polars") from error
    if kind == "csv":
        scans = [polars.scan_csv(_opened(file), try_parse_dates=True) for file in files]
    elif kind == "parquet":
        scans = [polars.scan_parquet(_opened(file), glob=False) for file in files]
    else:
        scans = [polars.scan_ipc(_opened(file), glob=False) for file in files]
    if len(scans) > 1:
        _agree([(file, scan.collect_schema().names()) for file, scan in zip(files, scans, strict=True)])
    whole = scans[0] if len(scans) == 1 else polars.concat(scans, how="vertical_relaxed")
    whole = whole.select(polars.exclude(_UNNAMED_INDEX))
    if lazy:
        whole.collect_schema()  # a damaged file is found now, not in the user's code
        return whole
    return whole.collect()


def _read_arrow(kind: str, files: list[Any]) -> Any:
    if find_spec("pyarrow") is None:
        raise missing("pyarrow", "giving a table as pandas or arrow")
    import pyarrow
    import pyarrow.csv
    import pyarrow.ipc
    import pyarrow.parquet

    tables = []
    for file in files:
        if kind == "csv":
            tables.append(pyarrow.csv.read_csv(_opened(file)))
        elif kind == "parquet":
            tables.append(pyarrow.parquet.ParquetFile(_opened(file)).read())
        else:
            tables.append(pyarrow.ipc.open_file(pyarrow.memory_map(str(file)) if isinstance(file, Path) else _opened(file)).read_all())
    _agree([(file, table.column_names) for file, table in zip(files, tables, strict=True)])
    return tables[0] if len(tables) == 1 else pyarrow.concat_tables(tables, promote_options="permissive")


def _agree(columns: list[tuple[Any, list[str]]]) -> None:
    first, expected = columns[0]
    for file, names in columns[1:]:
        if names != expected:
            odd = sorted(set(names) ^ set(expected)) or names
            raise FormatError(
                f"`{Path(file).name}` has other columns than `{Path(first).name}`: {', '.join(map(str, odd[:8]))}",
                hint="make the columns equal, or ask for a path",
            )


def _files(format_name: str, source: bytes | Path) -> list[Any]:
    if isinstance(source, bytes) or not source.is_dir():
        return [source]
    found = sorted(
        path for path in source.rglob("*") if path.is_file() and not any(p.startswith((".", "_")) for p in path.relative_to(source).parts)
    )
    if not found:
        raise FormatError(f"the folder of the format `{format_name}` holds no files", where=str(source), hint="ask for a path")
    return found


def _kind(format_name: str, files: list[Any]) -> str:
    if len(files) == 1 and format_name != "folder":
        return format_name
    kinds = {}
    for file in files:
        suffix = next((s for s in sorted(_KINDS, key=len, reverse=True) if file.name.lower().endswith(s)), None)
        if suffix is None:
            raise FormatError(f"the folder holds `{file.name}`, which is not a table", where=str(file.parent), hint="ask for a path")
        kinds[_KINDS[suffix]] = file.name
    if len(kinds) > 1:
        raise FormatError(f"the folder holds tables of several kinds: {', '.join(kinds.values())}", hint="ask for a path")
    return next(iter(kinds))


def _opened(file: bytes | Path) -> Any:
    return io.BytesIO(file) if isinstance(file, bytes) else str(file)


def _save(format_name: str, value: Any, target: Path) -> Saved:
    library = frame_library(value)
    if library is None:
        raise FormatError(f"the format `{format_name}` saves a table, not `{class_name(value)}`", hint="leave the format to Treadle")
    if library == "polars_lazy":
        about_class = class_name(value)
        value = value.collect(engine="streaming")
        about = {**_about(value, "polars"), "class": about_class}
        library = "polars"
    else:
        about = _about(value, library)
    small = _size(value, library) <= SMALL
    sink: Any = io.BytesIO() if small else str(target)
    try:
        _write(format_name, value, library, sink)
    except damage() as error:
        raise FormatError(
            f"the table cannot be written as `{format_name}`: {str(error).splitlines()[0][:200]}",
            hint="columns of Python objects have no place in a table",
        ) from error
    return Saved(format=format_name, data=sink.getvalue(), about=about) if small else Saved(format=format_name, path=target, about=about)


def _size(value: Any, library: str) -> int:
    if library == "polars":
        return int(value.estimated_size())
    return int(value.memory_usage(index=True, deep=False).sum()) if library == "pandas" else int(value.nbytes)


def _write(format_name: str, value: Any, library: str, sink: Any) -> None:
    if format_name == "csv":
        if library == "arrow":
            import pyarrow.csv

            pyarrow.csv.write_csv(value, sink)
        elif library == "polars":
            value.write_csv(sink)
        else:
            value.to_csv(sink, index=False)
        return
    if library == "polars":
        if format_name == "parquet":
            value.write_parquet(sink, compression="lz4")
        else:
            # the oldest level: text columns that pyarrow and pandas of every age can read
            value.write_ipc(sink, compression="uncompressed", compat_level=sys.modules["polars"].CompatLevel.oldest())
        return
    _write_arrow(format_name, value, library, sink)


def _write_arrow(format_name: str, value: Any, library: str, sink: Any) -> None:
    try:
        import pyarrow
        import pyarrow.parquet
    except ModuleNotFoundError as error:
        raise missing("pyarrow", "saving a pandas frame") from error
    if library == "pandas":
        index = value.index
        usual = type(index).__name__ == "RangeIndex" and index.start == 0 and index.step == 1 and index.name is None
        table = pyarrow.Table.from_pandas(value, preserve_index=None if usual else True)
    else:
        table = pyarrow.Table.from_batches([value]) if type(value).__name__ == "RecordBatch" else value
        table = table.replace_schema_metadata({**(table.schema.metadata or {}), _LIBRARY_MARK: "pyarrow"})
    if format_name == "parquet":
        pyarrow.parquet.write_table(table, sink, compression="lz4")
    else:
        with pyarrow.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)


def _about(value: Any, library: str) -> dict[str, Any]:
    if library == "arrow":
        columns, rows = {field.name: str(field.type) for field in value.schema}, value.num_rows
    elif library == "polars":
        columns, rows = {name: str(dtype) for name, dtype in value.schema.items()}, value.height
    else:
        columns, rows = {str(name): str(dtype) for name, dtype in value.dtypes.items()}, len(value)
    return described(value, {"arrow": "pyarrow"}.get(library, library), rows=rows, columns=columns)


def _describe(format_name: str, source: bytes | Path) -> dict[str, Any]:
    if find_spec("polars") is None:
        frame = load_table(format_name, source, "value")
        return {key: value for key, value in _about(frame, str(frame_library(frame))).items() if key in ("rows", "columns")}
    import polars

    lazy = load_table(format_name, source, "polars_lazy")
    with reading(format_name, source, late=damage):
        rows = int(lazy.select(polars.len()).collect().item())
        return {"rows": rows, "columns": {name: str(dtype) for name, dtype in lazy.collect_schema().items()}}


def _preview(format_name: str, source: bytes | Path, rows: int) -> Any:
    if find_spec("polars") is None:
        return rows_of(load_table(format_name, source, "value"), rows)
    lazy = load_table(format_name, source, "polars_lazy")
    with reading(format_name, source, late=damage):
        return rows_of(lazy.head(rows).collect(), rows)
