"""Notebooks as steps, performed by a real kernel in an environment of their own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from treadle.valohai import view

pytestmark = pytest.mark.skipif(not view.possible(), reason="this machine lets no ordinary process make namespaces")


def notebook(*cells: tuple[str, str]) -> str:
    """A notebook of code cells, each with a tag ("" for none)."""
    made = [
        {
            "cell_type": "code",
            "id": f"c{number}",
            "execution_count": None,
            "metadata": {"tags": [tag]} if tag else {},
            "outputs": [],
            "source": text,
        }
        for number, (tag, text) in enumerate(cells)
    ]
    about = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}, "language_info": {"name": "python"}}
    return json.dumps({"cells": made, "metadata": about, "nbformat": 4, "nbformat_minor": 5})


TRAIN = notebook(
    ("", "import json, os"),
    ("parameters", "rate = 0.1\nepochs: int = 2\nnames = ['a', 'b']\nloud = False"),
    ("inputs", "table = ''"),
    ("", "rows = open(table).read().split()\nprint(json.dumps({'rate': rate, 'rows': len(rows), 'loud': loud, 'names': '+'.join(names)}))"),
    ("", "open('/valohai/outputs/model.txt', 'w').write(str(rate * epochs))\nrate * epochs"),
)


def names(run: Any, where: str = "outputs") -> list[str]:
    return [one["name"] for one in run.get(where, []) if not one["name"].startswith("@")]


def test_a_notebook_takes_parameters_and_inputs_and_is_kept_with_its_outputs(project: Any, tmp_path: Path) -> None:
    project.write("work/train.ipynb", TRAIN)
    project.write("table.csv", "1 2 3")
    run = project.run("work/train.ipynb", "-p", "rate=0.5", "-p", "loud=true", "--input", "table=table.csv")
    assert run["step"] == "train"
    run = project.get(str(run["id"]))
    assert run["parameters"] == {"rate": 0.5, "epochs": 2, "names": ["a", "b"], "loud": True}
    assert {one["name"]: one["last"] for one in run["metrics"]} == {"rate": 0.5, "rows": 3.0, "loud": 1.0}
    assert sorted(names(run)) == ["model.txt", "train.ipynb"]
    kept = next(one for one in run["outputs"] if one["name"] == "train.ipynb")
    data = json.loads(project.treadle("api", "data.datums", "-f", f"run={run['id']}").stdout)["datums"]
    assert {one["name"] for one in data} == {"model.txt", "train.ipynb"}
    assert kept["size"] > 500
    assert project.run("work/train.ipynb", "-p", "rate=0.5", "-p", "loud=true", "--input", "table=table.csv")["reused_from"] == run["id"]


def test_a_cell_that_fails_is_named_and_the_notebook_is_kept(project: Any) -> None:
    project.write("bad.ipynb", notebook(("", "x = 1"), ("", "print('before')\nraise ValueError('broken here')"), ("", "x = 2")))
    run = project.run("bad.ipynb", status=1)
    said = project.treadle("logs", str(run["id"])).stdout
    assert "bad.ipynb, cell 2: ValueError: broken here" in said
    assert "before" in said
    assert names(project.get(str(run["id"])), "logged") == ["bad.ipynb"]


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("rate = compute()", "`rate` in the cell tagged `parameters` is no plain value"),
        ("import os", "more than names and their values"),
        ("rate = {'a': 1}", "the parameter `rate` is neither"),
        ("rate =", "is no Python"),
    ],
)
def test_what_cannot_be_understood_is_told_with_its_cell(project: Any, cell: str, words: str) -> None:
    project.write("odd.ipynb", notebook(("", "1"), ("parameters", cell)))
    done = project.treadle("run", "odd.ipynb", status=2)
    assert words in done.stderr
    assert "odd.ipynb, cell 2" in done.stderr
    project.write("none.ipynb", "{}")
    assert "is no notebook" in project.treadle("run", "none.ipynb", status=2).stderr
    assert "there is no notebook" in project.treadle("run", "missing.ipynb", status=2).stderr


def test_papermill_in_a_step_works_as_it_is(project: Any) -> None:
    project.write("train.ipynb", notebook(("parameters", "rate = 0.1"), ("", "import json\nprint(json.dumps({'rate': rate}))")))
    project.write(
        "valohai.yaml",
        """
        - step:
            name: notebook
            image: python:3.11
            command:
              - pip install -q papermill ipykernel
              - papermill -k python3 -f /valohai/config/parameters.json train.ipynb /valohai/outputs/done.ipynb --log-output
            parameters:
              - {name: rate, type: float, default: 0.25}
        """,
    )
    run = project.get(str(project.run("notebook")["id"]))
    assert names(run) == ["done.ipynb"]
