"""Rows of figures, and the tables made of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from measure import median

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


class Row(NamedTuple):
    """One measured thing. `values` are the repetitions, in `unit`; so are `floor` and `goal`."""

    work: str
    values: tuple[float, ...]
    unit: str = "CPU s"
    wall: tuple[float, ...] = ()
    memory: int = 0
    floor: float | None = None
    goal: float | None = None
    peers: str = ""

    @property
    def value(self) -> float:
        return median(self.values)


class PeerRow(NamedTuple):
    """One work of one peer, next to the same work of Treadle in the same run."""

    peer: str
    work: str
    cpu: tuple[float, ...]
    wall: tuple[float, ...]
    memory: int
    ours: float

    @property
    def ratio(self) -> float:
        return median(self.cpu) / self.ours


def figure(value: float) -> str:
    """Three digits, or what of them says something."""
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


def spread(values: Sequence[float]) -> str:
    """The median, and the least and the most when there were several."""
    if not values:
        return ""
    shown = figure(median(values))
    return shown if len(values) == 1 else f"{shown} ({figure(min(values))}-{figure(max(values))})"


def mebibytes(size: int) -> str:
    return f"{size / (1 << 20):,.0f}" if size else ""


def met(row: Row) -> str:
    if row.goal is None:
        return ""
    return "yes" if row.value <= row.goal else f"no: {row.value / row.goal:.2f} x"


def table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A Markdown table whose columns are aligned, so that it reads well where nobody renders it."""
    rows = [list(head), *map(list, lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"

    return "\n".join([line(rows[0]), "|" + "|".join("-" * (width + 2) for width in widths) + "|", *map(line, rows[1:])])


def own_table(rows: Iterable[Row]) -> str:
    return table(
        ("work", "measured", "unit", "wall s", "MiB", "floor", "goal", "met", "peers"),
        (
            (
                row.work,
                spread(row.values),
                row.unit,
                spread(row.wall),
                mebibytes(row.memory),
                "" if row.floor is None else figure(row.floor),
                "" if row.goal is None else figure(row.goal),
                met(row),
                row.peers,
            )
            for row in rows
        ),
    )


def peer_table(rows: Iterable[PeerRow]) -> str:
    return table(
        ("peer", "work", "CPU s", "wall s", "MiB", "Treadle CPU s", "peer / Treadle"),
        (
            (row.peer, row.work, spread(row.cpu), spread(row.wall), mebibytes(row.memory), figure(row.ours), f"{row.ratio:.1f} x")
            for row in rows
        ),
    )


def write_between(page: Path, content: str) -> None:
    """Replaces what stands between the two marks of the page."""
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{page.name} has no place for figures: {BEGIN} ... {END}")
    page.write_text(f"{before}{BEGIN}\n\n{content.strip()}\n\n{END}{after}", encoding="utf-8")
