"""Words about files that clients keep with a run, a logged model or a trace, by path.

The owner is written `runs/KEY`, `models/m-ID` or `traces/tr-ID`. A path is relative, with `/`, and never leaves its owner.
"""

from __future__ import annotations

import msgspec

from treadle.contract.content import Stream
from treadle.core.operation import DELETE, GET, POST, PUT, operation

MOST_PARTS = 10_000
"""Parts of one upload."""


class KeptFile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file, or a folder (which has neither size nor digest); `digest` is the BLAKE3 of its bytes."""

    path: str
    size: int = 0
    digest: str = ""
    folder: bool = False


class PutFile(msgspec.Struct, frozen=True, kw_only=True):
    owner: str
    path: str


put_file = operation(
    "files.put",
    PUT,
    "/files",
    PutFile,
    KeptFile,
    allow="run:write",
    summary="Keep a file; one of that path is replaced.",
    body="bytes",
)


class GetFile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Bytes from `start` on (below 0: counted from the end), at most `length`."""

    owner: str
    path: str
    start: int = 0
    length: int | None = None


get_file = operation("files.get", GET, "/files", GetFile, Stream, allow="run:read", summary="The bytes of a kept file.")


class ListFiles(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is directly in a folder of the owner's, or with `deep` every file below it. A path that is a file has nothing in it."""

    owner: str
    path: str = ""
    deep: bool = False


list_files = operation("files.list", GET, "/files/list", ListFiles, list[KeptFile], allow="run:read", summary="Kept files in a folder.")


class DeleteFiles(msgspec.Struct, frozen=True, kw_only=True):
    """A file, or a folder with all in it."""

    owner: str
    path: str


class DeletedFiles(msgspec.Struct, frozen=True, kw_only=True):
    count: int


delete_files = operation("files.delete", DELETE, "/files", DeleteFiles, DeletedFiles, allow="run:write", summary="Delete kept files.")


class BeginUpload(msgspec.Struct, frozen=True, kw_only=True):
    """A large file that will arrive in `parts` numbered from 1, in any order and several at once."""

    owner: str
    path: str
    parts: int


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    id: str


begin_upload = operation(
    "files.begin", POST, "/files/uploads", BeginUpload, Upload, allow="run:write", summary="Begin to upload a file in parts."
)


class PutPart(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    number: int


class StoredPart(msgspec.Struct, frozen=True, kw_only=True):
    number: int
    size: int
    digest: str


put_part = operation(
    "files.part",
    PUT,
    "/files/uploads/{id}/{number}",
    PutPart,
    StoredPart,
    allow="run:write",
    summary="One part of an upload; sent again, it replaces the one before.",
    body="bytes",
)


class CompleteUpload(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Puts the parts together, in the order of `digests` when they are given: each must be the digest of its part."""

    id: str
    digests: dict[int, str] = {}


complete_upload = operation(
    "files.complete", POST, "/files/uploads/{id}", CompleteUpload, KeptFile, allow="run:write", summary="Make a file of its parts."
)


class AbortUpload(msgspec.Struct, frozen=True, kw_only=True):
    id: str


abort_upload = operation(
    "files.abort", DELETE, "/files/uploads/{id}", AbortUpload, Upload, allow="run:write", summary="Give up an upload and its parts."
)
