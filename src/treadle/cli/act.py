"""`treadle stop`, `approve`, `reject`, `rerun`, `resume`, `delete` and `restore`: what is done to a run that is there already."""

from __future__ import annotations

from typing import Any

import click

from treadle.cli import output
from treadle.cli.opened import complete_run, opened
from treadle.cli.run import announce, conclude, pairs, perform, performing
from treadle.cli.typed import converted
from treadle.contract import client_runs as client_words
from treadle.contract import record as record_words
from treadle.contract import runs as words
from treadle.contract.runs import Options, Run
from treadle.core.ids import new_key
from treadle.sdk.client import Client


@click.command()
@click.argument("ref", metavar="RUN", shell_complete=complete_run)
@click.option("--why", default="", metavar="TEXT", help="A reason, for the journal.")
@output.json_option
def stop(ref: str, why: str, as_json: bool) -> None:
    """Stop a run and everything it started. What runs gets some seconds to end by itself; what waits is stopped at once."""
    with opened() as client:
        run = client(words.stop, words.StopRun(run=ref, why=why))
    if as_json:
        output.print_json(run)
    elif run.ended:
        output.talk(f"{run.title}: treadle resume {run.id} continues it")
    else:
        output.talk(f"{run.title} is asked to stop: treadle show {run.id}")


_DECIDES = click.option("-m", "--message", "why", required=True, metavar="WORDS", help="Why. Kept for good.")


@click.command()
@click.argument("ref", metavar="RUN", shell_complete=complete_run)
@_DECIDES
@output.json_option
def approve(ref: str, why: str, as_json: bool) -> None:
    """Say yes to what a pipeline waits for, with words. For a version of a model: treadle models approve."""
    _decide(ref, True, why, as_json)


@click.command()
@click.argument("ref", metavar="RUN", shell_complete=complete_run)
@_DECIDES
@output.json_option
def reject(ref: str, why: str, as_json: bool) -> None:
    """Say no to what a pipeline waits for, with words: the pipeline fails. For a version of a model: treadle models reject."""
    _decide(ref, False, why, as_json)


def _decide(ref: str, approved: bool, why: str, as_json: bool) -> None:
    with opened() as client:
        run = client(words.decide, words.DecideRun(run=ref, approve=approved, why=why))
    if as_json:
        output.print_json(run)
    else:
        output.talk(run.title)


@click.command()
@click.argument("ref", metavar="RUN", shell_complete=complete_run)
@click.option("-p", "--param", "params", multiple=True, metavar="K=V", help="Another value for a parameter. May be given several times.")
@click.option("--no-cache", is_flag=True, help="Perform every step even if an equal run exists.")
@click.option("-t", "--tag", "tags", multiple=True, metavar="K=V", help="A tag for the new run.")
@click.option("--note", help="A note for the new run.")
@click.option("-j", "--jobs", type=click.IntRange(min=1), envvar="TREADLE_JOBS", help="CPU cores to use at once; the default is all.")
@click.option("--detach", is_flag=True, help="Only submit; `treadle work` or a server performs it.")
@click.option("-q", "--quiet", is_flag=True, envvar="TREADLE_QUIET", help="Print nothing but the result.")
@output.json_option
def rerun(ref: str, params: tuple[str, ...], as_json: bool, quiet: bool, **more: Any) -> int:
    """Ask for the same run again: the same code, inputs and parameters, but for those that --param changes."""
    with opened() as client:
        earlier = client(words.get_run, words.RunRef(run=ref))
        values = converted(earlier, pairs(params, "--param"))
        options = Options(cache=not more["no_cache"], tags=pairs(more["tags"], "--tag"), note=more["note"])
        before = _last_entry(client)
        request = words.RerunRun(run=str(earlier.id), key=new_key(), parameters=values, options=options)
        made = client(words.rerun, request)
        return _see_through(client, made, before, as_json=as_json, quiet=quiet, jobs=more["jobs"], detach=more["detach"])


@click.command()
@click.argument("ref", metavar="RUN", shell_complete=complete_run)
@click.option("-j", "--jobs", type=click.IntRange(min=1), envvar="TREADLE_JOBS", help="CPU cores to use at once; the default is all.")
@click.option("--detach", is_flag=True, help="Only queue it again; `treadle work` or a server performs it.")
@click.option("-q", "--quiet", is_flag=True, envvar="TREADLE_QUIET", help="Print nothing but the result.")
@output.json_option
def resume(ref: str, jobs: int | None, detach: bool, as_json: bool, quiet: bool) -> int:
    """Continue a failed or stopped run. A pipeline goes on where its record ends: steps that are done are not run again."""
    with opened() as client:
        before = _last_entry(client)
        made = client(words.resume, words.ResumeRun(run=ref))
        return _see_through(client, made, before, as_json=as_json, quiet=quiet, jobs=jobs, detach=detach)


@click.command()
@click.argument("ref", metavar="RUN", shell_complete=complete_run)
@output.json_option
def delete(ref: str, as_json: bool) -> None:
    """Delete a run: lists and searches pass it over from then on. What it made stays, and it can be restored."""
    with opened() as client:
        run = client(words.get_run, words.RunRef(run=ref))
        client(client_words.delete_run, client_words.KeyedRun(run=run.key))
    if as_json:
        output.print_json({"deleted": run.id})
    else:
        output.talk(f"run {run.id} {run.name} is deleted; treadle restore {run.id} brings it back, treadle runs 'deleted > -7d' lists")


@click.command()
@click.argument("ref", metavar="RUN")
@output.json_option
def restore(ref: str, as_json: bool) -> None:
    """Bring a deleted run back."""
    with opened() as client:
        run = client(words.get_run, words.RunRef(run=ref))
        client(client_words.restore_run, client_words.KeyedRun(run=run.key))
    if as_json:
        output.print_json({"restored": run.id})
    else:
        output.talk(f"run {run.id} {run.name} is back: treadle show {run.id}")


def _last_entry(client: Client) -> int:
    return client(record_words.check_health, record_words.CheckHealth()).last_entry


def _see_through(client: Client, made: Run, before: int, *, as_json: bool, quiet: bool, jobs: int | None, detach: bool) -> int:
    """Performs a queued run here, or watches the server do it; answers the exit status.

    A keeper of this home may be faster at some of it: who performs an attempt holds its lease, so nothing runs twice."""
    if detach:
        return announce(made, as_json)
    with performing(client, jobs) as here:
        ended = perform(client, here, made, quiet=quiet or as_json, after=before)
        return conclude(client, ended, as_json=as_json, quiet=quiet)
