"""Ships spools that are complete: converts each to Parquet, stores it, tells the record, and only then removes it.

The name of a spool is the key under which it is shipped, so a keeper that was killed in between repeats without making two of one.
"""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path

from treadle.core.errors import TreadleError
from treadle.endpoint.shipping import Converter
from treadle.endpoint.sources import Source
from treadle.endpoint.spool import CLOSED, abandoned, finish

log = logging.getLogger("treadle.endpoint")
_AGAIN_SECONDS = 2.0


class Shipper:
    """Looks into the folder `spool` of an endpoint."""

    def __init__(self, source: Source, endpoint: str, folder: Path) -> None:
        self.source = source
        self.endpoint = endpoint
        self.folder = folder / "spool"
        self.share = 1.0
        self._converter = Converter()
        self._looked_for_dead = 0.0
        self._not_before = 0.0
        self._turn = threading.Lock()

    def ship(self) -> None:
        """Ships what there is. What cannot be shipped now stays, and is tried again."""
        with self._turn:  # the last shipment begins while one may still be under way
            self._ship()

    def _ship(self) -> None:
        now = time.monotonic()
        if not self.folder.is_dir() or now < self._not_before:
            return
        if now - self._looked_for_dead > 1.0:
            self._looked_for_dead = now
            for path in abandoned(self.folder):
                finish(path)
        for spool in sorted(self.folder.glob(f"*{CLOSED}"), key=lambda path: path.stat().st_mtime):
            if not self._shipped(spool):
                self._not_before = time.monotonic() + _AGAIN_SECONDS
                return
        self._converter.rest()

    def finish(self) -> None:
        """Ships all that is left, because the workers are gone."""
        self._not_before = self._looked_for_dead = 0.0
        self.ship()
        self._converter.rest(now=True)

    def _shipped(self, spool: Path) -> bool:
        target = spool.with_suffix(".parquet")
        try:
            found = self._converter.convert(spool, target, self.endpoint, self.share)
            if found is not None:
                revisions = {int(number): count for number, count in found["revisions"].items()}
                self.source.ship(target, {**found, "revisions": revisions, "key": spool.stem})
        except ValueError as error:
            log.error("a spool of predictions cannot be read and is put aside: %s: %s", spool.name, error)
            spool.rename(spool.with_suffix(".damaged"))
            return True
        except (TreadleError, OSError) as error:
            log.warning("predictions cannot be shipped now and wait: %s", error)
            return False
        spool.unlink()
        return True
