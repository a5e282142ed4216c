"""Spools of predictions as Parquet: one file for one spool, with a column for each input and output.

    python -m treadle.endpoint.shipping

A process of its own, because a table library takes more memory than everything else in a keeper together: it reads lines of JSON
{spool, target, endpoint, share} and answers each with a line: what the file holds, or the error.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import msgspec

from treadle.endpoint.births import ONE_THREAD
from treadle.endpoint.frames import read_all
from treadle.endpoint.routing import recorded

IDLE_SECONDS = 20.0


class Converter:
    """Keeps the converting process; it ends when it was idle for a while."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._used = 0.0

    def convert(self, spool: Path, target: Path, endpoint: str, share: float) -> dict[str, Any] | None:
        """Writes `target`; answers {rows, first, last, revisions}, or None for a spool without rows. Raises ValueError for one that
        cannot be read, OSError where the process ended."""
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "treadle.endpoint.shipping"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, **ONE_THREAD},
                process_group=0,  # Ctrl-C is the keeper's: it ships what is recorded before it leaves
            )
        self._used = time.monotonic()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked = {"spool": str(spool), "target": str(target), "endpoint": endpoint, "share": share}
        self._process.stdin.write(msgspec.json.encode(asked) + b"\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise OSError("the process that writes Parquet ended")
        said: dict[str, Any] = msgspec.json.decode(line)
        if "error" in said:
            raise ValueError(said["error"])
        return said if said["rows"] else None

    def rest(self, *, now: bool = False) -> None:
        """Ends the process when it is idle, or now."""
        if self._process is not None and (now or time.monotonic() - self._used > IDLE_SECONDS):
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            with contextlib.suppress(OSError):
                self._process.stdin.close()
            self._process.wait()
            self._process.stdout.close()
            self._process = None


def write(spool: Path, target: Path, endpoint: str, share: float) -> dict[str, Any]:
    """Writes the predictions of a spool as Parquet; answers how many rows, their first and last event time, rows per revision."""
    import polars

    about: dict[int, dict[str, Any]] = {}
    grouped: dict[tuple[int, bool, str, int], list[tuple[dict[str, Any], memoryview]]] = {}
    for header, body in read_all(spool.read_bytes()):
        if "revision" in header:
            about[header["revision"]] = header
        else:
            kind, width = header["w"][0], header["w"][1]
            grouped.setdefault((header["r"], header["m"], kind, width), []).append((header, body))
    tables = [_table(about.get(key[0], {}), key, frames) for key, frames in grouped.items()]
    if not tables:
        return {"rows": 0}
    whole = polars.concat(tables, how="diagonal_relaxed") if len(tables) > 1 else tables[0]
    if share < 1.0:
        keep = [recorded(endpoint, key if key is not None else id, share) for key, id in zip(whole["key"], whole["id"], strict=True)]
        whole = whole.filter(polars.Series(keep))
    if whole.height == 0:
        return {"rows": 0}
    whole.write_parquet(target, compression="zstd", compression_level=1)
    counts = whole["revision"].value_counts()
    return {
        "rows": whole.height,
        "first": whole["at"].min(),
        "last": whole["at"].max(),
        "revisions": {str(number): count for number, count in counts.iter_rows()},
    }


def _table(about: dict[str, Any], key: tuple[int, bool, str, int], frames: list[tuple[dict[str, Any], memoryview]]) -> Any:
    """The frames of one revision with one shape of answers as a table."""
    import polars

    number, matrix, kind, width = key
    requests = _requests(frames)
    counts = requests.pop("count")
    facts = polars.DataFrame([polars.Series(name, values, dtype=_kind(polars, name)) for name, values in requests.items()])
    if any(count != 1 for count in counts):
        facts = _a_row_each(facts, counts, frames)
    facts = facts.with_columns(polars.lit(number, dtype=polars.Int32).alias("revision"), polars.col("at").fill_null(polars.col("received")))
    inputs = _matrix_inputs(about, frames) if matrix else _table_inputs(about, frames)
    order = ("id", "key", "at", "received", "revision", "role", "latency", "error")
    return polars.DataFrame([*(facts[name] for name in order), *inputs, *_outputs(about, kind, width, frames)])


def _kind(polars: Any, name: str) -> Any:
    return polars.Float64 if name in ("at", "received", "latency") else polars.String


def _requests(frames: list[tuple[dict[str, Any], memoryview]]) -> dict[str, list[Any]]:
    """What is known of each request. Keys and times that came row by row are filled in where rows are made of requests."""
    found: dict[str, list[Any]] = {name: [] for name in ("id", "key", "at", "received", "role", "latency", "error", "count")}
    for header, _ in frames:
        found["id"] += header["i"]
        found["key"] += [(value[0] if len(value) == 1 else None) if type(value) is list else value for value in header["k"]]
        found["at"] += [(value[0] if len(value) == 1 else None) if type(value) is list else value for value in header["a"]]
        found["received"] += header["t"]
        found["role"] += header["o"]
        found["latency"] += header["l"]
        errors = header["w"][2]
        found["error"] += [errors.get(place) for place in range(len(header["c"]))] if errors else [None] * len(header["c"])
        found["count"] += header["c"]
    return found


def _a_row_each(facts: Any, counts: list[int], frames: list[tuple[dict[str, Any], memoryview]]) -> Any:
    """A row for each row of a request that had several."""
    import numpy as np
    import polars

    sizes = np.array(counts)
    ends = np.cumsum(sizes)
    within = np.arange(ends[-1]) - np.repeat(ends - sizes, sizes)
    rows = facts[np.repeat(np.arange(len(sizes)), sizes)].with_columns(
        polars.Series("_row", within), polars.Series("_many", np.repeat(sizes, sizes) > 1)
    )
    numbered = polars.concat_str([polars.col("id"), polars.lit("."), polars.col("_row").cast(polars.String)])
    rows = rows.with_columns(polars.when("_many").then(numbered).otherwise("id").alias("id")).drop("_row", "_many")
    for name, letter in (("key", "k"), ("at", "a")):
        if any(type(value) is list for header, _ in frames for value in header[letter]):
            values: list[Any] = []
            for header, _ in frames:
                for value, count in zip(header[letter], header["c"], strict=True):
                    values += value if type(value) is list else [value] * count
            rows = rows.with_columns(polars.Series(name, values, dtype=_kind(polars, name)))
    return rows


def _matrix_inputs(about: dict[str, Any], frames: list[tuple[dict[str, Any], memoryview]]) -> list[Any]:
    import numpy as np
    import polars

    named = about.get("inputs")
    blocks = [np.frombuffer(body[: header["b"]], dtype=np.float64).reshape(sum(header["c"]), -1) for header, body in frames]
    widest = len(named) if named else max(block.shape[1] for block in blocks)
    blocks = [b if b.shape[1] == widest else np.pad(b, ((0, 0), (0, widest - b.shape[1])), constant_values=np.nan) for b in blocks]
    values = np.concatenate(blocks)
    made = []
    for i in range(widest):
        name, kind = named[i] if named else (str(i), "float64")
        column = polars.Series(f"in.{name}", np.ascontiguousarray(values[:, i])).fill_nan(None)
        made.append(column.cast(polars.Int64) if kind == "int64" else column.cast(polars.Boolean) if kind == "boolean" else column)
    return made


def _table_inputs(about: dict[str, Any], frames: list[tuple[dict[str, Any], memoryview]]) -> list[Any]:
    import polars

    kinds = {"boolean": polars.Boolean, "int64": polars.Int64, "float64": polars.Float64, "string": polars.String}
    named = about.get("inputs") or []
    lists: list[list[Any]] = [[] for _ in named]
    for header, body in frames:
        at = 0
        for size in header["s"]:
            for column, values in zip(lists, msgspec.msgpack.decode(body[at : at + size]), strict=True):
                column += values
            at += size
    return [
        polars.Series(f"in.{name}", values, dtype=kinds.get(kind, polars.Float64))
        for (name, kind), values in zip(named, lists, strict=True)
    ]


def _outputs(about: dict[str, Any], kind: str, width: int, frames: list[tuple[dict[str, Any], memoryview]]) -> list[Any]:
    import numpy as np
    import polars

    if not kind:
        return []
    named: list[str] = about.get("outputs") or []
    if kind == "each":
        return _single_outputs(named, frames)
    names = named if len(named) == width else [str(i) for i in range(width)]
    if kind == "o":
        lists: list[list[Any]] = [[] for _ in range(width)]
        for header, body in frames:
            for column, values in zip(lists, msgspec.msgpack.decode(body[header["b"] :]), strict=True):
                column += values
        return [polars.Series(f"out.{name}", values, strict=False) for name, values in zip(names, lists, strict=True)]
    dtype = np.float64 if kind == "d" else np.int64
    values = np.concatenate([np.frombuffer(body[header["b"] :], dtype=dtype).reshape(-1, width) for header, body in frames])
    made = [polars.Series(f"out.{name}", np.ascontiguousarray(values[:, i])) for i, name in enumerate(names)]
    return [series.fill_nan(None) for series in made] if kind == "d" else made


def _single_outputs(named: list[str], frames: list[tuple[dict[str, Any], memoryview]]) -> list[Any]:
    """Batches that were asked request by request, because one of them raised: nulls where it did."""
    import polars

    rows: list[list[Any]] = []
    widest = 0
    for header, body in frames:
        for part, count in zip(msgspec.msgpack.decode(body[header["b"] :]), header["c"], strict=True):
            if part is None:
                rows += [[]] * count
                continue
            kind, width, data = part
            widest = max(widest, width)
            if kind == "o":
                rows += [list(row) for row in zip(*msgspec.msgpack.decode(data), strict=True)]
            else:
                flat = memoryview(data).cast(kind).tolist()
                rows += [flat[i * width : (i + 1) * width] for i in range(count)]
    names = named if len(named) == widest else [str(i) for i in range(widest)]
    return [polars.Series(f"out.{name}", [row[i] if i < len(row) else None for row in rows], strict=False) for i, name in enumerate(names)]


def main() -> None:
    os.nice(10)  # predictions come first; the record may wait a moment
    for line in sys.stdin.buffer:
        asked = msgspec.json.decode(line)
        try:
            said = write(Path(asked["spool"]), Path(asked["target"]), asked["endpoint"], asked["share"])
        except Exception as error:  # a spool that cannot be read must not stop those behind it: the keeper puts it aside, and says so
            said = {"error": f"{type(error).__name__}: {error}"}
        sys.stdout.buffer.write(msgspec.json.encode(said) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
