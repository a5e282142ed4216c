"""Names of data in projects of Valohai, by real runs: datums and their aliases, versions of datasets, models."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from treadle.valohai import identity, view

pytestmark = pytest.mark.skipif(not view.possible(), reason="this machine lets no ordinary process make namespaces")


def logs(project: Any, run: Any) -> str:
    said, _ = project.start("logs", str(run), errors="backslashreplace").communicate(timeout=60)
    return str(said)


def api(project: Any, operation: str, **request: Any) -> Any:
    return json.loads(project.treadle("api", operation, "--body", json.dumps(request), "--json").stdout)


MAKE = """
import json, os, sys
word = sys.argv[1]
open("/valohai/outputs/model.bin", "w").write(word * 3000)
said = {"valohai.alias": "model-prod", "valohai.tags": ["good"], "word": word}
json.dump(said, open("/valohai/outputs/model.bin.metadata.json", "w"))
"""

USE = """
import json
(file,) = json.load(open("/valohai/config/inputs.json"))["model"]["files"]
print(json.dumps({"word": open(file["path"]).read(1), "uri": file["uri"], "id": file.get("datum_id"), "said": file["metadata"][0]["word"]}))
print(file["name"], file["size"], file["checksums"]["md5"])
"""

DATUMS = """
- step:
    name: make
    image: python:3.11
    command: python make.py {parameter-value:word}
    parameters: [{name: word, type: string, default: a}]
- step:
    name: use
    image: python:3.11
    command: python use.py
    inputs: [{name: model, default: "datum://model-prod"}]
- pipeline:
    name: both
    nodes:
      - {name: make, type: execution, step: make}
      - {name: use, type: execution, step: use}
    edges:
      - [make.output.*.bin, use.input.model]
"""


@pytest.fixture
def datums(project: Any) -> Any:
    project.write("valohai.yaml", DATUMS)
    project.write("make.py", MAKE)
    project.write("use.py", USE)
    return project


def said_by(project: Any, run: Any) -> dict[str, Any]:
    """The metadata that a run has printed."""
    (kept,) = [one for one in project.get(str(run["id"]))["outputs"] if one["name"] == "@metadata"]
    found: dict[str, Any] = json.loads(base64.b64decode(kept["inline"]))
    return found


def test_an_alias_of_an_output_is_the_input_of_another_run(datums: Any) -> None:
    assert "no datum has the alias `model-prod`" in datums.treadle("run", "use", status=3).stderr
    first = datums.run("make", "-p", "word=a")
    second = datums.run("make", "-p", "word=b")
    (datum,) = api(datums, "data.datums", run=second["id"])["datums"]
    assert (datum["name"], datum["aliases"], datum["tags"], datum["size"]) == ("model.bin", ["model-prod"], ["good"], 3000)
    used = datums.run("use")
    told = said_by(datums, used)
    identifier = identity.uuid_of("datum", datum["id"])
    assert told == {"word": "b", "uri": f"datum://{identifier}", "id": identifier, "said": "b"}
    assert f"model.bin 3000 {datum['checksums']['md5']}" in logs(datums, used["id"])
    assert datums.get(str(used["id"]))["inputs"][0]["source"] == f"run://{second['id']}/model.bin"
    (old,) = api(datums, "data.datums", run=first["id"])["datums"]
    by_number = datums.run("use", "--input", f"model=datum://{identity.uuid_of('datum', old['id'])}")
    assert said_by(datums, by_number)["word"] == "a"
    api(datums, "data.set_datum_alias", alias="model-prod", datum=str(old["id"]))
    again = json.loads(datums.treadle("rerun", str(used["id"]), "--json", "--no-cache").stdout)
    assert said_by(datums, again)["word"] == "b"  # what the alias was when the first one was asked for
    told_near = datums.treadle("run", "use", "--input", "model=datum://model-prd", status=3).stderr
    assert "did you mean `datum://model-prod`?" in told_near


def test_what_comes_along_an_edge_is_a_datum_as_well(datums: Any) -> None:
    run = datums.run("both")
    make, use = sorted(run["children"], key=lambda one: one["id"])
    (datum,) = api(datums, "data.datums", run=make["id"])["datums"]
    assert said_by(datums, use)["id"] == identity.uuid_of("datum", datum["id"])


def test_among_very_many_outputs_those_with_an_alias_stay_findable(project: Any) -> None:
    project.write(
        "valohai.yaml",
        """
        - step:
            name: many
            image: busybox
            command:
              - cd /valohai/outputs; for i in $(seq 1 2100); do echo $i > $i.txt; done
              - echo '{"valohai.alias":"the-seventh"}' > 7.txt.metadata.json
        - step:
            name: use
            image: busybox
            command: cat /valohai/inputs/one/*
            inputs: [{name: one, default: "datum://the-seventh"}]
        """,
    )
    run = project.run("many")
    assert [one["name"] for one in run["outputs"] if not one["name"].startswith("@")] == ["7.txt", "outputs"]
    assert "\n7\n" in f"\n{logs(project, project.run('use')['id'])}"
