"""Cleaning up: removing what nobody keeps, making packs dense again, and finding what is damaged."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from treadle.blobs import recipe as recipes
from treadle.blobs.folder import STAGING, Folder, sweep_staging
from treadle.blobs.objects import Held
from treadle.blobs.packs import FOLDER, INDEX, PACK, PackIndex, index_key, pack_key
from treadle.core.content import digest_bytes, is_digest
from treadle.core.errors import Damaged, MissingContent

if TYPE_CHECKING:
    from treadle.blobs.addressed import Blobs

_CONTENT = "content/"
_DENSE = 0.5  # a pack of which less is kept is written anew
_SMALL_PACK = 16 << 20  # bytes; packs below this size are put together ...
_MANY_PACKS = 16  # ... once there are so many of them


class Swept(msgspec.Struct, frozen=True, kw_only=True):
    """What a sweep removed, or with `dry_run` would remove: blobs, packs written anew, and bytes freed."""

    blobs: int
    bytes: int
    packs: int
    leftovers: int
    """Bytes that writers left behind when they were killed."""
    dry_run: bool


class Flaw(msgspec.Struct, frozen=True, kw_only=True):
    """Something wrong in the store: a blob whose bytes are `damaged`, or that is `missing`; `what` says it in words."""

    digest: str
    kind: str
    what: str


def sweep(blobs: Blobs, keep: set[str], older_than_seconds: float, *, dry_run: bool) -> Swept:
    """Removes blobs that are not in `keep` and have been neither stored nor asked for within the last `older_than_seconds`.

    Recipes go first. Then what the remaining recipes name is kept too, whoever wrote them; a recipe that appears later renews
    what it names, and every object is looked at once more right before it is removed.
    """
    before = time.time() - older_than_seconds
    content = list(blobs.objects.list(_CONTENT))
    removed = [held for held in content if _is_recipe(held) and _digest(held) not in keep and held.modified <= before]
    gone = [held for held in removed if _remove(blobs, held, before, dry_run)]
    gone_keys = {held.key for held in gone}
    recipe_keys = {held.key for held in blobs.objects.list(_CONTENT) if _is_recipe(held)} - gone_keys
    keep = keep | _named_by(blobs, recipe_keys)
    whole = [held for held in content if not _is_recipe(held) and _digest(held) not in keep and held.modified <= before]
    gone += [held for held in whole if _remove(blobs, held, before, dry_run)]
    packed, packed_bytes, packs = _sweep_packs(blobs, keep, before, dry_run)
    leftovers = _sweep_leftovers(blobs, before, dry_run)
    if not dry_run:
        _sweep_cache(blobs, keep, before)
    return Swept(
        blobs=len(gone) + packed, bytes=sum(held.size for held in gone) + packed_bytes, packs=packs, leftovers=leftovers, dry_run=dry_run
    )


def verify(blobs: Blobs, expected: set[str] | None = None) -> Iterator[Flaw]:
    """Reads every stored byte and names what is damaged, and of the `expected` digests those that are missing."""
    seen: set[str] = set()
    blobs.packs.refresh()
    for name, reason in blobs.packs.damaged().items():
        yield Flaw(digest="", kind="damaged", what=f"{reason} (pack {name})")
    for index in blobs.packs.indexes():
        for digest, flaw in _verify_pack(blobs, index):
            seen.add(digest)
            if flaw:
                yield flaw
    for held in blobs.objects.list(_CONTENT):
        digest = _digest(held)
        if not is_digest(digest):
            continue
        seen.add(digest)
        try:
            for _ in blobs.stream(digest):
                pass
        except Damaged as error:
            yield Flaw(digest=digest, kind="damaged", what=error.what)
        except MissingContent as error:
            kind = "damaged" if _is_recipe(held) else "missing"
            yield Flaw(digest=digest, kind=kind, what=f"a part of {digest[:12]} is missing: {error.what}")
    for digest in sorted((expected or set()) - seen):
        yield Flaw(digest=digest, kind="missing", what=f"the store does not hold {digest}")


def _verify_pack(blobs: Blobs, index: PackIndex) -> Iterator[tuple[str, Flaw | None]]:
    for raw, place in index.entries():
        digest = raw.hex()
        try:
            data = blobs.objects.read(pack_key(place.pack), place.offset, place.size)
        except MissingContent as error:
            yield digest, Flaw(digest=digest, kind="missing", what=error.what)
            continue
        good = digest_bytes(data) == digest
        yield (
            digest,
            None if good else Flaw(digest=digest, kind="damaged", what=f"the bytes of {digest[:12]} in pack {place.pack} are damaged"),
        )


def _named_by(blobs: Blobs, recipe_keys: set[str]) -> set[str]:
    named: set[str] = set()
    for key in recipe_keys:
        try:
            recipe = recipes.decode(blobs.objects.read(key), key)
        except (MissingContent, Damaged):
            continue  # swept by somebody else, or beyond repair: it keeps nothing alive
        named.update(segment.source for segment in recipe.segments)
    return named


def _sweep_packs(blobs: Blobs, keep: set[str], before: float, dry_run: bool) -> tuple[int, int, int]:
    """Removes blobs from packs by writing what remains of a sparse pack into a new one; answers blobs, bytes, packs."""
    blobs.packs.refresh()
    ages = {held.key: held.modified for held in blobs.objects.list(FOLDER)}
    old = [index for index in blobs.packs.indexes() if ages.get(index_key(index.name), before + 1) <= before]
    small = [index for index in old if index.pack_size < _SMALL_PACK]
    groups = [small] if len(small) >= _MANY_PACKS else [[index] for index in small]
    groups += [[index] for index in old if index.pack_size >= _SMALL_PACK]
    count = freed = packs = 0
    for group in groups:
        dead = [place.size for index in group for raw, place in index.entries() if raw.hex() not in keep]
        sparse = len(dead) == group[0].count or (dead and sum(dead) >= group[0].pack_size * (1 - _DENSE))
        if (sparse or len(group) > 1) and (dry_run or _rewrite(group, blobs, keep, before)):
            count, freed, packs = count + len(dead), freed + sum(dead), packs + len(group)
    return count, freed, packs


def _rewrite(group: list[PackIndex], blobs: Blobs, keep: set[str], before: float) -> bool:
    """Writes what is kept of these packs into new ones; False, with nothing changed, when some of it is damaged."""
    try:
        with blobs.repacking() as pack:
            for index in group:
                for raw, place in index.entries():
                    digest = raw.hex()
                    if digest in keep and pack.add(blobs.objects.read(pack_key(place.pack), place.offset, place.size)) != digest:
                        raise Damaged(f"the bytes of {digest[:12]} in pack {index.name} are damaged")
    except (Damaged, MissingContent):
        return False  # left as it is, for `verify` to name and a person to mend
    for index in group:
        held = blobs.objects.find(index_key(index.name))
        if held and held.modified <= before:
            # The index goes first: a reader that still has it finds the pack gone, looks again and finds the new one.
            blobs.objects.delete(index_key(index.name))
            blobs.objects.delete(pack_key(index.name))
    blobs.packs.refresh()
    return True


def _sweep_leftovers(blobs: Blobs, before: float, dry_run: bool) -> int:
    """Packs without an index, indexes without a pack, and half-grown files, all of writers that died; answers bytes."""
    held = {one.key: one for one in blobs.objects.list(FOLDER)}
    freed = 0
    for one in held.values():
        stem = one.key.removesuffix(PACK).removesuffix(INDEX)
        partner = stem + (INDEX if one.key.endswith(PACK) else PACK)
        if partner not in held and one.modified <= before and not blobs.objects.find(partner):
            freed += one.size
            if not dry_run:
                blobs.objects.delete(one.key)
    return freed + sum(sweep_staging(folder, before, dry_run=dry_run) for folder in {blobs.staging, blobs.cache / STAGING})


def _sweep_cache(blobs: Blobs, keep: set[str], before: float) -> None:
    """Removes local copies of what nobody keeps."""
    cache = Folder(blobs.cache)
    for held in cache.list(_CONTENT):
        if _digest(held) not in keep and held.modified <= before:
            cache.delete(held.key)


def _remove(blobs: Blobs, held: Held, before: float, dry_run: bool) -> bool:
    now = blobs.objects.find(held.key)
    if now is None or now.modified > before:
        return False
    if not dry_run:
        blobs.objects.delete(held.key)
    return True


def _is_recipe(held: Held) -> bool:
    return held.key.endswith(recipes.SUFFIX)


def _digest(held: Held) -> str:
    return held.key.removesuffix(recipes.SUFFIX)[len(_CONTENT) :].replace("/", "")
