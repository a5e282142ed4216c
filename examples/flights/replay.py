"""Replays 2013 against the endpoint, as it happened, from the first day that the data do not hold yet.

    python replay.py 2013-08-19                 up to, not including, this day
    python replay.py canary                     until a new version answers a part of the traffic
    python replay.py settled --rename MQ=YX     until no rollout is under way, and good weeks have closed the alarm that trained anew;
                                                a code changes in the feed (made up)

Each hour's departures are one request. What became of them is known a day later and goes to the endpoint as labels; each week's
flights and weather are then added to the data, where the next training finds them. While the loop trains or decides, the clock waits.
"""

from __future__ import annotations

import argparse
import http.client
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

import polars as pl
from features import FEATURES, departures
from ingest import add_days, next_day, read

from treadle import Client, connect
from treadle.contract.monitoring import ListAlarms, Look, list_alarms, look
from treadle.contract.record import Entry, ReadJournal, read_journal
from treadle.contract.registry import VersionRef, get_version
from treadle.contract.runs import ListRuns, list_runs
from treadle.contract.serving import Endpoint, EndpointName, get_endpoint
from treadle.contract.triggers import ListFirings, list_firings

ENDPOINT, MONITOR = "flights", "flights-watch"
CALLERS = 8
MOST_DAYS = 28
"""How long we go on asking for something to happen."""
PATIENCE = 300.0
"""Seconds that the loop may take for one turn before we give up on it."""
TOLD = ("alarm.", "trigger.fired", "model.registered", "version.", "rollout.", "revision.live")


class Replay:
    """The endpoint, the record, and what has been told of the record so far."""

    def __init__(self, client: Client, rename: dict[str, str]) -> None:
        self.client = client
        self.rename = rename
        self.every = with_keys(departures(read("flights"), read("weather")))
        self.callers = ThreadPoolExecutor(CALLERS, thread_name_prefix="caller")
        self.own = threading.local()
        self.yesterday: pl.DataFrame | None = None
        self.failed = 0
        recent = client(read_journal, ReadJournal(newest=True, limit=200))
        self.seen = recent[0].id
        self.expected = {entry.id for entry in recent if awaited(entry)}
        """News that a trigger of loop.py waits for, until it has acted."""
        self.settle()
        self.address = self.wait_for_address()

    def wait_for_address(self) -> str:
        """Where the endpoint answers, once its first version is live and loaded."""
        found = self.endpoint()
        wait_for(lambda: bool(self.endpoint().address and ready(self.endpoint().address)) or not self.endpoint().revisions)
        if not found.revisions:
            newest = self.client(get_version, VersionRef(ref=found.model))
            raise SystemExit(f"nothing is released: {newest.title}; treadle models show {newest.ref}")
        return self.endpoint().address

    def endpoint(self) -> Endpoint:
        return self.client(get_endpoint, EndpointName(endpoint=ENDPOINT))

    def days(self, first: date, last: date) -> None:
        """Some days of traffic, the labels of the days before them, and at the end the data that they made."""
        rolling, before = self.loaded(), self.endpoint()
        asked, answered, told, began = 0, 0, 0, time.monotonic()
        day = first
        while day < last:
            rows = self.every.filter(pl.col("day") == day)
            answered += self.ask(rows)
            if self.yesterday is not None:
                told += self.label(self.yesterday)
            self.yesterday = rows
            asked += rows.height
            day += timedelta(days=1)
        add_days(self.client, first, last)
        print(f"  {first} to {last - timedelta(days=1)}  {asked:,} departures asked about in {time.monotonic() - began:.1f} s", flush=True)
        wait_for(lambda: self.recorded(before.predictions + answered, before.labels + told))
        if rolling:
            wait_for(self.judged)
        self.settle()

    def ask(self, rows: pl.DataFrame) -> int:
        """Asks for every departure of a day, an hour a request, several callers at once; answers how many were answered."""
        hours = [hour for _, hour in rows.group_by("hour", maintain_order=True)]
        answered = 0
        for hour, (status, answer) in zip(hours, self.callers.map(self.hour, hours), strict=True):
            if status == 200:
                answered += hour.height
            else:
                self.failed += 1
                print(f"    {status}: {answer[:300]}")
        return answered

    def hour(self, rows: pl.DataFrame) -> tuple[int, str]:
        known = rows.with_columns(carrier=pl.col("carrier").replace(self.rename))
        body = {"rows": known.select(FEATURES).rows(), "keys": rows["key"].to_list(), "times": rows["time"].to_list()}
        return self.post("/predict", body, {"Treadle-Key": f"{rows['hour'][0]}"})

    def label(self, rows: pl.DataFrame) -> int:
        """What became of a day's departures, and of how many; those that never arrived have no label."""
        arrived = rows.filter(pl.col("late").is_not_null())
        labels = [{"key": key, "value": late} for key, late in arrived.select("key", "late").iter_rows()]
        if labels:
            status, answer = self.post("/labels", {"labels": labels}, {})
            if status != 200:
                raise SystemExit(f"labels were refused, {status}: {answer[:300]}")
        return len(labels)

    def post(self, path: str, body: object, headers: dict[str, str]) -> tuple[int, str]:
        if not hasattr(self.own, "http"):
            self.own.http = http.client.HTTPConnection(urlsplit(self.address).netloc, timeout=60)
        self.own.http.request("POST", path, json.dumps(body), {"Content-Type": "application/json", **headers})
        response = self.own.http.getresponse()
        return response.status, response.read().decode(errors="replace")

    # --- the loop --------------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Waits until the loop has seen what happened, and nothing that it started is still at work."""
        self.client(look, Look(monitor=MONITOR))
        wait_for(self.at_rest)

    def at_rest(self) -> bool:
        """Whether triggers have acted upon their news, no run is under way, and the judge has seen today's traffic."""
        self.tell()
        if self.expected:
            firings = self.client(list_firings, ListFirings(limit=200))
            self.expected -= {one.entry for one in firings if one.entry is not None and one.state != "due"}
        under_way = (
            self.client(list_runs, ListRuns(query=f"state = {state}", limit=1)).runs for state in ("queued", "starting", "running")
        )
        return not self.expected and not any(under_way)

    def recorded(self, predictions: int, labels: int) -> bool:
        """Whether so many of each are on record: an endpoint hands over what it has answered within a second or two, not at once. What a
        shadow answered counts, too, so that there may be more."""
        found = self.endpoint()
        return found.predictions >= predictions and found.labels >= labels

    def loaded(self) -> bool:
        """Whether a rollout is under way; waits until its version is loaded, so that it sees the traffic."""
        found = self.endpoint()
        if found.rollout is None:
            return False
        [version] = [str(one.version) for one in found.revisions if one.number == found.rollout.revision]
        wait_for(lambda: version in versions(self.address, found.model))
        return True

    def judged(self) -> bool:
        """Whether the guardrails of the rollout under way have counted what the new version was last asked."""
        found = self.endpoint()
        if found.rollout is None:
            return True
        counts: Any = found.rollout.evidence.get("last", {}).get(str(found.rollout.revision), {})
        return any(one.revision == found.rollout.revision and one.requests == counts.get("requests", 0) for one in found.traffic)

    def has_canary(self) -> bool:
        return any(one.role == "canary" for one in self.endpoint().revisions)

    def settled(self) -> bool:
        """Whether no rollout is under way, and no alarm of performance is open that speaks of all rows."""
        open_alarms = self.client(list_alarms, ListAlarms(monitor=MONITOR, state="open"))
        return self.endpoint().rollout is None and not any(one.kind == "performance" and not one.slice for one in open_alarms)

    def tell(self) -> None:
        """Prints what the record has to tell since the last time."""
        for entry in self.client(read_journal, ReadJournal(after=self.seen, limit=5000)):
            self.seen = entry.id
            if entry.kind.startswith(TOLD) and not entry.data.get("slice") and entry.kind != "version.checked":
                print(f"    {entry.kind:<18} {sentence(entry)}", flush=True)
            if awaited(entry):
                self.expected.add(entry.id)


