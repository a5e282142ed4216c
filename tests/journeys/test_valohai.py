"""Projects of Valohai as they are, run on this machine: steps, pipelines, tasks, approvals, and what may go wrong.

Each project is one of the styles that public repositories have: commands as separate items, hard-coded folders, valohai-utils,
sidecar files, metadata that feeds the next step, optional inputs, flags, subfolders of outputs.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import psutil
import pytest

from treadle.valohai import view

pytestmark = pytest.mark.skipif(not view.possible(), reason="this machine lets no ordinary process make namespaces")


def logs(project: Any, run: Any) -> str:
    said, _ = project.start("logs", str(run), errors="backslashreplace").communicate(timeout=60)
    return str(said)


def names(run: Any, where: str = "outputs") -> list[str]:
    return [one["name"] for one in run.get(where, []) if not one["name"].startswith("@")]


def children(run: Any) -> dict[str, Any]:
    return {one["step"]: one for one in run["children"]}


PROJECT = """
- step:
    name: preprocess
    image: python:3.11
    command:
      - export MODE=fast
      - cd src
      - echo "mode $MODE in $(pwd)"
      - python preprocess.py {parameters}
    parameters:
      - {name: rows, type: integer, default: 4}
      - {name: verbose, type: flag, default: true}
    inputs:
      - {name: extra, optional: true}
- step:
    name: train
    image: python:3.11
    command: python src/train.py {parameters}
    parameters:
      - {name: lr, type: float, default: 0.1}
    inputs:
      - {name: prepared, filename: data.csv}
- step:
    name: evaluate
    image: busybox
    command:
      - cat /valohai/inputs/model/model.bin | wc -c
      - ls -R $VH_INPUTS_DIR
    inputs:
      - {name: model}
      - {name: prepared}
- pipeline:
    name: all
    parameters:
      - {name: how-many, default: 6, target: prep.parameter.rows}
    nodes:
      - {name: prep, type: execution, step: preprocess}
      - {name: train, type: execution, step: train}
      - {name: evaluate, type: execution, step: evaluate}
    edges:
      - [prep.output.*.csv, train.input.prepared]
      - [prep.metadata.suggested, train.parameter.lr]
      - [train.output.model*, evaluate.input.model]
      - [train.input.prepared, evaluate.input.prepared]
