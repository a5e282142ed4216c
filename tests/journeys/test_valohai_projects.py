"""Twelve small projects, each in the style of a public one, performed as they are: what such repositories do is what must work.

Nothing of theirs is copied: each recreates what is peculiar about the way in which a repository uses the format.
"""

from __future__ import annotations

from typing import Any

import pytest

from treadle.valohai import view

pytestmark = pytest.mark.skipif(not view.possible(), reason="this machine lets no ordinary process make namespaces")


def made(project: Any, files: dict[str, str]) -> None:
    for name, text in files.items():
        project.write(name, text)


def names(run: Any) -> list[str]:
    return sorted(one["name"] for one in run.get("outputs", []) if not one["name"].startswith("@"))


def metrics(project: Any, run: Any) -> dict[str, float]:
    found = project.get(str(run["id"])).get("metrics", [])
    return {one["name"]: one["last"] for one in found if not one["name"].startswith("system/")}


def child(project: Any, run: Any, step: str) -> Any:
    return project.get(str(next(one["id"] for one in run["children"] if one["step"] == step)))


def said(project: Any, run: Any) -> str:
    return str(project.treadle("logs", str(run["id"])).stdout)


def test_a_shell_step_on_a_small_image(project: Any) -> None:
    made(project, {"valohai.yaml": "- step: {name: hello, image: busybox, command: echo Hello from $(pwd)}\n"})
    assert "Hello from /valohai/repository" in said(project, project.run("hello"))


def test_a_library_of_steps_with_parameters_and_an_optional_input(project: Any) -> None:
    yaml = """
    - step:
        name: say
        image: busybox
        command:
          - echo {parameters}
          - ls /valohai/inputs/extra || echo nothing given
          - echo done > /valohai/outputs/result.txt
        parameters:
          - {name: greeting, type: string, default: it's me}
          - {name: times, type: integer, pass-as: "-n {v}", optional: true}
        inputs:
          - {name: extra, optional: true}
    """
    made(project, {"valohai.yaml": yaml})
    run = project.run("say", "-p", "times=3")
    assert "--greeting=it's me -n 3" in said(project, run)
    assert "nothing given" in said(project, run)
    assert names(run) == ["result.txt"]


def test_metadata_from_an_echo_is_the_next_steps_parameter(project: Any) -> None:
    yaml = """
    - step:
        name: generate
        image: busybox
        command:
          - |
            echo '{"value":"12"}'
    - step:
        name: consume
        image: busybox
        command: echo "got {parameter-value:number}"
        parameters: [{name: number, type: integer, default: 1}]
    - pipeline:
        name: both
        nodes:
          - {name: first, type: execution, step: generate}
          - {name: second, type: execution, step: consume}
        edges:
          - [first.metadata.value, second.parameter.number]
    """
    made(project, {"valohai.yaml": yaml})
    run = project.run("both")
    assert "got 12" in said(project, child(project, run, "consume"))


def test_three_stages_whose_inputs_are_called_like_files(project: Any) -> None:
    stage = """
    - step:
        name: {0}
        image: python:3.9
        command: python {0}.py
        inputs: {1}
    """
    nodes = "".join(f"\n          - {{name: {name}, type: execution, step: {name}}}" for name in ("preprocess", "train", "evaluate"))
    yaml = (
        stage.format("preprocess", "[{name: passengers.csv}]")
        + stage.format("train", "[{name: clean.csv}]")
        + stage.format("evaluate", "[{name: model.pkl}, {name: clean.csv}]")
        + f"""
    - pipeline:
        name: titanic
        nodes:{nodes}
        edges:
          - [preprocess.output.clean.csv, train.input.clean.csv]
          - [preprocess.output.clean.csv, evaluate.input.clean.csv]
          - [train.output.model.pkl, evaluate.input.model.pkl]
    """
    )
    files = {
        "valohai.yaml": yaml.replace("[{name: passengers.csv}]", "[{name: passengers.csv, default: PLACE}]"),
        "preprocess.py": "rows = open('/valohai/inputs/passengers.csv/passengers.csv').read().split()\n"
        "open('/valohai/outputs/clean.csv', 'w').write('\\n'.join(r for r in rows if not r.endswith(',')))\n",
        "train.py": "import pickle\nrows = open('/valohai/inputs/clean.csv/clean.csv').read().split()\n"
        "pickle.dump({'women': 1, 'men': 0}, open('/valohai/outputs/model.pkl', 'wb'))\nprint('trained on', len(rows))\n",
        "evaluate.py": "import json, pickle\nmodel = pickle.load(open('/valohai/inputs/model.pkl/model.pkl', 'rb'))\n"
        "rows = [r.split(',') for r in open('/valohai/inputs/clean.csv/clean.csv').read().split()]\n"
        "print(json.dumps({'accuracy': sum(model[a] == int(b) for a, b in rows) / len(rows)}))\n",
    }
    table = project.write("data/passengers.csv", "women,1\nmen,0\nmen,1\nwomen,\n")
    project.environment["TREADLE_SHARED_FOLDERS"] = str(project.folder / "data")
    files["valohai.yaml"] = files["valohai.yaml"].replace("PLACE", f"file://{table}")
    made(project, files)
    run = project.run("titanic")
    assert metrics(project, child(project, run, "evaluate"))["accuracy"] == pytest.approx(2 / 3)


