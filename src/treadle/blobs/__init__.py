"""Bytes by address: the object protocol, a local folder, object stores, and content addressing over any of them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from treadle.blobs.addressed import Blobs
from treadle.blobs.exporting import Target
from treadle.blobs.folder import Folder
from treadle.blobs.objects import Held, Objects
from treadle.blobs.sweep import Flaw, Swept

__all__ = ["Blobs", "Flaw", "Folder", "Held", "Objects", "Swept", "Target", "open_blobs"]


def open_blobs(where: str | os.PathLike[str], cache: str | os.PathLike[str], **options: Any) -> Blobs:
    """The blobs in a local folder, or in a bucket given as a URL (`s3://`, `gs://`, `az://`) with options for its client.

    `cache` is a local folder for copies of blobs that have no local file of their own; it can be removed at any time.
    """
    place = os.fspath(where)
    if "://" not in place:
        return Blobs(Folder(place), cache)
    if place.startswith("file://"):
        return Blobs(Folder(Path(place.removeprefix("file://"))), cache)
    from treadle.blobs.bucket import Bucket

    return Blobs(Bucket(place, **options), cache)