"""

PREPROCESS = """
import argparse, json, os
parser = argparse.ArgumentParser()
parser.add_argument("--rows", type=int)
parser.add_argument("--verbose", action="store_true")
given = parser.parse_args()
open("/valohai/outputs/data.csv", "w").write("x\\n" * given.rows)
json.dump({"valohai.tags": ["small"], "color": "red"}, open("/valohai/outputs/data.csv.metadata.json", "w"))
print(json.dumps({"rows": given.rows, "verbose": given.verbose, "suggested": 0.5}))
"""

TRAIN = """
import json, os, sys
rows = open("/valohai/inputs/prepared/data.csv").read().count("x")
config = json.load(open("/valohai/config/inputs.json"))
print(json.dumps({"seen": rows, "color": config["prepared"]["files"][0]["metadata"][0]["color"], "lr": sys.argv[1]}))
os.makedirs("/valohai/outputs/sub")
open("/valohai/outputs/model.bin", "wb").write(bytes(10_000))
open("/valohai/outputs/sub/notes.txt", "w").write("n")
"""


@pytest.fixture
def flights(project: Any) -> Any:
    project.write("valohai.yaml", PROJECT)
    project.write("src/preprocess.py", PREPROCESS)
    project.write("src/train.py", TRAIN)
    return project


def test_a_step_runs_as_it_is_and_an_equal_one_is_reused(flights: Any) -> None:
    run = flights.run("preprocess", "-p", "rows=5")
    assert names(run) == ["data.csv"]
    found = {one["name"]: one["last"] for one in flights.get(str(run["id"]))["metrics"]}
    assert (found["rows"], found["verbose"], found["suggested"]) == (5.0, 1.0, 0.5)
    assert "mode fast in /valohai/repository/src" in logs(flights, run["id"])
    assert flights.run("preprocess", "-p", "rows=5")["reused_from"] == run["id"]
    flights.write("src/train.py", TRAIN + "\n# another step's file, which any step may open\n")
    assert "reused_from" not in flights.run("preprocess", "-p", "rows=5")


def test_a_pipeline_carries_files_values_and_inputs_along_its_edges(flights: Any) -> None:
    run = flights.run("all", "-p", "how-many=7")
    steps = children(run)
    assert {name: one["state"] for name, one in steps.items()} == {"preprocess": "done", "train": "done", "evaluate": "done"}
    train = flights.get(str(steps["train"]["id"]))
    assert (train["parameters"]["lr"], names(train)) == (0.5, ["model.bin", "sub/notes.txt"])
    assert (train["tags"]["color"], train["tags"]["lr"]) == ("red", "--lr=0.5")
    assert train["inputs"][0]["producer"] == steps["preprocess"]["id"]
    said = logs(flights, steps["evaluate"]["id"])
    assert "10000" in said
    assert "data.csv" in said
    again = flights.run("all", "-p", "how-many=7")
    assert all(one["reused_from"] for one in again["children"])


def test_what_is_wrong_is_told_before_anything_runs(flights: Any) -> None:
    assert "nothing to say against it" in flights.treadle("lint").stdout
    assert "did you mean `train`?" in flights.treadle("run", "trian", status=2).stderr
    assert "no parameter `row`" in flights.treadle("run", "preprocess", "-p", "row=1", status=2).stderr
    assert "nothing provides it" in flights.treadle("run", "train", status=2).stderr
    flights.write("valohai.yaml", PROJECT.replace("prep.output.*.csv", "pre.output.*.csv"))
    said = flights.treadle("lint", status=1).stdout
    assert "valohai.yaml:41: error" in said
    assert "did you mean `prep`?" in said
    assert "names the node `pre`" in flights.treadle("run", "all", status=2).stderr


def test_two_runs_that_name_the_same_folder_never_meet(project: Any, until: Callable[..., Any]) -> None:
    """Each writes its own word, waits until the other has written, and reads what lies there."""
    with HTTPServer(("127.0.0.1", 0), _Meeting) as server:
        server.met = set()  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        project.write(
            "valohai.yaml",
            f"""
            - step:
                name: write
                image: python:3.11
                command: python meet.py {{parameter-value:word}} {server.server_port}
                parameters: [{{name: word, type: string}}]
            """,
        )
        project.write(
            "meet.py",
            """
            import os, sys, time, urllib.request
            open("/valohai/outputs/word.txt", "w").write(sys.argv[1])
            open("/tmp/word.txt", "w").write(sys.argv[1])
            while urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[2]}/{sys.argv[1]}").read() != b"2":
                time.sleep(0.02)
            print("read", open("/valohai/outputs/word.txt").read(), open("/tmp/word.txt").read(), os.listdir("/valohai/outputs"))
            """,
        )
        first = project.start("run", "write", "-p", "word=one", "--json")
        second = project.start("run", "write", "-p", "word=two", "--json")
        for process, word in ((first, "one"), (second, "two")):
            run = json.loads(process.communicate(timeout=120)[0])
            assert f"read {word} {word} ['word.txt']" in logs(project, run["id"])
        server.shutdown()


class _Meeting(BaseHTTPRequestHandler):
    """Answers how many different callers there have been."""

    def do_GET(self) -> None:
        self.server.met.add(self.path)  # type: ignore[attr-defined]
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(len(self.server.met)).encode())  # type: ignore[attr-defined]

    def log_message(self, *_: Any) -> None:
        return


def test_a_hostile_project_reaches_nothing_but_its_own_folders(project: Any, tmp_path: Path) -> None:
    project.environment["A_SECRET"] = "s3cr3t-word"
    (project.folder / ".treadle").mkdir(exist_ok=True)
    (tmp_path / "mine.txt").write_text("private")
    project.write(
        "valohai.yaml",
        f"""
        - step:
            name: look
            image: busybox
            command:
              - env
              - cat {tmp_path}/mine.txt || echo no file
              - ls {project.folder}/.treadle/blobs || echo no home
              - mkdir -p {tmp_path} && echo x > {tmp_path}/written
              - (echo x > /usr/written) 2>/dev/null || echo cannot write system
              - (echo x > /valohai/inputs/written) 2>/dev/null || echo cannot write inputs
              - cat /proc/{os.getpid()}/environ 2>/dev/null || echo no process
              - ln -s {tmp_path}/mine.txt /valohai/outputs/link
        - step:
            name: mounts
            image: busybox
            command: "true"
            mounts: ["{tmp_path}:/data"]
        - step:
            name: file
            image: busybox
            command: "true"
            inputs: [{{name: data, default: "file://{tmp_path}/mine.txt"}}]
        """,
    )
    run = project.run("look")
    said = logs(project, run["id"])
    for words in ("no file", "no home", "cannot write system", "cannot write inputs", "no process"):
        assert words in said, said
    assert "s3cr3t-word" not in said
    assert not (tmp_path / "written").exists()
    assert names(run) == []
    for step in ("mounts", "file"):
        ended = project.run(step, status=1)
        assert "TREADLE_SHARED_FOLDERS" in ended["error"]["hint"]
    project.environment["TREADLE_SHARED_FOLDERS"] = str(tmp_path)
    assert project.run("mounts")["state"] == "done"
    assert project.run("file")["state"] == "done"


FAULTS = r"""
- step:
    name: fails
    image: busybox
    command:
      - echo kept > /valohai/outputs/kept.txt
      - "false"
      - echo never
