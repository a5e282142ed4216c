"""Journal entries in memory, and the chains of causes in them: the same rule as the store's, for many entries at once. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping

from treadle.contract.record import Entry
from treadle.core.causes import Place, inherits, places_before


class Chains:
    """Entries by number and by subject. `roots` says which run a child run belongs to, for entries of children that are not here."""

    def __init__(self, entries: Iterable[Entry], roots: Mapping[int, int] | None = None) -> None:
        self.entries = sorted(entries, key=lambda entry: entry.id)
        self.by_number = {entry.id: entry for entry in self.entries}
        self._roots = roots or {}
        self._by_subject: dict[str, list[Entry]] = {}
        for entry in self.entries:
            self._by_subject.setdefault(entry.subject, []).append(entry)

    def about(self, subject: str) -> list[Entry]:
        """Entries about a subject, oldest first."""
        return self._by_subject.get(subject, [])

    def newest(self, place: Place, below: int) -> Entry | None:
        """The newest entry of a place before number `below`; of a child run that is not here, of the run it belongs to."""
        found = self.about(place.subject)
        if not found and place.subject.startswith("run:"):
            root = self._roots.get(int(place.subject.removeprefix("run:")))
            found = self.about(f"run:{root}") if root is not None else []
        for entry in reversed(found[: bisect_left(found, below, key=lambda one: one.id)]):
            if not place.kind or entry.kind == place.kind:
                return entry
        return None

    def before(self, entry: Entry) -> Entry | None:
        """What caused an entry, as far as it is here."""
        said = self.by_number.get(entry.cause) if entry.cause is not None else None
        if said is not None and not inherits(entry.kind):
            return said
        places = places_before(entry.kind, entry.subject, entry.root, entry.data)
        found = next((one for place in places if (one := self.newest(place, entry.id)) is not None), None)
        return max((one for one in (said, found) if one is not None), key=lambda one: one.id, default=None)

    def of(self, entry: Entry) -> list[Entry]:
        """The entry and what caused it, nearest first."""
        chain: list[Entry] = []
        current: Entry | None = entry
        while current is not None and current not in chain:
            chain.append(current)
            current = self.before(current)
        return chain
