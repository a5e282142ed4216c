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


VERSIONS = """
- step:
    name: make
    image: busybox
    command:
      - cd /valohai/outputs
      - echo {parameter-value:word} > a.csv
      - echo more > b.csv
      - echo {parameter-value:said} > a.csv.metadata.json
      - echo {parameter-value:said} > b.csv.metadata.json
    parameters:
      - {name: word, type: string, default: one}
      - {name: said, type: string, default: "{}"}
- step:
    name: use
    image: busybox
    command:
      - cd /valohai/inputs/data; for f in *; do echo "$f=$(cat $f)"; done
      - cat /valohai/config/inputs.json
    inputs: [{name: data, default: "dataset://flights/jan"}]
"""


def make(project: Any, word: str, key: str, **said: Any) -> Any:
    """A run whose two outputs say this of themselves."""
    return project.run("make", "-p", f"word={word}", "-p", f"said={json.dumps({key: said, 'word': word})}")


def test_outputs_become_a_version_with_a_name_that_others_take(project: Any) -> None:
    project.write("valohai.yaml", VERSIONS)
    key = "valohai.dataset-versions"
    first = make(project, "one", key, uri="dataset://flights/jan", targeting_aliases=["best"], **{"valohai.tags": ["raw"]})
    said = logs(project, project.run("use")["id"])
    assert "a.csv=one\nb.csv=more\n" in said
    assert '"metadata": [{' in said
    assert '"word": "one"' in said
    version = api(project, "data.version", ref="flights@jan")
    assert (version["number"], version["files"], version["aliases"], version["tags"], version["run"]) == (
        1,
        2,
        ["best"],
        ["raw"],
        first["id"],
    )
    clash = make(project, "two", key, uri="dataset://flights/jan")
    assert clash["state"] == "done"
    assert "treadle: warning: no version of dataset `flights` was made: `flights` has a version `jan` already" in logs(project, clash["id"])
    make(project, "three", key, **{"uri": "dataset://flights/feb", "from": "jan", "exclude": ["a.csv"], "targeting_aliases": ["best"]})
    for ref in ("feb", "best", "latest", "2"):
        assert "a.csv=three\nb.csv=more\n" in logs(project, project.run("use", "--input", f"data=dataset://flights/{ref}")["id"])
    refused = project.treadle("run", "use", "--input", "data=dataset://flights/fep", status=3).stderr
    assert "did you mean `dataset://flights@feb`?" in refused
    files = api(project, "data.files", ref="flights@jan")
    assert {one["path"] for one in files if one["datum"]} == {"a.csv", "b.csv"}


def test_outputs_become_one_version_of_a_model(project: Any) -> None:
    project.write("valohai.yaml", VERSIONS)
    key = "valohai.model-versions"
    first = make(project, "one", key, model_uri="model://churn/", model_version_tags=["small"], model_release_note="the first")
    make(project, "two", key, model_uri="model://churn/")
    version = api(project, "registry.version", ref="churn@v1")
    assert (version["stage"], version["run"], version["artifact"]["format"], version["card"]) == (
        "candidate",
        first["id"],
        "folder",
        {"release note": "the first"},
    )
    project.treadle("models", "approve", "churn@v1", "-m", "looks right")
    api(project, "registry.alias", model="churn", alias="champion", version=1)
    for ref, word in (("1", "one"), ("champion", "one"), ("latest", "two")):
        used = project.run("use", "--input", f"data=model://churn/{ref}")
        assert f"a.csv={word}\nb.csv=more\n" in logs(project, used["id"])
    assert project.get(str(used["id"]))["inputs"][0]["source"] == "model://churn@v2"


def test_what_failed_is_kept_and_takes_no_name(project: Any) -> None:
    said = {"valohai.alias": "a", "valohai.dataset-versions": "dataset://d/1", "valohai.model-versions": "model://m/"}
    project.write("said.json", json.dumps(said))
    project.write(
        "valohai.yaml",
        """
        - step:
            name: fails
            image: busybox
            command:
              - echo 1 > /valohai/outputs/a.csv
              - cp said.json /valohai/outputs/a.csv.metadata.json
              - exit 3
        """,
    )
    run = project.run("fails", status=1)
    (datum,) = api(project, "data.datums", run=run["id"])["datums"]
    assert (datum["name"], datum["properties"], "aliases" in datum) == ("a.csv", said, False)
    assert [api(project, name) for name in ("data.datum_aliases", "data.list", "registry.models")] == [[], [], []]
