"""A notebook as a step: cells tagged `parameters` and `inputs` say what it takes, as papermill and Valohai's own extension have it.

The notebook is read, never executed, to learn that: the tagged cells assign literals to names. It is performed like any step of a
valohai.yaml, with a Jupyter kernel in the environment of its run, and what it has become is an output, also where a cell has failed.
"""

from __future__ import annotations

import ast
import importlib.resources
import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from valohai_yaml.objs.step import Step

from treadle.core.errors import DefinitionError

PROGRAM = "execute_notebook.py"
"""What performs a notebook within its run: a file among the run's config, because nothing of ours is in its view."""
PACKAGES = ("nbclient", "ipykernel")
"""What the run's environment has for it beside what its image promises."""
MOST_BYTES = 64 << 20
_TYPES = {bool: "flag", int: "integer", float: "float", str: "string"}


def step_of(file: Path, root: Path, image: str | None) -> Step:
    """The step that a notebook is. Raises DefinitionError naming cell and line of what cannot be understood."""
    where = str(file.relative_to(root))
    cells = _cells(file, where)
    parameters, inputs = [], []
    for name, value, place in _assigned(cells, "parameters", where):
        parameters.append(_parameter(name, value, place))
    for name, value, place in _assigned(cells, "inputs", where):
        inputs.append(_input(name, value, place))
    packages = "python -m pip install --quiet --disable-pip-version-check -r requirements.txt"
    performed = shlex.join(["python", f"/valohai/config/{PROGRAM}", where, f"/valohai/outputs/{file.name}"])
    return Step.parse(
        {
            "name": file.stem,
            "image": image or "python",
            "command": [packages, performed] if (root / "requirements.txt").is_file() else [performed],
            "parameters": parameters,
            "inputs": inputs,
        }
    )


def program() -> str:
    """The text of what performs a notebook."""
    return importlib.resources.files("treadle.valohai").joinpath(PROGRAM).read_text()


def _cells(file: Path, where: str) -> list[dict[str, Any]]:
    if file.stat().st_size > MOST_BYTES:
        raise DefinitionError(f"`{where}` is larger than {MOST_BYTES >> 20} MiB", where=where, hint="clear its outputs")
    try:
        cells = json.loads(file.read_bytes())["cells"]
        return [cell for cell in cells if isinstance(cell, dict)]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DefinitionError(
            f"`{where}` is no notebook: {error}", where=where, hint="jupyter nbconvert --to notebook --nbformat 4"
        ) from error


def _assigned(cells: list[dict[str, Any]], tag: str, where: str) -> Iterator[tuple[str, Any, str]]:
    """Names and literals that the cells with a tag assign, with their places."""
    for number, cell in enumerate(cells, 1):
        tags = (cell.get("metadata") or {}).get("tags") or []
        if cell.get("cell_type") != "code" or tag not in tags:
            continue
        source = cell.get("source") or ""
        text = source if isinstance(source, str) else "".join(source)
        place = f"{where}, cell {number}"
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError) as error:
            raise DefinitionError(f"the cell tagged `{tag}` is no Python: {error}", where=place) from error
        for statement in tree.body:
            target: ast.expr | None = None
            if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
                target = statement.targets[0]
            elif isinstance(statement, ast.AnnAssign):
                target = statement.target
            elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                continue  # words about it
            if not isinstance(target, ast.Name) or statement.value is None:  # type: ignore[attr-defined]
                raise DefinitionError(
                    f"the cell tagged `{tag}` holds more than names and their values",
                    where=f"{place}, line {statement.lineno}",
                    hint="name = 0.1",
                )
            try:
                yield target.id, ast.literal_eval(statement.value), f"{place}, line {statement.lineno}"  # type: ignore[attr-defined]
            except (ValueError, TypeError) as error:
                raise DefinitionError(
                    f"`{target.id}` in the cell tagged `{tag}` is no plain value",
                    where=f"{place}, line {statement.lineno}",
                    hint="name = 0.1",
                ) from error


def _parameter(name: str, value: Any, place: str) -> dict[str, Any]:
    listed = isinstance(value, list | tuple)
    sample = (value[0] if value else "") if listed else value
    kind = "string" if sample is None else _TYPES.get(type(sample))
    if kind is None or (listed and any(type(one) is not type(sample) for one in value)):
        raise DefinitionError(
            f"the parameter `{name}` is neither a number, a text, true or false, nor a list of one of them", where=place, hint="name = 0.1"
        )
    made: dict[str, Any] = {"name": name, "type": kind} | (
        {"optional": True} if value is None else {"default": list(value) if listed else value}
    )
    return made | ({"multiple": "repeat"} if listed else {})


def _input(name: str, value: Any, place: str) -> dict[str, Any]:
    addresses = (
        [value] if isinstance(value, str) else list(value) if isinstance(value, list | tuple) else None if value is None else [value]
    )
    if addresses is None or addresses == [""]:
        return {"name": name, "optional": True}
    if not all(isinstance(one, str) for one in addresses):
        raise DefinitionError(f"the input `{name}` is no address, nor a list of them", where=place, hint='name = "https://..."')
    return {"name": name, "default": addresses}
