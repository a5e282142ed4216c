"""A table fitted to the terminal: as wide as its cells, and where that is too wide, text goes on in further lines."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Collection, Sequence

import click

_GAP = "  "
_NARROWEST_FOLD = 24  # characters; a narrower column of text would be a pole of letters
_NARROWEST = 6
_ELLIPSIS = "…"
_COLOURED = re.compile(r"(\x1b\[[0-9;]*m)[^\x1b]*(\x1b\[0m)")


def laid_out(
    columns: Sequence[str], rows: Sequence[Sequence[str]], width: int, *, right: Collection[str], folds: Collection[str]
) -> list[str]:
    """The lines of a table. Cells may hold colours. Columns of `folds` are folded first; then the widest ones are cut."""
    wanted = [max(len(name), *(len(click.unstyle(row[at])) for row in rows)) for at, name in enumerate(columns)]
    widths = _fitted(wanted, width - len(_GAP) * (len(columns) - 1), [name in folds for name in columns])
    rights = [name in right for name in columns]
    lines = [click.style(_GAP.join(_padded(name, widths[at], rights[at]) for at, name in enumerate(columns)).rstrip(), bold=True)]
    for row in rows:
        cells = [_cell(text, widths[at], fold=columns[at] in folds) for at, text in enumerate(row)]
        for line in range(max(len(cell) for cell in cells)):
            parts = [_padded(cell[line] if line < len(cell) else "", widths[at], rights[at]) for at, cell in enumerate(cells)]
            lines.append(_GAP.join(parts).rstrip())
    return lines


def _fitted(wanted: Sequence[int], room: int, folds: Sequence[bool]) -> list[int]:
    """Widths that fit into the room: folded columns give first, then whichever is widest."""
    widths = list(wanted)
    for at, folded in enumerate(folds):
        if folded and (over := sum(widths) - room) > 0:
            widths[at] = max(min(widths[at], _NARROWEST_FOLD), widths[at] - over)
    while sum(widths) > room and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    return widths


def _cell(text: str, width: int, *, fold: bool) -> list[str]:
    """A cell's lines; a cell that is cut keeps its colour, one that is folded loses it."""
    plain = click.unstyle(text)
    if len(plain) <= width and "\n" not in plain:
        return [text]
    if fold:
        return [line for part in plain.splitlines() for line in textwrap.wrap(part, width, break_on_hyphens=False) or [""]]
    coloured = _COLOURED.fullmatch(text)
    front, back = (coloured[1], coloured[2]) if coloured else ("", "")
    return [f"{front}{plain.splitlines()[0][: width - 1]}{_ELLIPSIS}{back}"]


def _padded(text: str, width: int, right: bool) -> str:
    space = " " * max(0, width - len(click.unstyle(text)))
    return space + text if right else text + space