def test_a_tutorial_with_declared_outputs_and_an_input_folder_called_like_its_file(project: Any) -> None:
    yaml = """
    - step:
        name: split
        image: python:3.11-slim
        command: python split.py
        inputs: [{name: data.csv, filename: data.csv}]
        outputs: [{name: train.csv, description: the larger part}, {name: test.csv, description: the rest}]
    """
    code = """
    import os
    folder = os.path.join(os.environ["VH_INPUTS_DIR"], "data.csv")
    rows = open(os.path.join(folder, os.listdir(folder)[0])).read().split()
    for name, part in (("train.csv", rows[:3]), ("test.csv", rows[3:])):
        open(os.path.join(os.environ["VH_OUTPUTS_DIR"], name), "w").write("\\n".join(part))
    """
    made(project, {"valohai.yaml": yaml, "split.py": code, "odd name.csv": "1 2 3 4"})
    assert names(project.run("split", "--input", "data.csv=odd name.csv")) == ["test.csv", "train.csv"]


def test_argparse_a_folder_of_outputs_and_a_node_without_edges(project: Any) -> None:
    yaml = """
    - step:
        name: train
        image: python:3.11
        command:
          - pip install -q valohai-utils
          - python src/train.py {parameters}
        parameters:
          - {name: epochs, type: integer, default: 2}
          - {name: verbose, type: flag, default: true}
    - step:
        name: predict
        image: python:3.11
        command: ls -R /valohai/inputs/model
        inputs: [{name: model, keep-directories: suffix}]
    - step: {name: check, image: busybox, command: uname}
    - pipeline:
        name: tweets
        nodes:
          - {name: train, type: execution, step: train}
          - {name: predict, type: execution, step: predict}
          - {name: check, type: execution, step: check}
        edges:
          - [train.output.model*, predict.input.model]
    """
    code = """
    import argparse, os
    import valohai
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--verbose", action="store_true")
    given = parser.parse_args()
    with valohai.logger() as logger:
        for epoch in range(given.epochs):
            logger.log("epoch", epoch)
            logger.log("f1", 0.5 + epoch / 10)
    for name in ("model/weights.bin", "model/vocabulary.txt"):
        open(valohai.outputs("model").path(os.path.basename(name)), "w").write(name)
    """
    made(project, {"valohai.yaml": yaml, "src/train.py": code})
    run = project.run("tweets")
    train = child(project, run, "train")
    assert names(train) == ["model/vocabulary.txt", "model/weights.bin"]
    assert metrics(project, train) == {"f1": 0.6}  # the epoch is its step
    assert "weights.bin" in said(project, child(project, run, "predict"))
    assert child(project, run, "check")["state"] == "done"


def test_a_reference_by_alias_and_a_report_that_decides_what_follows(project: Any) -> None:
    yaml = """
    - step:
        name: reference
        image: busybox
        command:
          - echo 10 > /valohai/outputs/reference.csv
          - |
            echo '{"valohai.alias": "drift-reference"}' > /valohai/outputs/reference.csv.metadata.json
    - step:
        name: report
        image: busybox
        command:
          - then=$(cat /valohai/inputs/reference/*); now={parameter-value:now}
          - if [ $now -gt $then ]; then echo '{"drift":1}'; else echo '{"drift":0}'; fi
        parameters: [{name: now, type: integer, default: 5}]
        inputs: [{name: reference, default: "datum://drift-reference"}]
    - step: {name: retrain, image: busybox, command: echo retrained}
    - pipeline:
        name: watch
        parameters: [{name: now, default: 5, target: report.parameter.now}]
        nodes:
          - name: report
            type: execution
            step: report
            actions: [{when: node-complete, if: metadata.drift == 0, then: stop-pipeline}]
          - {name: retrain, type: execution, step: retrain}
        edges:
          - [report.dependency.any, retrain.dependency.any]
    """
    made(project, {"valohai.yaml": yaml})
    reference = project.run("reference")
    quiet = project.run("watch", "-p", "now=5", status=None)
    assert [one["step"] for one in quiet["children"]] == ["report"]
    drifted = project.run("watch", "-p", "now=11")
    assert {one["step"] for one in drifted["children"]} == {"report", "retrain"}
    assert child(project, drifted, "report")["inputs"][0]["producer"] == reference["id"]


LEARN = """
import json, sys
given = dict(word.lstrip("-").split("=") for word in sys.argv[1:])
score = {"drunkard": 0.1, "accountant": 0.5, "gambler": 0.7}[given["agent"]] - abs(float(given["rate"]) - 0.3)
for step in range(40):
    print(json.dumps({"step": step, "score": score * step / 39, "table": {"a": [step, step]}}))
"""


