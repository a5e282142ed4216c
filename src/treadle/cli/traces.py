"""`treadle traces`: requests that applications answered, told by their spans."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import click
import msgspec

from treadle.cli import output
from treadle.cli.noun import Noun
from treadle.cli.opened import opened
from treadle.cli.sheet import Sheet
from treadle.contract import traces as words
from treadle.contract.traces import Span, Trace

VERBS = {
    "list": ("treadle.cli.traces", "listing", "List and search traces, the newest first."),
    "show": ("treadle.cli.traces", "show", "A trace with its spans as a tree."),
}
_MOST_TEXT = 60

traces = Noun(name="traces", verbs=VERBS, queries=True, help="Traces of applications: requests and their spans, the newest first.")


@click.command(name="list")
@click.argument("query", nargs=-1)
@click.option("--sort", default="", metavar="KEY", help="Order: any key of a query; `-` in front for descending.")
@click.option("-n", "--limit", type=click.IntRange(1, 1000), default=30, show_default=True, help="How many to list.")
@click.option("--after", metavar="CURSOR", help="Go on behind the page that named this cursor.")
@output.json_option
def listing(query: tuple[str, ...], sort: str, limit: int, after: str | None, as_json: bool) -> None:
    """List and search traces, the newest first.

    QUERY compares: 'state = error and duration > 2s and tags.user = ada'. Keys are id, name, state, run, at, duration, request, response,
    client_id, and tags.NAME, metadata.NAME, feedback.NAME, expectation.NAME.
    """
    with opened() as client:
        page = client(words.find_traces, words.FindTraces(query=" ".join(query), sort=sort, limit=limit, after=after))
    if as_json:
        output.print_json(page)
        return
    rows = [(one.id, one.name, one.state, output.ago(one.at), output.duration(one.duration), _short(one.request)) for one in page.traces]
    output.print_table(("id", "name", "state", "at", "duration", "request"), rows, empty="No traces." if query else "")
    if page.next:
        output.talk(f"there are more: add --after {page.next}")


@click.command()
@click.argument("trace")
@output.json_option
def show(trace: str, as_json: bool) -> None:
    """A trace: what was asked and answered, what people think of it, and its spans as a tree with their durations."""
    with opened() as client:
        one = client(words.get_trace, words.TraceRef(id=trace))
    if as_json:
        output.print_json(one)
    else:
        page(one).show()


def page(one: Trace) -> Sheet:
    sheet = Sheet(f"{click.style(one.id, bold=True)} ({one.name or 'without a name'}, {one.state})")
    sheet.add(
        "when", [[output.moment(one.at), output.ago(one.at), f"took {output.duration(one.duration)}" if one.duration is not None else ""]]
    )
    sheet.line("run", one.run or None)
    sheet.line("request", one.request or None)
    sheet.line("response", one.response or None)
    sheet.add("spans", list(_tree(one.spans)))
    sheet.add("assessments", [[a.name, a.kind, _text(a.value), str(a.about.get("rationale", ""))] for a in one.assessments])
    sheet.add("tags", [[name, value] for name, value in one.tags.items()])
    sheet.add("metadata", [[name, _short(value)] for name, value in one.metadata.items() if value])
    return sheet


def _tree(spans: tuple[Span, ...]) -> Iterator[list[str]]:
    """Spans below what called them, in the order in which they began; what names an unknown parent stands at the top."""
    known = {span.id for span in spans}
    below: dict[str, list[Span]] = defaultdict(list)
    for span in spans:
        below[span.parent if span.parent in known and span.parent != span.id else ""].append(span)
    waiting = [(span, 0) for span in reversed(below[""])]
    seen: set[str] = set()
    while waiting:
        span, depth = waiting.pop()
        if span.id in seen:
            continue
        seen.add(span.id)
        took = (span.ended_at - span.started_at) / 1e9 if span.ended_at else None
        yield [f"{'  ' * depth}{span.name}", span.type, span.status, output.duration(took), span.message]
        waiting += [(child, depth + 1) for child in reversed(below[span.id])]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _short(text: str) -> str:
    return text if len(text) <= _MOST_TEXT else f"{text[: _MOST_TEXT - 3]}..."
