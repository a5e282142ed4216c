"""The operations on datums: load, decide, apply."""

from __future__ import annotations

import msgspec
from sqlalchemy import update

from treadle.contract import datums as words
from treadle.contract.datums import ALIAS, MOST_DATUMS, MOST_DESCRIBED, Datum, DatumAlias
from treadle.core.errors import TooLarge, UsageError
from treadle.core.ids import parse_datum_ref
from treadle.core.operation import Call, performs
from treadle.data import datum_rows as rows
from treadle.store import tables as t
from treadle.store.database import Database

_MOST_SAID = 256 << 10  # bytes of a datum's properties as JSON


@performs(words.list_datums)
def list_datums(request: words.ListDatums, call: Call, store: Database) -> words.DatumPage:
    if not 0 < request.limit <= MOST_DATUMS:
        raise UsageError(f"`limit` is a number from 1 to {MOST_DATUMS:,}")
    with store.reading(call) as tx:
        found, following, total = rows.page(tx, request)
    return words.DatumPage(datums=tuple(found), next=following, total=total)


@performs(words.get_datum)
def get_datum(request: words.DatumName, call: Call, store: Database) -> Datum:
    with store.reading(call) as tx:
        return rows.datums_of(tx, [rows.find_datum(tx, parse_datum_ref(request.ref))], whole=True)[0]


@performs(words.describe_datums)
def describe_datums(request: words.DescribeDatums, call: Call, store: Database) -> list[Datum]:
    if len(request.properties) > MOST_DESCRIBED:
        raise TooLarge(
            f"{len(request.properties):,} datums are more than one request describes ({MOST_DESCRIBED:,})", hint="describe them in several"
        )
    with store.transaction(call) as tx:
        numbers = {ref: int(rows.find_datum(tx, parse_datum_ref(ref)).id) for ref in request.properties}
        locked = rows.locked_datums(tx, numbers.values())
        abouts = {number: dict(row.about) for number, row in locked.items()}
        for ref, said in request.properties.items():
            about = abouts[numbers[ref]]
            merged = rows.properties_of(about) | said
            kept = {key: value for key, value in merged.items() if value is not None and (key != ALIAS or key not in said)}
            if len(msgspec.json.encode(kept)) > _MOST_SAID:
                raise TooLarge(f"the properties of datum {numbers[ref]} are more than {_MOST_SAID:,} bytes")
            if about.get("outputs"):
                raise UsageError(f"datum {numbers[ref]} is a folder of very many outputs, whose files have properties of their own")
            abouts[numbers[ref]] = about | {"properties": kept}
        for number, about in abouts.items():
            tx.execute(update(t.artifact).where(t.artifact.c.id == number).values(about=about))
        for ref, said in request.properties.items():
            row = locked[numbers[ref]]
            tx.news("datum.described", f"datum:{row.id}", name=row.name, of=row.run, keys=sorted(said))
            for alias in rows.aliases_said(said):
                rows.move_alias(tx, alias, row)
        return rows.datums_of(tx, list(rows.locked_datums(tx, numbers.values()).values()))


@performs(words.purge_datum)
def purge_datum(request: words.DatumName, call: Call, store: Database) -> Datum:
    """A datum that was purged already is answered as it is."""
    with store.transaction(call) as tx:
        number = rows.find_datum(tx, parse_datum_ref(request.ref)).id
        row = rows.locked_datums(tx, [number])[number]
        if row.purged_at is None:
            tx.execute(update(t.artifact).where(t.artifact.c.id == number).values(purged_at=tx.now, inline=None))
            tx.news("datum.purged", f"datum:{number}", name=row.name, of=row.run, digest=row.digest, size=row.size)
        return rows.datums_of(tx, list(rows.locked_datums(tx, [number]).values()))[0]


@performs(words.list_datum_aliases)
def list_datum_aliases(request: words.ListDatumAliases, call: Call, store: Database) -> list[DatumAlias]:
    with store.reading(call) as tx:
        return rows.all_aliases(tx, request.prefix)


@performs(words.set_datum_alias)
def set_datum_alias(request: words.SetDatumAlias, call: Call, store: Database) -> DatumAlias:
    with store.transaction(call) as tx:
        row = rows.find_datum(tx, parse_datum_ref(request.datum))
        rows.move_alias(tx, request.alias, row, reason=request.reason)
        return next(one for one in rows.all_aliases(tx, request.alias) if one.name == request.alias)


@performs(words.remove_datum_alias)
def remove_datum_alias(request: words.RemoveDatumAlias, call: Call, store: Database) -> Datum:
    with store.transaction(call) as tx:
        ref = parse_datum_ref(request.alias)
        if ref.alias is None:
            raise UsageError(f"`{request.alias}` is a datum's number and no alias", hint="treadle data aliases")
        row = rows.find_datum(tx, ref)
        rows.drop_alias(tx, ref.alias, row)
        return rows.datums_of(tx, [row])[0]
