"""`treadle experiments`: named groups of a project's runs, as tracking clients of other systems make them."""

from __future__ import annotations

import click

from treadle.cli import output
from treadle.cli.noun import Noun
from treadle.cli.opened import opened
from treadle.contract import experiments as words
from treadle.contract.experiments import Experiment
from treadle.sdk.client import Client

VERBS = {
    "list": ("treadle.cli.experiments", "listing", "The experiments of the project, the newest first."),
    "rename": ("treadle.cli.experiments", "rename", "Give an experiment another name."),
    "delete": ("treadle.cli.experiments", "delete", "Delete an experiment with its runs; both can be restored."),
    "restore": ("treadle.cli.experiments", "restore", "Bring a deleted experiment back, with the runs deleted with it."),
}

experiments = Noun(
    name="experiments", verbs=VERBS, help="Experiments: named groups of a project's runs. Runs without one are in `Default`."
)


@click.command(name="list")
@click.option("--deleted", is_flag=True, help="Deleted ones instead.")
@output.json_option
def listing(deleted: bool, as_json: bool) -> None:
    """The experiments of the project, the newest first; their runs: treadle runs 'experiment = NAME'."""
    found: list[Experiment] = []
    with opened() as client:
        after: str | None = None
        while True:
            request = words.ListExperiments(deleted="only" if deleted else "no", after=after, counted=True)
            page = client(words.list_experiments, request)
            found += page.experiments
            after = page.next
            if after is None:
                break
    if as_json:
        output.print_json(found)
        return
    rows = [(one.id, one.name, one.runs, output.ago(one.created_at or None), _tags(one)) for one in found]
    output.print_table(("id", "name", "runs", "created", "tags"), rows, empty="There are no deleted experiments." if deleted else "")


def _tags(one: Experiment) -> str:
    return ", ".join(f"{name}={value if len(value) <= 40 else value[:37] + '...'}" for name, value in one.tags.items())


def _meant(client: Client, text: str) -> Experiment:
    """The experiment of a number or else of a name."""
    if text.isascii() and text.isdigit():
        return client(words.get_experiment, words.FindExperiment(id=int(text)))
    return client(words.get_experiment, words.FindExperiment(name=text))


@click.command()
@click.argument("experiment")
@click.argument("name")
@output.json_option
def rename(experiment: str, name: str, as_json: bool) -> None:
    """Give an experiment, named by number or name, another name."""
    with opened() as client:
        one = client(words.change_experiment, words.ChangeExperiment(id=_meant(client, experiment).id, name=name))
    _say(one, f"experiment {one.id} is called {one.name} now", as_json)


@click.command()
@click.argument("experiment")
@output.json_option
def delete(experiment: str, as_json: bool) -> None:
    """Delete an experiment with its runs. Lists pass them over; both can be restored."""
    with opened() as client:
        one = client(words.delete_experiment, words.ExperimentRef(id=_meant(client, experiment).id))
    _say(one, f"experiment {one.id} {one.name} is deleted with its runs; treadle experiments restore {one.id} brings them back", as_json)


@click.command()
@click.argument("experiment")
@output.json_option
def restore(experiment: str, as_json: bool) -> None:
    """Bring a deleted experiment back, with the runs that were deleted with it."""
    with opened() as client:
        one = client(words.restore_experiment, words.ExperimentRef(id=_meant(client, experiment).id))
    _say(one, f"experiment {one.id} {one.name} is back", as_json)


def _say(one: Experiment, sentence: str, as_json: bool) -> None:
    if as_json:
        output.print_json(one)
    else:
        output.talk(sentence)
