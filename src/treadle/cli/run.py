"""`treadle run FILE::NAME`: capture the code, submit, perform here or follow on the server."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec

from treadle.cli import output
from treadle.cli.progress import Follow
from treadle.contract import runs as words
from treadle.contract.runs import Binding, Options, Run
from treadle.core.definition import Definition
from treadle.core.errors import TargetError, UsageError
from treadle.core.ids import new_key
from treadle.sdk.client import Client, connect


@click.command()
@click.argument("target", metavar="FILE::NAME|NAME")
@click.option("-p", "--param", "params", multiple=True, metavar="K=V", help="A parameter. May be given several times.")
@click.option(
    "-i",
    "--input",
    "inputs",
    multiple=True,
    metavar="NAME=SOURCE",
    help="An input: dataset://NAME@v3, model://NAME@v3, run://12/result, or a file.",
)
@click.option("-e", "--env", "variables", multiple=True, metavar="K=V", help="An environment variable, for a step of valohai.yaml.")
@click.option("--image", help="The image, for a step of valohai.yaml.")
@click.option("--engine", envvar="TREADLE_ENGINE", help="Where to run; the default is `local`.")
@click.option("--no-cache", is_flag=True, help="Perform every step even if an equal run exists.")
@click.option("--plan", is_flag=True, help="Show what would run and what would be reused; run nothing.")
@click.option("--seed", type=int, help="Seed of the run; the default follows from step and parameters.")
@click.option("--metrics-from-output", is_flag=True, help="Take JSON objects that it prints, one a line, as metrics.")
@click.option("-t", "--tag", "tags", multiple=True, metavar="K=V", help="A tag for the run.")
@click.option("--note", help="A note for the run.")
@click.option("-j", "--jobs", type=click.IntRange(min=1), envvar="TREADLE_JOBS", help="CPU cores to use at once; the default is all.")
@click.option("--detach", is_flag=True, help="Only submit; `treadle work` or a server performs it.")
@click.option("-q", "--quiet", is_flag=True, envvar="TREADLE_QUIET", help="Print nothing but the result.")
@output.json_option
def run(target: str, params: tuple[str, ...], inputs: tuple[str, ...], as_json: bool, quiet: bool, plan: bool, **more: Any) -> int:
    """Run a step or a pipeline: FILE::NAME, for example pipeline.py::nightly; or NAME, of a valohai.yaml in this folder or above; or a
    NOTEBOOK.ipynb, whose cells tagged `parameters` and `inputs` say what it takes.

    Steps that ran before with equal code, parameters, inputs and environment are not run again: their results are reused.
    """
    project = None if "::" in target else notebook_file(target) or valohai_file(target)
    file, name = (project, target) if project is not None else split_target(target)
    tags = pairs(more["tags"], "--tag")
    options = Options(
        engine=more["engine"],
        cache=not more["no_cache"],
        seed=more["seed"],
        tags=tags,
        note=more["note"],
        entry=name if project is not None else f"{file}::{name}",
        metrics_from_output=more["metrics_from_output"],
    )
    with connect() as client, performing(client, more["jobs"]) as here:
        if project is not None:
            submission = describe_foreign(client, here, project, name, pairs(params, "--param"), inputs, options, more)
        else:
            submission = describe(client, here, file, name, pairs(params, "--param"), inputs, options)
        if plan:
            from treadle.cli.plan import show_plan

            return show_plan(client, here, submission, as_json=as_json)
        made = client(words.submit, submission)
        if more["detach"]:
            return announce(made, as_json)
        ended = perform(client, here, made, quiet=quiet or as_json)
        return conclude(client, ended, as_json=as_json, quiet=quiet)


def notebook_file(target: str) -> Path | None:
    """The notebook that is meant; None where it is none."""
    if not target.endswith(".ipynb"):
        return None
    if not Path(target).is_file():
        raise TargetError(f"there is no notebook `{target}`", where=os.getcwd(), hint="give the path of an .ipynb file")
    if importlib.util.find_spec("valohai_yaml") is None:
        raise UsageError("a notebook is run under the contract of valohai.yaml projects", hint="pip install 'treadle[valohai]'")
    return Path(target)


def valohai_file(target: str) -> Path | None:
    """The valohai.yaml that a NAME without a file is looked up in; None where there is none."""
    if importlib.util.find_spec("valohai_yaml") is None:
        return None
    found: Path | None = importlib.import_module("treadle.valohai.reading").find(Path.cwd())
    return None if Path(target).is_file() else found


def describe_foreign(
    client: Client,
    here: Any,
    file: Path,
    name: str,
    params: dict[str, str],
    inputs: tuple[str, ...],
    options: Options,
    more: dict[str, Any],
) -> words.SubmitRun:
    """Stores the project's files and puts together what a step, a pipeline or a task of its valohai.yaml comes to."""
    module = importlib.import_module("treadle.valohai.project")
    given: dict[str, list[str]] = {}
    for word in inputs:
        key, mark, source = word.partition("=")
        if not mark or not key:
            raise UsageError(f"--input was given `{word}`", hint="--input NAME=SOURCE")
        given.setdefault(key, []).append(source)
    asked = module.Asked(parameters=params, inputs=given, image=more["image"], variables=pairs(more["variables"], "--env"))
    if file.suffix == ".ipynb":
        notebook = module.open_notebook(file, more["image"], client.contents)
        found: words.SubmitRun = module.notebook_submission(notebook, asked, options, client.contents)
        return found
    project = module.open_project(file, client.contents)
    submission: words.SubmitRun = module.submission(project, name, asked, options, client.contents, here.home / "scratch")
    return submission


