"""`treadle explain CODE`: what an error code means, from the docstring of its class; and what exit statuses mean."""

from __future__ import annotations

import difflib
import inspect
from typing import Any

import click

from treadle.cli import output
from treadle.core.errors import NotFound, TreadleError, known_errors

EXIT_STATUSES = {
    0: ("ok", "The command did what was asked; a run it performed is done."),
    1: ("failed", "The thing itself failed: a run failed or was stopped, data is damaged, a check of `treadle doctor` fails."),
    2: ("wrong use", "The command was given words it cannot use: an unknown option, a wrong parameter, a file that does not parse."),
    3: ("not found", "There is no run, dataset, version, operation or content of that name."),
    4: ("not allowed", "A token is missing, or its role does not allow this."),
    5: (
        "cannot reach",
        "The server, the database, the object store or the home folder did not answer. Nothing recorded is lost: repeat it.",
    ),
    6: ("conflict", "Something is no longer as this command expected: somebody else was faster, or the run is in another state."),
    130: ("interrupted", "Ctrl-C. A run that was performed here was stopped first; `treadle resume` continues it."),
}


@click.command()
@click.argument("code", required=False)
@click.option("--markdown", is_flag=True, help="All codes and exit statuses as one page of documentation.")
@output.json_option
def explain(code: str | None, markdown: bool, as_json: bool) -> None:
    """What an error code means, for example E0103; without CODE all of them. `exit-codes` explains exit statuses."""
    if markdown:
        click.echo(errors_page(), nl=False)
    elif code is None:
        _list(as_json)
    elif code.lower().replace("_", "-") in ("exit-codes", "exit-statuses", "exit"):
        _list_statuses(as_json)
    else:
        _explain(_find(code), as_json)


def _find(code: str) -> type[TreadleError]:
    known = known_errors()
    word = code.strip().upper()
    word = f"E{int(word):04}" if word.isdigit() else word
    if word in known:
        return known[word]
    by_name = {cls.__name__.lower(): cls for cls in known.values()}
    if code.lower() in by_name:
        return by_name[code.lower()]
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.7)
    raise NotFound(f"there is no error code `{code}`", hint=f"did you mean `{near[0]}`?" if near else "treadle explain lists them all")


def meaning(cls: type[TreadleError]) -> tuple[str, str]:
    """The first sentence of a class's docstring, and the whole of it, without line breaks inside paragraphs."""
    paragraphs = [" ".join(part.split()) for part in inspect.cleandoc(cls.__doc__ or "").split("\n\n")]
    return paragraphs[0], "\n\n".join(paragraphs)


def _facts(cls: type[TreadleError]) -> dict[str, Any]:
    return {"code": cls.code, "name": cls.__name__, "exit": cls.exit, "http": cls.status, "meaning": meaning(cls)[1]}


def _list(as_json: bool) -> None:
    known = known_errors()
    if as_json:
        output.print_json([_facts(cls) for cls in known.values()])
        return
    output.print_table(["code", "exit", "meaning"], [[code, cls.exit, meaning(cls)[0]] for code, cls in known.items()], right=["exit"])


def _list_statuses(as_json: bool) -> None:
    if as_json:
        output.print_json([{"exit": status, "name": name, "meaning": text} for status, (name, text) in EXIT_STATUSES.items()])
        return
    output.print_table(
        ["exit", "name", "meaning"], [[status, name, text] for status, (name, text) in EXIT_STATUSES.items()], right=["exit"]
    )


def _explain(cls: type[TreadleError], as_json: bool) -> None:
    if as_json:
        output.print_json(_facts(cls))
        return
    click.echo(f"{click.style(cls.code, bold=True)}  {cls.__name__}: exit status {cls.exit}, HTTP status {cls.status}\n")
    click.echo(click.wrap_text(meaning(cls)[1], 100, preserve_paragraphs=True))
    kind = cls.__mro__[1]
    if issubclass(kind, TreadleError) and kind is not TreadleError:
        click.echo("\n" + click.wrap_text(f"It is a kind of {kind.code}: {meaning(kind)[0]}", 100))


def errors_page() -> str:
    """docs/errors.md: every exit status and every code. A test compares it with the file."""
    lines = [
        "# Errors and exit statuses",
        "",
        "This page is written by `treadle explain --markdown`; a test fails when it is not up to date.",
        "",
        "Every error names your own thing, the place, and what to do next; `treadle explain CODE` says more:",
        "",
        "```",
        "error[E0103]: parameter `rate` of `train` is 'abc', and asks for float",
        "  --> train.py:11",
        "```",
        "",
        "## Exit statuses",
        "",
        "| status | means | when |",
        "|---|---|---|",
        *(f"| {status} | {name} | {text} |" for status, (name, text) in EXIT_STATUSES.items()),
        "",
        "## Codes",
        "",
        "| code | name | exit | HTTP | meaning |",
        "|---|---|---|---|---|",
    ]
    for code, cls in known_errors().items():
        text = meaning(cls)[1].replace("\n\n", "<br>").replace("|", "\\|")
        lines.append(f"| {code} | {cls.__name__} | {cls.exit} | {cls.status} | {text} |")
    return "\n".join(lines) + "\n"