def test_one_step_with_choices_in_a_grid_and_in_a_bayesian_task(project: Any) -> None:
    yaml = """
    - step:
        name: learn
        image: python:3.11
        command: python learn.py {parameters}
        parameters:
          - {name: agent, type: string, default: gambler, choices: [drunkard, accountant, gambler]}
          - {name: rate, type: float, default: 0.1, min: 0, max: 1}
    - task:
        name: agents
        step: learn
        type: grid_search
        parameters:
          - {name: agent, style: multiple, rules: {items: [drunkard, accountant, gambler]}}
    - task:
        name: rates
        step: learn
        type: bayesian_tpe
        execution-count: 4
        optimization-target-metric: score
        optimization-target-value: 10
        parameters:
          - {name: rate, style: random, rules: {min: 0, max: 1, distribution: uniform, seed: 1}}
    """
    made(project, {"valohai.yaml": yaml, "learn.py": LEARN})
    grid = project.run("agents")
    assert sorted(one["parameters"]["agent"] for one in grid["children"]) == ["accountant", "drunkard", "gambler"]
    assert len(project.run("rates")["children"]) == 4
    assert "agent" in project.treadle("run", "learn", "-p", "agent=nobody", status=2).stderr


def test_a_virtual_environment_within_the_step_and_properties_of_many_files(project: Any) -> None:
    yaml = """
    - step:
        name: create
        image: ghcr.io/astral-sh/uv:python3.11-bookworm-slim
        command:
          - uv venv --quiet
          - source .venv/bin/activate
          - python create.py {parameters}
        parameters: [{name: files, type: integer, default: 3}]
    - step:
        name: count
        image: busybox
        command: ls /valohai/inputs/pictures | wc -l
        inputs: [{name: pictures, default: "dataset://pictures/first"}]
    """
    code = """
    import json, sys
    count = int(sys.argv[1].partition("=")[2])
    assert ".venv" in sys.prefix
    with open("/valohai/outputs/valohai.metadata.jsonl", "w") as lines:
        for number in range(count):
            open(f"/valohai/outputs/{number}.txt", "w").write(str(number))
            properties = {"label": number % 2, "valohai.dataset-versions": ["dataset://pictures/first"], "valohai.tags": ["made"]}
            lines.write(json.dumps({"file": f"{number}.txt", "metadata": properties}) + "\\n")
    """
    made(project, {"valohai.yaml": yaml, "create.py": code})
    run = project.get(str(project.run("create", "-p", "files=4")["id"]))
    assert {one["name"]: one["about"]["properties"]["label"] for one in run["outputs"] if one["name"].endswith(".txt")}["3.txt"] == 1
    assert "4" in said(project, project.run("count"))


def test_members_of_a_group_find_each_other(project: Any) -> None:
    yaml = """
    - step:
        name: sum
        image: python:3.11
        command: python member.py
    - task: {name: together, step: sum, type: distributed, execution-count: 2, parameters: []}
    """
    code = """
    import json, os, socket
    config = json.load(open("/valohai/config/distributed.json"))
    members = sorted(config["members"], key=lambda one: int(one["member_id"]))
    me, rank = config["self"], [one["member_id"] for one in members].index(config["self"]["member_id"])
    assert int(os.environ["VH_DIST_MEMBER_COUNT"]) == config["config"]["required_count"] == 2
    print(json.dumps({"rank": rank, "master": members[0]["network"]["local_ips"][0] != ""}))
    """
    made(project, {"valohai.yaml": yaml, "member.py": code})
    run = project.run("together")
    assert sorted(metrics(project, one)["rank"] for one in run["children"]) == [0.0, 1.0]


def test_commands_over_several_lines_and_parameters_given_many_times(project: Any) -> None:
    yaml = """
    - step:
        name: update
        image: python:3.11
        command: |
          cd tools
          python update.py \\
            --name {parameter-value:dataset} \\
            {parameter:exclude}
        parameters:
          - {name: dataset, default: cats and dogs}
          - {name: exclude, multiple: repeat, default: [a.png, b.png], pass-as: "--exclude={v}"}
    """
    made(project, {"valohai.yaml": yaml, "tools/update.py": "import sys\nprint(sys.argv[1:])\n"})
    assert "['--name', 'cats and dogs', '--exclude=a.png', '--exclude=b.png']" in said(project, project.run("update"))


def test_a_background_program_and_a_run_that_takes_too_long(project: Any) -> None:
    yaml = """
    - step:
        name: watched
        image: python:3.11
        command:
          - nohup python -c "import time; print('watching', flush=True); time.sleep(600)" &
          - python -c "import time; time.sleep(1)"
          - export DONE=yes
          - echo "done $DONE"
    - step:
        name: stuck
        image: busybox
        command: sleep 600
        time-limit: 2
    """
    made(project, {"valohai.yaml": yaml})
    assert "done yes" in said(project, project.run("watched"))
    assert project.run("stuck", status=1)["reason"] == "time limit"
