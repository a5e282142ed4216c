"""Which stored bytes model versions name, so that a sweep keeps them: a version stays readable when its run is gone."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from sqlalchemy import select

from treadle.contract.data import Artifact
from treadle.data.holding import Named, names_content
from treadle.store import tables as t
from treadle.store.database import Transaction


@names_content
def of_versions(tx: Transaction) -> Iterator[Named]:
    """The model itself, its other forms, its profile, sample and holdout."""
    query = select(t.model_version, t.model.c.name.label("model_name"))
    for row in tx.execute(query.join(t.model, t.model.c.id == t.model_version.c.model)):
        ref = f"{row.model_name}@v{row.number}"
        for value in (row.artifact, row.onnx, row.sample, row.holdout):
            artifact = msgspec.convert(value, Artifact) if value else None
            if artifact is not None and artifact.inline is None:
                yield Named(artifact.digest, ref, tree=artifact.tree)
        if row.profile:
            yield Named(row.profile, ref)