- step:
    name: background
    image: busybox
    command:
      - nohup sleep 1000 &
      - |
        echo '{"half": '
      - |
        printf '\377\376 {"bad"\n'
      - |
        echo '{"value":"12"}'
      - mkfifo /valohai/outputs/pipe
- step:
    name: silent
    image: busybox
    command: [sleep 1000]
    no-output-timeout: 1
- step:
    name: stubborn
    image: busybox
    command:
      - trap '' TERM
      - echo up > /valohai/outputs/before.txt
      - echo ready
      - while true; do sleep 1; done
- step:
    name: early
    image: python:3.11
    command: |
      python -c "import json, time
      for i in range(100000):
        print(json.dumps({'loss': 1 / (i + 1)}), flush=True)
        time.sleep(0.01)"
    stop-condition: metadata.loss < 0.2
- step:
    name: many
    image: python:3.11
    command:
      - |
        python -c "[open(f'/valohai/outputs/{i}.txt', 'w').write(str(i)) for i in range(2500)]"
- step:
    name: few
    image: busybox
    command: ls /valohai/inputs/some | wc -l
    inputs: [{name: some}]
- step:
    name: live
    image: busybox
    command:
      - echo complete > /valohai/outputs/live.txt
      - chmod 0444 /valohai/outputs/live.txt
      - while test -e /valohai/outputs/live.txt; do sleep 0.1; done
      - echo it was taken
- step:
    name: shebang
    image: python:3.11
    command: |
      #!/usr/bin/env python3
      print("python itself")
- step:
    name: unknown
    image: corp.example/private:1
    command: "true"
- pipeline:
    name: lots
    nodes:
      - {name: many, type: execution, step: many}
      - {name: few, type: execution, step: few}
    edges:
      - [many.output.1*.txt, few.input.some]