def split_target(target: str) -> tuple[Path, str]:
    """FILE and NAME of `FILE::NAME`; raises TargetError saying what is missing."""
    file, mark, name = target.partition("::")
    if not mark or not file or not name:
        raise TargetError(f"`{target}` does not name a step", hint="treadle run FILE::NAME, for example pipeline.py::nightly")
    path = Path(file)
    if not path.exists():
        raise TargetError(f"there is no file `{file}`", where=os.getcwd(), hint="give the path of a Python file")
    if not path.is_file():
        raise TargetError(f"`{file}` is no file", hint="give the path of a Python file")
    return path, name


def pairs(words: tuple[str, ...], option: str) -> dict[str, str]:
    """`k=v` words as a dictionary; raises UsageError naming the one that is not."""
    found: dict[str, str] = {}
    for word in words:
        key, mark, value = word.partition("=")
        if not mark or not key:
            raise UsageError(f"{option} was given `{word}`", hint=f"{option} NAME=VALUE")
        found[key] = value
    return found


@contextlib.contextmanager
def performing(client: Client, jobs: int | None) -> Iterator[Any]:
    """What performs runs on this machine: a supervisor on a home folder; on a server only what describes the project's code."""
    if client.local:
        supervisor = importlib.import_module("treadle.supervisor").Supervisor(client.transport, roots=set(), cores=jobs)
    else:
        supervisor = importlib.import_module("treadle.worker.describe").Describer(client)
    try:
        yield supervisor
    finally:
        supervisor.close()


def describe(
    client: Client, here: Any, file: Path, name: str, params: dict[str, str], inputs: tuple[str, ...], options: Options
) -> words.SubmitRun:
    """Captures the code, loads it in a process of its own, and puts the submission together."""
    capture = importlib.import_module("treadle.worker.capture")
    here.host.warm_up()
    home = here.home
    captured = capture.capture(file, home)
    code = capture.keep(captured, client.contents)
    root = importlib.import_module("treadle.worker.prepare").checkout(code.snapshot, home, client.contents)
    definition, values = here.host.describe(root, captured.file, name, params)
    made = msgspec.convert(definition, Definition)
    if made.kind != "pipeline":
        code = importlib.import_module("treadle.worker.body").step_code(made, root, code)
    bindings = {key: binding_of(client, made, key, source) for key, source in pairs(inputs, "--input").items()}
    here.ambient = capture.ambient_environment(captured.root)
    return words.SubmitRun(
        key=new_key(),
        definition=made,
        parameters=values,
        bindings=bindings,
        code=code,
        environment=here.ambient,
        options=options,
    )


def binding_of(client: Client, definition: Definition, name: str, source: str) -> Binding:
    """What `--input NAME=SOURCE` means: a dataset, a model, a run's output, or a file or folder that is stored now."""
    if definition.input(name) is None:
        known = ", ".join(f"`{i.name}`" for i in definition.inputs) or "none"
        raise UsageError(f"`{definition.name}` has no input `{name}`", hint=f"its inputs are {known}")
    if source.startswith("run://"):
        ref, _, output_name = source.removeprefix("run://").partition("/")
        return Binding(run=client(words.get_run, words.RunRef(run=ref)).id, output=output_name or "result")
    if source.startswith("model://"):
        return Binding(model=source)
    if source.startswith("dataset://") or not Path(source).exists():
        return Binding(dataset=source if source.startswith("dataset://") else f"dataset://{source}")
    return Binding(artifact=importlib.import_module("treadle.worker.given").stored_file(client.contents, name, Path(source)))


def announce(made: Run, as_json: bool) -> int:
    if as_json:
        output.print_json(made)
    else:
        output.talk(f"{made.title} is submitted: treadle show {made.id}")
    return 0


def perform(client: Client, here: Any, made: Run, *, quiet: bool, after: int = 0) -> Run:
    """Performs a run here, or watches the server perform it, until it has ended. Ctrl-C stops it; twice kills it.

    A run that had ended before has news of that: `after` is the journal's last entry from before it was asked for again."""
    follow = Follow(client, made, quiet=quiet, after=after)
    presses: list[float] = []

    def pressed(*_: Any) -> None:
        presses.append(time.monotonic())

    previous = {number: signal.signal(number, pressed) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        here.adopt(made.root)
        answered = 0
        while not (follow.ended and here.host.idle):
            if len(presses) > answered:
                answered = len(presses)
                if answered > 2:
                    raise KeyboardInterrupt
                follow.say("stopping: every process gets 10 s to end" if answered == 1 else "once more to leave without waiting")
                client(words.stop, words.StopRun(run=str(made.id), why="interrupted at the terminal"))
            here.turn(0.1)
            follow.look(now=here.has_ended(made.id))
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
        follow.close()
    return client(words.get_run, words.RunRef(run=str(made.id)))


def conclude(client: Client, ended: Run, *, as_json: bool, quiet: bool) -> int:
    """Prints the result; answers the exit status: 0 done, 1 failed or stopped."""
    if as_json:
        output.print_json(ended)
    elif not quiet:
        from treadle.cli.progress import print_outcome

        print_outcome(client, ended)
    sys.stdout.flush()
    return 0 if ended.state == "done" else 1