def awaited(entry: Entry) -> bool:
    """Whether a trigger of loop.py acts upon this news."""
    performance = entry.kind == "alarm.opened" and entry.data.get("kind") == "performance" and not entry.data.get("slice")
    return performance or entry.kind == "version.approved"


def wait_for(over: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not over():
        if time.monotonic() > deadline:
            raise SystemExit("the loop does not come to rest: treadle runs, treadle triggers, treadle endpoints")
        time.sleep(0.1)


def ready(address: str) -> bool:
    try:
        return get(address, "/health/ready")[0] == 200
    except OSError:
        return False


def versions(address: str, model: str) -> list[str]:
    """The versions of a model that an endpoint has loaded."""
    found: list[str] = json.loads(get(address, f"/v2/models/{model}")[1])["versions"]
    return found


def get(address: str, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=5)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def sentence(entry: Entry) -> str:
    """What a line of the record says, in a few words."""
    words = [str(entry.data[name]) for name in ("closing", "sentence", "reason", "why", "ref") if entry.data.get(name)]
    said = words[0] if words else ""
    return f"{entry.subject}: {said if len(said) < 150 else said[:150] + '...'}"


def with_keys(rows: pl.DataFrame) -> pl.DataFrame:
    """The departures with what a request needs: a key of their own, their time in seconds, their hour."""
    return rows.with_columns(
        key=pl.format("{}/{}", pl.col("day"), pl.int_range(pl.len()).over("day")),
        time=pl.col("scheduled").dt.epoch("s").cast(pl.Float64),
        hour=pl.col("scheduled").dt.truncate("1h"),
    ).sort("scheduled")


def main() -> None:
    arguments = argparse.ArgumentParser(description="Replay 2013 against the endpoint, from the first day that the data do not hold.")
    arguments.add_argument("until", metavar="DAY|canary|settled")
    arguments.add_argument("--rename", default="", metavar="OLD=NEW", help="a carrier's code that changes in the feed")
    given = arguments.parse_args()
    old, _, new = given.rename.partition("=")
    with connect() as client:
        replay = Replay(client, {old: new} if old else {})
        first = next_day(client)
        if given.until in ("canary", "settled"):
            day_by_day(replay, first, given.until)
        else:
            last = date.fromisoformat(given.until)
            while first < last:
                replay.days(first, min(first + timedelta(days=7), last))
                first += timedelta(days=7)
        replay.tell()
    print(f"  {replay.failed} requests failed" if replay.failed else "  no request failed")


def day_by_day(replay: Replay, first: date, until: str) -> None:
    """Goes on until a new version answers a part of the traffic (`canary`), or nothing is open any more (`settled`)."""
    for day in (first + timedelta(days=number) for number in range(MOST_DAYS)):
        if replay.settled() if until == "settled" else replay.has_canary():
            return
        replay.days(day, day + timedelta(days=1))
    raise SystemExit(f"after {MOST_DAYS} days it is not {until}: treadle endpoints show {ENDPOINT}")


if __name__ == "__main__":
    main()
