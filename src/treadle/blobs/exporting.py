"""Writing many blobs out as files: packs are read front to back in large pieces, and every blob is verified on its way."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

from blake3 import blake3

from treadle.blobs.packs import Place, pack_key
from treadle.blobs.transfer import storing, write_all
from treadle.core.errors import Damaged, MissingContent

if TYPE_CHECKING:
    from treadle.blobs.addressed import Blobs

_PIECE = 4 << 20  # bytes of a pack read at once
_GAP = 64 << 10  # bytes nobody asked for that are read along rather than reading twice
_THREADS = 2  # more only fight for the interpreter: creating files is what costs


class Target(NamedTuple):
    """A blob and the file to write it to, which must not exist; its folder must."""

    digest: str
    path: str
    executable: bool = False


Done = Callable[[Target, os.stat_result], None]


def export_many(blobs: Blobs, targets: Sequence[Target], done: Done) -> None:
    """Writes every target; `done` is told of each, from several threads, with what the file system says of the finished file."""
    by_digest: dict[str, list[Target]] = {}
    for target in targets:
        by_digest.setdefault(target.digest, []).append(target)
    places = blobs.places(list(by_digest))
    pieces = list(_pieces(places))
    others = [digest for digest in by_digest if digest not in places]
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="treadle-export") as pool:
        waiting = [pool.submit(_write_piece, blobs, piece, by_digest, done) for piece in pieces]
        waiting += [pool.submit(_write_alone, blobs, by_digest[digest], done) for digest in others]
        try:
            for future in waiting:
                future.result()
        finally:
            for future in waiting:
                future.cancel()


def _pieces(places: dict[str, Place]) -> Iterator[list[tuple[str, Place]]]:
    """The blobs that are read together, because they lie side by side."""
    piece: list[tuple[str, Place]] = []
    start = end = 0
    for digest, place in sorted(places.items(), key=lambda item: item[1]):
        far = piece and (place.pack != piece[0][1].pack or place.offset > end + _GAP or place.offset + place.size > start + _PIECE)
        if far:
            yield piece
            piece = []
        if not piece:
            start = place.offset
        piece.append((digest, place))
        end = place.offset + place.size
    if piece:
        yield piece


def _write_piece(blobs: Blobs, piece: list[tuple[str, Place]], by_digest: dict[str, list[Target]], done: Done) -> None:
    pack, start, _ = piece[0][1]
    end = piece[-1][1].offset + piece[-1][1].size
    try:
        data = memoryview(blobs.objects.read(pack_key(pack), start, end - start))
    except MissingContent:
        for digest, _ in piece:
            _write_alone(blobs, by_digest[digest], done)  # a sweep has written the pack anew: look each of them up again
        return
    for digest, place in piece:
        part = data[place.offset - start : place.offset - start + place.size]
        if blake3(part).hexdigest() != digest:
            raise Damaged(f"the stored bytes of {digest[:12]} are damaged", where=repr(blobs.objects), hint="treadle data verify")
        for target in by_digest[digest]:
            _write_file(target, part, done)


def _write_file(target: Target, data: memoryview, done: Done) -> None:
    with storing(target.path):
        mode = 0o777 if target.executable else 0o666
        descriptor = os.open(target.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        try:
            if os.write(descriptor, data) != len(data):
                os.lseek(descriptor, 0, os.SEEK_SET)
                write_all(descriptor, data)
            about = os.fstat(descriptor)
        finally:
            os.close(descriptor)
    done(target, about)


def _write_alone(blobs: Blobs, targets: list[Target], done: Done) -> None:
    for target in targets:
        blobs.export(target.digest, target.path, executable=target.executable)
        done(target, os.stat(target.path))