"""


def test_commands_that_misbehave(project: Any) -> None:
    project.write("valohai.yaml", FAULTS)
    fails = project.run("fails", status=1)
    assert (fails["error"]["exit"], names(project.get(str(fails["id"])), "logged")) == (1, ["kept.txt"])
    assert "never" not in logs(project, fails["id"])
    background = project.run("background")
    assert {one["name"]: one["last"] for one in background["metrics"]} == {"value": 12.0}
    assert not [one for one in psutil.process_iter(["cmdline"]) if one.info["cmdline"] == ["sleep", "1000"]]
    assert "is no file of its own" in logs(project, background["id"])
    silent = project.run("silent", status=1)
    assert (silent["error"]["kind"], "no-output-timeout" in silent["error"]["message"]) == ("time", True)
    early = project.run("early")
    assert (early["state"], "stopped early" in logs(project, early["id"])) == ("done", True)
    assert "it was taken" in logs(project, project.run("live")["id"])
    assert "python itself" in logs(project, project.run("shebang")["id"])
    assert "TREADLE_IMAGES" in project.run("unknown", status=1)["error"]["hint"]
    project.environment["TREADLE_IMAGES"] = "corp.example/*=-"
    assert project.run("unknown")["state"] == "done"


def test_very_many_outputs_are_one_folder_and_edges_look_into_it(project: Any) -> None:
    project.write("valohai.yaml", FAULTS)
    run = project.run("lots")
    steps = children(run)
    many = project.get(str(steps["many"]["id"]))
    assert [(one["name"], one["about"]["files"]) for one in many["outputs"] if not one["name"].startswith("@")] == [("outputs", 2500)]
    assert "1111" in logs(project, steps["few"]["id"])


def test_a_run_that_is_stopped_keeps_what_it_had_made(project: Any, until: Callable[..., Any]) -> None:
    project.write("valohai.yaml", FAULTS)
    process = project.start("run", "stubborn", "--json")
    until(lambda: "ready" in project.treadle("logs", "@-1", status=None).stdout)
    process.send_signal(signal.SIGINT)
    run = json.loads(process.communicate(timeout=60)[0])
    assert (run["state"], names(project.get(str(run["id"])), "logged")) == ("stopped", ["before.txt"])


TASKS = """
- step:
    name: fit
    image: busybox
    command:
      - SCORE=$(expr {parameter-value:a} \\* {parameter-value:b})
      - echo "{\\"score\\":$SCORE}"
      - echo $SCORE > /valohai/outputs/score-{parameter-value:a}-{parameter-value:b}.txt
    parameters:
      - {name: a, type: integer, default: 1}
      - {name: b, type: integer, default: 2}
- step:
    name: list
    image: busybox
    command: "echo '{\\"wanted\\": [1, 2, 3]}'"
- step:
    name: gather
    image: busybox
    command: ls /valohai/inputs/scores
    inputs: [{name: scores}]
- task:
    name: grid
    step: fit
    parameters:
      - {name: a, style: multiple, rules: {items: [1, 2]}}
      - {name: b, style: linear, rules: {start: 3, end: 5, step: 2}}
- task:
    name: search
    step: fit
    type: bayesian_tpe
    execution-count: 6
    execution-batch-size: 2
    optimization-target-metric: score
    parameters:
      - {name: a, style: linear, rules: {start: 1, end: 9, step: 1}}
- pipeline:
    name: spread
    nodes:
      - {name: list, type: execution, step: list}
      - name: fit
        type: task
        step: fit
        actions:
          - {when: node-starting, then: require-approval}
      - {name: gather, type: execution, step: gather}
    edges:
      - [list.metadata.wanted, fit.parameter.a]
      - [fit.output.score-*, gather.input.scores]
- pipeline:
    name: guarded
    nodes:
      - name: fit
        type: execution
        step: fit
        actions:
          - {when: node-complete, if: metadata.score < 5, then: error-pipeline}
      - {name: gather, type: execution, step: gather}
    edges:
      - [fit.output.*, gather.input.scores]
