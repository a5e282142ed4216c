"""The operations of delivery. They only read."""

from __future__ import annotations

from treadle.contract import delivery as words
from treadle.contract.delivery import Lineage, Pace, PlatformUsage, Story, Today
from treadle.core.errors import UsageError
from treadle.core.operation import Call, performs
from treadle.delivery import loading, pace
from treadle.delivery.lineage import MOST_NODES, walk
from treadle.delivery.story import tell
from treadle.delivery.today import today
from treadle.delivery.usage import usage
from treadle.store.database import Database

_LONGEST = 36_500.0


@performs(words.read_pace)
def read_pace(request: words.AskPace, call: Call, store: Database) -> Pace:
    if not 0 < request.days <= _LONGEST:
        raise UsageError(f"`days` is {request.days:g}", hint="treadle pace --since 30d")
    with store.reading(call) as tx:
        chains = loading.decisions(tx)
        until = tx.now if request.until is None else request.until
        since = until - request.days * 86400.0
        releases = [entry for entry in chains.entries if since <= entry.at <= until and pace.is_release(entry)]
        roots = sorted({root for entry in releases for root in pace.roots_of(chains.of(entry))})
        facts = pace.Facts(cpu=loading.cpu_of(tx, roots), live=loading.live_now(tx))
        return pace.pace(chains, facts, since, until)


@performs(words.read_story)
def read_story(request: words.AskStory, call: Call, store: Database) -> Story:
    with store.reading(call) as tx:
        return tell(tx, request.ref)


@performs(words.read_lineage)
def read_lineage(request: words.AskLineage, call: Call, store: Database) -> Lineage:
    if not 1 <= request.limit <= MOST_NODES:
        raise UsageError(f"`limit` is {request.limit}", hint=f"1 to {MOST_NODES}")
    with store.reading(call) as tx:
        return walk(tx, request)


@performs(words.read_today)
def read_today(_request: words.AskToday, call: Call, store: Database) -> Today:
    with store.reading(call) as tx:
        return today(tx)


@performs(words.read_usage)
def read_usage(request: words.AskUsage, call: Call, store: Database) -> PlatformUsage:
    if not 0 < request.days <= _LONGEST:
        raise UsageError(f"`days` is {request.days:g}", hint="days=30")
    with store.reading(call) as tx:
        return usage(tx, request.days)
