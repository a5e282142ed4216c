"""What a window is compared with: the profile of the version that answered, or the window before; for slices, rows of the holdout."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from treadle.blobs import Blobs
from treadle.contract.data import Artifact
from treadle.contract.registry import ModelVersion
from treadle.core.errors import Damaged, MissingContent, UsageError
from treadle.data import manifest

if TYPE_CHECKING:
    import polars as pl

    from treadle.statistics.profile import Profile

MOST_ROWS = 200_000
"""Of a reference that consists of rows, so many at most are read."""
_KINDS = {".parquet": "parquet", ".pq": "parquet", ".csv": "csv", ".arrow": "arrow", ".feather": "arrow", ".ipc": "arrow"}
INPUT, OUTPUT = "in.", "out."
"""How inputs and outputs are told apart in recorded predictions, and in profiles of both."""


class Reference(NamedTuple):
    """`words` name it in reports. A part that is not there says in `missing` why, and how to get it."""

    words: str
    inputs: Profile | None
    outputs: Profile | None
    missing: str = ""


def reference_of(blobs: Blobs, version: ModelVersion) -> Reference:
    """The stored profile of a version. No row of its training data is read."""
    from treadle.statistics import profile

    words = f"the profile of {version.ref}"
    if version.profile is None:
        return Reference(words, None, None, f"{version.ref} has no profile of its data: {how_to_get_one(version)}")
    try:
        whole = profile.decode(blobs.read(version.profile))
    except MissingContent:
        return Reference(words, None, None, f"the profile of {version.ref} is no longer stored: {how_to_get_one(version)}")
    except UsageError as error:
        return Reference(words, None, None, f"the profile of {version.ref} cannot be read ({error.what}): {how_to_get_one(version)}")
    inputs, outputs = split(whole, version)
    return Reference(words, inputs, outputs, f"the profile of {version.ref} does not hold them: {how_to_get_one(version)}")


def how_to_get_one(version: ModelVersion) -> str:
    return f"treadle models check {version.ref} DECLARATION --training DATA --holdout DATA"


def split(whole: Profile, version: ModelVersion) -> tuple[Profile | None, Profile | None]:
    """Inputs and outputs of a profile of both. Columns are named as in recorded predictions; inputs may also stand under plain names."""
    signature = version.signature
    given = [column.name for column in signature.inputs] if signature else []
    answered = [column.name for column in signature.outputs] if signature else []
    inputs: dict[str, str] = {}
    outputs: dict[str, str] = {}
    for name in whole.columns:
        if name.startswith(OUTPUT):
            outputs[name.removeprefix(OUTPUT)] = name
        elif name.startswith(INPUT):
            inputs[name.removeprefix(INPUT)] = name
        elif name in given or (name not in answered and name != version.label):
            inputs.setdefault(name, name)
        elif name in answered:
            outputs.setdefault(name, name)
    return _part(whole, inputs, "in"), _part(whole, outputs, "out")


def _part(whole: Profile, names: Mapping[str, str], mark: str) -> Profile | None:
    if not names:
        return None
    columns = {name: whole.columns[of] for name, of in names.items()}
    return msgspec.structs.replace(whole, columns=columns, extra={}, basis=f"{whole.basis}/{mark}")


def only(profile: Profile, columns: Sequence[str], ignore: Sequence[str]) -> Profile | None:
    """The profile of those columns that are watched; None when there are none."""
    kept = {name: column for name, column in profile.columns.items() if (not columns or name in columns) and name not in ignore}
    if not kept:
        return None
    return profile if len(kept) == len(profile.columns) else msgspec.structs.replace(profile, columns=kept)


def rows_of(blobs: Blobs, artifact: Artifact | None) -> pl.DataFrame | None:
    """An artifact's rows, at most MOST_ROWS of them: of a table, or of the tables in a folder. None where there are none that can
    still be read."""
    import polars as pl

    if artifact is None:
        return None
    try:
        if not artifact.tree:
            data = artifact.inline if artifact.inline is not None else blobs.read(artifact.digest)
            return _table(artifact.format, data)
        frames: list[pl.DataFrame] = []
        for path, entry in sorted(manifest.decode(blobs.read(artifact.digest)).items()):
            frame = _table(_KINDS.get(PurePosixPath(path).suffix.lower(), ""), blobs.read(entry.digest))
            frames += [frame] if frame is not None else []
            if sum(map(len, frames)) >= MOST_ROWS:
                break
        return pl.concat(frames, how="diagonal_relaxed").head(MOST_ROWS) if frames else None
    except (MissingContent, Damaged, pl.exceptions.PolarsError):
        return None


def _table(kind: str, data: bytes) -> pl.DataFrame | None:
    import polars as pl

    if kind == "parquet":
        return pl.read_parquet(io.BytesIO(data), n_rows=MOST_ROWS)
    if kind == "csv":
        return pl.read_csv(io.BytesIO(data), n_rows=MOST_ROWS, try_parse_dates=True)
    return pl.read_ipc(io.BytesIO(data), n_rows=MOST_ROWS) if kind == "arrow" else None