"""


def best_of(run: Any) -> Any:
    return json.loads(base64.b64decode(run["outputs"][0]["inline"]))


def test_tasks_grid_and_bayesian(project: Any) -> None:
    project.write("valohai.yaml", TASKS)
    grid = best_of(project.run("grid"))
    assert sorted((one["parameters"]["a"], one["parameters"]["b"]) for one in grid["trials"]) == [(1, 3), (1, 5), (2, 3), (2, 5)]
    search = best_of(project.run("search"))
    assert len(search["trials"]) == 6
    assert search["values"]["score"] == max(one["values"]["score"] for one in search["trials"])


def test_a_list_spreads_over_a_task_that_somebody_approves(project: Any, until: Callable[..., Any]) -> None:
    project.write("valohai.yaml", TASKS)
    process = project.start("run", "spread", "--json")

    def waiting() -> Any:
        shown = project.treadle("show", "@-1", "--json", status=None)
        found = json.loads(shown.stdout).get("children", []) if shown.returncode == 0 else []
        return next((one for one in found if one["kind"] == "approval" and one["state"] == "queued"), None)

    approval = until(waiting)
    assert approval["waits_for"] == f"somebody's yes: treadle approve {approval['id']} -m WORDS"
    assert "waits for no approval" in project.treadle("approve", "1", "-m", "no", status=None).stderr
    project.treadle("approve", str(approval["id"]), "-m", "looks right")
    run = json.loads(process.communicate(timeout=120)[0])
    steps = children(run)
    assert {name: one["state"] for name, one in steps.items()} == {"list": "done", "approve fit": "done", "fit": "done", "gather": "done"}
    assert logs(project, steps["gather"]["id"]).split() == ["score-1-2.txt", "score-2-2.txt", "score-3-2.txt"]
    refused = project.start("run", "spread", "--json")
    project.treadle("reject", str(until(waiting)["id"]), "-m", "not today")
    ended = json.loads(refused.communicate(timeout=120)[0])
    assert (ended["state"], "was not approved" in ended["error"]["message"]) == ("failed", True)


def test_a_condition_ends_a_pipeline(project: Any) -> None:
    project.write("valohai.yaml", TASKS)
    run = project.run("guarded", status=1)
    assert "metadata.score < 5" in run["error"]["message"]
    assert list(children(run)) == ["fit"]


def test_valohai_utils_works_unchanged(project: Any) -> None:
    """The library itself, in the run's environment: parameters, inputs, outputs, logger, properties, a dataset of outputs."""
    project.write(
        "valohai.yaml",
        """
        - step:
            name: make
            image: python:3.11
            command:
              - pip install -q valohai-utils
              - python make.py {parameters}
            parameters: [{name: rows, type: integer, default: 3}]
            inputs: [{name: words}]
        - step:
            name: use
            image: busybox
            command: cat /valohai/inputs/data/table.csv
            inputs: [{name: data, default: "dataset://numbers/latest"}]
        """,
    )
    project.write(
        "make.py",
        """
        import valohai
        valohai.prepare(step="make", default_parameters={"rows": 1}, default_inputs={"words": ""})
        text = open(valohai.inputs("words").path()).read()
        with open(valohai.outputs().path("table.csv"), "w") as file:
            file.write(text * valohai.parameters("rows").value)
        with valohai.logger() as logger:
            logger.log("rows", valohai.parameters("rows").value)
        with valohai.output_properties() as properties:
            properties.add(file="table.csv", properties={"kind": "table"})
            properties.add_to_dataset(file="table.csv", dataset_version=properties.dataset_version_uri("numbers", "first"))
        print("execution", valohai.execution().config.id)
        """,
    )
    (project.folder / "given.txt").write_text("word\n")
    run = project.run("make", "-i", "words=given.txt")
    made = {one["name"]: one for one in run["outputs"]}
    assert made["table.csv"]["about"]["properties"]["kind"] == "table"
    assert {one["name"]: one["last"] for one in run["metrics"]}["rows"] == 3.0
    assert "execution 7ead1e00-0002-8000-8000-" in logs(project, run["id"])
    used = project.run("use")
    assert logs(project, used["id"]) == "word\nword\nword\n"


