"""One object on a page: labelled sections, aligned on a terminal; in a pipe one line per fact, the label in its first column."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

import click

from treadle.cli import output

_LABEL = 13  # characters of the label's column
_GAP = "  "
_WIDEST = 44  # characters: a wider cell pushes what follows on its own line, not the whole column


class Sheet:
    """Collects sections of rows; `show` prints them."""

    def __init__(self, title: str) -> None:
        self.title = title
        self._sections: list[tuple[str, list[list[str]]]] = []

    def add(self, label: str, rows: Iterable[Sequence[Any]]) -> None:
        """A section of rows of cells; nothing is shown of a section without rows."""
        made = [["" if cell is None else str(cell) for cell in row] for row in rows]
        if made:
            self._sections.append((label, made))

    def line(self, label: str, *cells: Any) -> None:
        """A section of one row; nothing is shown when all of its cells are empty."""
        if any(cell not in (None, "") for cell in cells):
            self.add(label, [cells])

    def show(self) -> None:
        if output.is_terminal():
            self._show_aligned()
        else:
            for label, rows in self._sections:
                output.print_lines([label, *row] for row in rows)

    def _show_aligned(self) -> None:
        width = shutil.get_terminal_size().columns
        click.echo(self.title)
        for label, rows in self._sections:
            widths = _widths(rows)
            for at, row in enumerate(rows):
                head = click.style(f"{label if at == 0 else '':<{_LABEL}}", dim=True)
                for line, text in enumerate(_laid_out(row, widths, width - _LABEL)):
                    click.echo((head if line == 0 else " " * _LABEL) + text)


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    columns = max(len(row) for row in rows)
    return [
        max((length for row in rows if at < len(row) and (length := len(click.unstyle(row[at]))) <= _WIDEST), default=0)
        for at in range(columns)
    ]


def _laid_out(row: Sequence[str], widths: Sequence[int], room: int) -> list[str]:
    """A row as lines: cells padded to their columns, the last one folded where it does not fit."""
    while row and not row[-1]:
        row = row[:-1]
    if not row:
        return [""]
    front = "".join(cell + " " * max(0, width - len(click.unstyle(cell))) + _GAP for cell, width in zip(row[:-1], widths, strict=False))
    start = len(click.unstyle(front))
    last = row[-1]
    if start + len(click.unstyle(last)) <= room or room - start < 20:
        return [front + last]
    folded = textwrap.wrap(click.unstyle(last), room - start, break_on_hyphens=False, subsequent_indent="") or [""]
    return [front + folded[0], *(" " * start + line for line in folded[1:])]
