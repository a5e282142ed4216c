"""`treadle pace`: from idea to value - how fast, and where the time goes. Computed from the journal, never typed in."""

from __future__ import annotations

import click

from treadle.cli import output
from treadle.cli.sheet import Sheet
from treadle.contract import delivery as words
from treadle.contract.delivery import Pace, Spread
from treadle.core.errors import UsageError
from treadle.sdk.client import connect

_DAYS = {"h": 1 / 24, "d": 1.0, "w": 7.0}
_MOST = 10


def days_of(text: str) -> float:
    """Days from `30d`, `2w`, `12h`, or a number of days."""
    number, unit = (text[:-1], text[-1:]) if text[-1:] in _DAYS else (text, "d")
    try:
        return float(number) * _DAYS[unit]
    except ValueError:
        raise UsageError(f"--since was given `{text}`", hint="--since 30d, 2w or 12h") from None


@click.command()
@click.option("--since", default="30d", show_default=True, metavar="TIME", help="How far back: 30d, 2w, 12h.")
@output.json_option
def pace(since: str, as_json: bool) -> None:
    """How long it takes from the first cause of a version to its being live, how often, by whose hand, and where the time goes.

    Every figure follows from entries of the journal: treadle why model://NAME@champion tells one release as a story.
    """
    with connect() as client:
        found = client(words.read_pace, words.AskPace(days=days_of(since)))
    if as_json:
        output.print_json(found)
        return
    sheet = Sheet(click.style(f"the pace of the last {since}", bold=True))
    for label, text, remark in rows(found):
        if text:
            sheet.line(label, text, remark)
    releases = [
        [output.moment(one.live_at), one.ref, one.endpoint, duration(one.total), f"from {one.because}", "; ".join(one.hands) or "by itself"]
        for one in found.releases[-_MOST:]
    ]
    sheet.add("releases", releases)
    sheet.show()


def rows(pace: Pace) -> list[tuple[str, str, str]]:
    """The figures: what it is, how much, and what it is made from."""
    shares = [(word, getattr(pace, word)) for word in ("working", "approval", "rollout", "idle")]
    named = {"working": "runs", "approval": "waiting for approval", "rollout": "rolling out", "idle": "nothing happened"}
    where = ", ".join(f"{named[word]} {share:.0%}" for word, share in shares if share is not None)
    live = [one for one in pace.live if not one.reproducible]
    ages = [one.age for one in pace.live if one.age is not None]
    lacking = "; ".join(f"{one.ref} lacks {', '.join(one.missing)}" for one in live)
    return [
        ("to market", spread(pace.time_to_market), "from the first cause to live"),
        ("per week", f"{pace.per_week:.2g} releases", f"{pace.hands_free:.0%} without a hand" if pace.hands_free is not None else ""),
        ("taken back", str(pace.taken_back), "rollouts"),
        ("to restore", spread(pace.restore), "alarms and rollouts that went wrong"),
        ("retraining", spread(pace.retraining), "from the alarm to live"),
        ("time goes to", where, ""),
        ("reproducible", f"{pace.reproducible:.0%} of what is live" if pace.reproducible is not None else "", lacking),
        ("data's age", duration(max(ages)) if ages else "", "of the oldest that answers"),
        ("cost", f"{pace.cost.median:.3g} CPU s a release" if pace.cost.median is not None else "", ""),
        ("no return", ", ".join(pace.never_released), "models of which nothing was ever live" if pace.never_released else ""),
    ]


def spread(value: Spread) -> str:
    if value.median is None or value.p85 is None:
        return "none yet"
    return f"{duration(value.median)} in the middle, 85 of 100 within {duration(value.p85)} ({value.count})"


def duration(seconds: float) -> str:
    return f"{seconds / 86400:.1f} d" if seconds >= 2 * 86400 else output.duration(seconds)