def test_an_input_that_changed_at_its_source_is_told(project: Any) -> None:
    class Source(BaseHTTPRequestHandler):
        data = b"one"

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("ETag", self.data.hex())
            self.end_headers()
            self.wfile.write(self.data)

        def log_message(self, *_: Any) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Source) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/data.txt"
        project.write(
            "valohai.yaml",
            f"- step:\n    name: read\n    image: busybox\n    command: cat /valohai/inputs/data/data.txt\n"
            f"    inputs: [{{name: data, default: '{address}'}}]\n",
        )
        assert logs(project, project.run("read")["id"]) == "one"
        Source.data = b"two"
        second = project.run("read")
        assert "reused_from" not in second
        assert "has changed since it was last used here" in logs(project, second["id"])
        server.shutdown()
    gone = project.run("read", status=1)
    assert "cannot be fetched" in gone["error"]["message"]


def test_a_node_may_come_from_another_commit(project: Any) -> None:
    def git(*words: str) -> str:
        person = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        done = subprocess.run(["git", *person, *words], cwd=project.folder, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    step = "- step:\n    name: say\n    image: busybox\n    command: cat word.txt\n"
    git("init", "-q")
    project.write("valohai.yaml", step)
    project.write("word.txt", "old\n")
    git("add", "valohai.yaml", "word.txt")
    git("commit", "-qm", "first")
    commit = git("rev-parse", "HEAD")
    project.write("word.txt", "new\n")
    nodes = f"[{{name: now, type: execution, step: say}}, {{name: then, type: execution, step: say, commit: {commit}}}]"
    project.write("valohai.yaml", step + f"- pipeline:\n    name: both\n    nodes: {nodes}\n    edges: []\n")
    run = project.run("both")
    said = sorted(logs(project, one["id"]).strip() for one in run["children"])
    assert said == ["new", "old"]


MORE = """
- step:
    name: secret
    image: busybox
    command: echo "it is $KEY and $MODE"
    environment-variables: [{name: MODE, default: slow}]
    environment-variable-groups: [team]
- step:
    name: member
    image: python:3.11
    command:
      - |
        python -c "import json; d = json.load(open('/valohai/config/distributed.json')); print(d['self']['member_id'], len(d['members']))"
      - echo "$VH_DIST_MEMBER_INDEX of $VH_DIST_MEMBER_COUNT"
    parameters: [{name: rate, type: float, default: 0.5, pass-as: "-r {v}"}]
- task:
    name: group
    step: member
    type: distributed
    execution-count: 2
    parameters: []
- step:
    name: show
    image: busybox
    command:
      - cd /valohai/inputs && find . -type f | sort
      - echo {parameters}
    parameters:
      - {name: note, default: it's}
      - {name: quiet, type: flag, pass-true-as: -q, default: true}
    inputs:
      - {name: tree, keep-directories: suffix, optional: true}
      - {name: data, optional: true}
- step:
    name: once
    image: busybox
    command: echo tried; false
- step:
    name: give
    image: busybox
    command: echo 1 > /valohai/outputs/given.txt
- pipeline:
    name: merged
    nodes:
      - {name: give, type: execution, step: give}
      - name: show
        type: execution
        step: show
        edge-merge-mode: append
        override:
          parameters: [{name: note, default: other}]
          inputs: [{name: data, default: "file://FOLDER/tree/a/own.txt"}]
      - {name: once, type: execution, step: once, on-error: retry}
      - {name: never, type: execution, step: give}
    edges:
      - [give.output.*, show.input.data]
      - [show.dependency.x, once.dependency.x]
      - [once.dependency.x, never.dependency.x]
"""


def test_secrets_groups_directories_merging_and_retries(project: Any) -> None:
    project.write("valohai.yaml", MORE.replace("FOLDER", str(project.folder)))
    project.write("tree/a/own.txt", "own")
    project.write("tree/b/deep/other.txt", "other")
    assert "write lines NAME=VALUE" in project.run("secret", status=1)["error"]["hint"]
    project.write(".treadle/secrets/team.env", "# of the team\nKEY=open-sesame\n")
    said = logs(project, project.run("secret", "-e", "MODE=fast")["id"])
    assert said == "it is *********** and fast\n"
    group = project.run("group")
    words = sorted(logs(project, one["id"]) for one in group["children"])
    assert words == ["0 2\n0 of 2\n", "1 2\n1 of 2\n"]
    project.environment["TREADLE_SHARED_FOLDERS"] = str(project.folder)
    shown = project.run("show", "-i", f"tree=file://{project.folder}/tree/**/*.txt")
    assert logs(project, shown["id"]).splitlines() == ["./tree/a/own.txt", "./tree/b/deep/other.txt", "--note=it's -q"]
    merged = project.run("merged", status=1)
    steps = children(merged)
    assert logs(project, steps["show"]["id"]).splitlines() == ["./data/given.txt", "./data/own.txt", "--note=other -q"]
    assert len(project.get(str(steps["once"]["id"]))["attempts"]) == 3
    assert [one["step"] for one in merged["children"]].count("give") == 1


def test_a_script_says_its_status_and_fetches_inputs_on_demand(project: Any) -> None:
    """An unmodified valohai-utils asks the run's own door, which knows nothing but this run."""
    asked: list[str] = []

    class Source(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200 if self.path == "/words.txt" else 404)
            self.end_headers()
            self.wfile.write(b"bonjour\n")

        def log_message(self, *_: Any) -> None:
            return

    project.write(
        "ask.py",
        """
        import json, urllib.error, urllib.request
        import valohai
        valohai.set_status_detail("half way")
        print(open(valohai.inputs("words").path()).read().strip())
        print(valohai.triggers("retrain", required=False))
        try:
            valohai.inputs("gone").path()
        except Exception as error:
            print("gone:", "502" in str(error))
        address = json.load(open("/valohai/config/api.json"))["set_status_detail"]["url"]
        for wrong in (address.replace("status-detail", "other"), address.replace("/status", "x/status")):
            try:
                urllib.request.urlopen(wrong)
            except urllib.error.HTTPError as error:
                print(error.code)
        """,
    )
    with HTTPServer(("127.0.0.1", 0), Source) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_port}"
        project.write(
            "valohai.yaml",
            f"""
            - step:
                name: ask
                image: python:3.11
                command:
                  - pip install -q valohai-utils
                  - "[ ! -e /valohai/inputs/words/words.txt ]"
                  - python -W error ask.py
                inputs:
                  - {{name: words, default: '{base}/words.txt', download: on-demand}}
                  - {{name: gone, default: '{base}/gone.txt', download: on-demand}}
            """,
        )
        run = project.run("ask")
        server.shutdown()
    said = logs(project, run["id"])
    lines = said.splitlines()
    assert "status: half way" in said  # perhaps within a line that somebody else has not ended yet
    assert [line for line in lines if line in ("bonjour", "None", "gone: True", "404")] == ["bonjour", "None", "gone: True", "404", "404"]
    assert project.get(str(run["id"]))["tags"]["valohai.status-detail"] == "half way"
    assert "fetched words.txt of input words on demand: 8 bytes" in said
    assert "no trigger `retrain` is offered to runs here" in said
    kept = next(one for one in run["outputs"] if one["name"] == "@inputs")
    taken = json.loads(base64.b64decode(kept["inline"]))
    assert [(one["name"], one["on-demand"], one["sha256"]) for one in taken] == [
        ("words.txt", True, hashlib.sha256(b"bonjour\n").hexdigest())
    ]
    assert asked == ["/words.txt", "/gone.txt"]
