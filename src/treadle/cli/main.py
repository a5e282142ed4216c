"""The command `treadle`. Each command lives in a file of its own, imported when it is called: `treadle --help` stays instant."""

from __future__ import annotations

import contextlib
import gc
import importlib
import keyword
import os
import sys
from typing import Any

import click

from treadle.core.errors import TreadleError

# Command -> (module, one line for `treadle --help`). The line is said here, so that the help needs no import of the command.
COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("treadle.cli.init", "Make a project in this folder."),
    "run": ("treadle.cli.run", "Run a step or a pipeline: FILE::NAME, or NAME of a valohai.yaml."),
    "lint": ("treadle.cli.lint", "Check a valohai.yaml."),
    "runs": ("treadle.cli.runs", "List and search runs."),
    "experiments": ("treadle.cli.experiments", "Experiments: named groups of runs."),
    "projects": ("treadle.cli.projects", "Projects: variables of their runs, where their code comes from."),
    "show": ("treadle.cli.show", "Everything about one run."),
    "traces": ("treadle.cli.traces", "Traces of applications: requests and their spans."),
    "logs": ("treadle.cli.logs", "What a run printed."),
    "diff": ("treadle.cli.diff", "Two runs side by side."),
    "why": ("treadle.cli.why", "Why a run was performed or reused."),
    "stop": ("treadle.cli.act", "Stop a run and everything it started."),
    "approve": ("treadle.cli.act", "Say yes to what a pipeline waits for."),
    "reject": ("treadle.cli.act", "Say no to what a pipeline waits for."),
    "rerun": ("treadle.cli.act", "Ask for the same run again."),
    "resume": ("treadle.cli.act", "Continue a failed or interrupted run."),
    "reproduce": ("treadle.cli.reproduce", "Perform a run again in a clean place and compare."),
    "delete": ("treadle.cli.act", "Delete a run; it can be restored."),
    "restore": ("treadle.cli.act", "Bring a deleted run back."),
    "data": ("treadle.cli.data", "Versions of data: add, versions, diff, pull, gc, verify."),
    "models": ("treadle.cli.models", "Models: versions, gates, approvals, aliases, cards."),
    "endpoints": ("treadle.cli.endpoints", "Endpoints: what answers, releases, rollbacks."),
    "deploy": ("treadle.cli.deploy", "Make a version of a deployment from a valohai.yaml."),
    "deployments": ("treadle.cli.deployments", "Deployments: versions, aliases, logs."),
    "monitors": ("treadle.cli.monitors", "Monitors: windows, drift, performance, alarms."),
    "apply": ("treadle.cli.apply", "Make endpoints, monitors and triggers what FILE declares."),
    "triggers": ("treadle.cli.triggers", "What acts by itself, what it did, and why."),
    "pace": ("treadle.cli.pace", "From idea to value: how fast, and where the time goes."),
    "journal": ("treadle.cli.journal", "What happened, who did it, and why."),
    "up": ("treadle.cli.up", "Serve this home: HTTP API, live news, metrics."),
    "serve": ("treadle.cli.serve", "Answer predictions: an endpoint, or any model version."),
    "work": ("treadle.cli.work", "Perform queued runs without a server."),
    "import": ("treadle.cli.transfer", "Bring a store of another system over: mlflow."),
    "export": ("treadle.cli.transfer", "Take this record into another system: mlflow."),
    "sync": ("treadle.cli.sync", "Take in what scripts have logged."),
    "tokens": ("treadle.cli.tokens", "Who may call the server."),
    "doctor": ("treadle.cli.doctor", "Check everything that Treadle needs."),
    "api": ("treadle.cli.api", "Perform any operation by name."),
    "explain": ("treadle.cli.explain", "What an error code means."),
    "completion": ("treadle.cli.completion", "Shell completion for bash, zsh or fish."),
    "deployed": ("treadle.cli.deployed", "Perform one application of a deployment (the server calls this)."),
    "worker": ("treadle.cli.worker", "Perform one attempt (engines call this)."),
}
HIDDEN = frozenset({"worker", "deployed"})


class Commands(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return [name for name in COMMANDS if name not in HIDDEN]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002
        if name not in COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(COMMANDS[name][0]), f"{name}_" if keyword.iskeyword(name) else name)
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in COMMANDS and not ctx.resilient_parsing:
            import difflib

            near = difflib.get_close_matches(name, list(COMMANDS), n=1)
            hint = f"did you mean `treadle {near[0]}`?" if near else "treadle --help"
            from treadle.core.errors import UsageError

            raise UsageError(f"there is no command `{name}`", hint=hint)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="treadle", prog_name="treadle")
def treadle() -> None:
    """Treadle: data, pipelines, tracked runs and reproducible results, on a laptop with nothing but a folder.

    Start here: treadle init, then treadle run FILE::NAME.
    """
    if os.environ.get("NO_COLOR"):  # https://no-color.org
        click.get_current_context().color = False


def main() -> None:
    """Performs the command line; every error of ours ends as two or three lines and a documented exit status."""
    gc.set_threshold(50_000, 20, 20)  # a command imports a lot and lives briefly: collecting while it does costs a tenth of it
    stdout = sys.stdout
    try:
        status = treadle.main(prog_name="treadle", standalone_mode=False)
    except TreadleError as error:
        _leave(say(error))
    except click.UsageError as error:
        click.echo(f"error[E0100]: {error.format_message()}", err=True)
        if error.ctx is not None:
            click.echo(f"  hint: {error.ctx.command_path} --help", err=True)
        _leave(2)
    except click.ClickException as error:
        error.show()
        _leave(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        _leave(130)
    except BrokenPipeError:
        _leave_unheard()
    except SystemExit:
        if sys.stdout is stdout:  # click replaces it when the pipe is closed, and calls that a failure
            raise
        _leave_unheard()
    except OSError as error:
        _leave(say(_of_system(error)))
    except Exception as error:
        _leave(_report_defect(error))
    _leave(status if isinstance(status, int) else 0)


def _leave_unheard() -> Any:
    """The reader of a pipe has seen enough (`treadle runs | head`): not an error of anybody's."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    _leave(0)


def _report_defect(error: Exception) -> int:
    """A defect of ours: one line for the person, the whole traceback in a file that can be sent with a report."""
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile("w", prefix="treadle-defect-", suffix=".txt", delete=False, encoding="utf-8") as file:
        traceback.print_exception(error, file=file)
    click.echo(f"error[E0001]: a defect in Treadle: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}", err=True)
    click.echo(f"  --> {file.name} holds the whole traceback", err=True)
    click.echo("  hint: nothing recorded is lost; send that file with a report, and repeat the command", err=True)
    return 1


def _of_system(error: OSError) -> TreadleError:
    from treadle.core.errors import HomeError, StorageFull

    where = str(error.filename) if error.filename else None
    if error.errno == 28:
        return StorageFull("the disk is full", where=where, hint="make room, then repeat the command; nothing recorded is lost")
    return HomeError(f"{error.strerror or error}", where=where, hint="treadle doctor")


def say(error: TreadleError) -> int:
    """Prints an error as what, where and what to do next; answers its exit status."""
    click.echo(f"error[{error.code}]: {error.what}", err=True)
    if error.where:
        click.echo(f"  --> {error.where}", err=True)
    if error.hint:
        click.echo(f"  hint: {error.hint}", err=True)
    return error.exit


def _leave(status: int) -> Any:
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.flush()
    sys.exit(status)
