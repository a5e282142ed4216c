"""`python execute_notebook.py NOTEBOOK RESULT`: performs a notebook in the environment of a run, with the run's parameters and inputs.

It knows nothing of Treadle, because nothing of it is here: values come from the run's config files. What cells print goes on to standard
output and error while they run. The notebook with all outputs is written to RESULT, also when a cell fails.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

CONFIG = os.environ.get("VH_CONFIG_DIR", "/valohai/config")


class Client(NotebookClient):  # type: ignore[misc]
    """Tells what is printed while it is printed."""

    def output(self, outs: Any, msg: Any, display_id: Any, cell_index: Any) -> Any:
        made = super().output(outs, msg, display_id, cell_index)
        if msg.get("msg_type") == "stream":
            stream = sys.stderr if msg["content"].get("name") == "stderr" else sys.stdout
            stream.write(msg["content"].get("text", ""))
            stream.flush()
        return made


def values() -> dict[str, dict[str, Any]]:
    """What is to be assigned, by the tag of the cell behind which it is: parameters as they are, inputs as the paths of their files."""
    with open(f"{CONFIG}/parameters.json", encoding="utf-8") as file:
        parameters = json.load(file)
    with open(f"{CONFIG}/inputs.json", encoding="utf-8") as file:
        inputs = json.load(file)
    paths = {name: [one["path"] for one in said["files"] if "path" in one] for name, said in inputs.items()}
    return {"parameters": parameters, "inputs": {name: found[0] if len(found) == 1 else found for name, found in paths.items()}}


def inject(notebook: Any) -> None:
    """Behind each tagged cell one that assigns the values of this run."""
    given = values()
    cells: list[Any] = []
    for cell in notebook.cells:
        cells.append(cell)
        for tag in ("parameters", "inputs"):
            if cell.cell_type == "code" and tag in cell.metadata.get("tags", []) and given[tag]:
                lines = [f"{name} = {value!r}" for name, value in given[tag].items()]
                added = nbformat.v4.new_code_cell("\n".join(["# the values of this run", *lines]))
                added.metadata["tags"] = [f"injected-{tag}"]
                if notebook.nbformat_minor < 5:
                    added.pop("id", None)
                cells.append(added)
    notebook.cells = cells


def main() -> int:
    source, target = sys.argv[1:3]
    notebook = nbformat.read(source, as_version=4)
    inject(notebook)
    folder = os.path.dirname(os.path.abspath(source))
    client = Client(notebook, timeout=None, kernel_name="python3", resources={"metadata": {"path": folder}})
    try:
        client.execute()
    except CellExecutionError as error:
        number = next((place for place, cell in enumerate(notebook.cells, 1) if failed(cell)), 0)
        print(f"{source}, cell {number}: {error.ename}: {error.evalue}", file=sys.stderr)
        print("\n".join(trace(notebook.cells[number - 1])) if number else "", file=sys.stderr)
        return 1
    except DeadKernelError:
        print(f"{source}: the kernel died", file=sys.stderr)
        return 1
    finally:
        nbformat.write(notebook, target)
    return 0


def failed(cell: Any) -> bool:
    return any(one.get("output_type") == "error" for one in cell.get("outputs", []))


def trace(cell: Any) -> list[str]:
    return [line for one in cell.outputs if one.get("output_type") == "error" for line in one.get("traceback", [])]


if __name__ == "__main__":
    sys.exit(main())
