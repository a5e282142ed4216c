"""Objects in a bucket: S3, Google Cloud Storage or Azure, by URL, through obstore (extra `s3`), which is imported on first use."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from treadle.blobs.objects import Held
from treadle.core.errors import HomeError, MissingContent, Unreachable, UsageError

_PART = 16 << 20  # bytes of one part of a multipart upload
_RENEWING = ".renewing"


class Bucket:
    """The object protocol over an object store, for example `s3://bucket/prefix`.

    Credentials, region and endpoint come from the environment as the vendors' own tools read them; `options` override them
    with obstore's names (`endpoint`, `region`, `access_key_id` ...). Raises UsageError when obstore is not installed.
    """

    def __init__(self, url: str, **options: Any) -> None:
        try:
            import obstore
            from obstore.store import from_url
        except ImportError:
            raise UsageError("object stores need the package obstore", where=url, hint="pip install 'treadle[s3]'") from None
        self._obstore: Any = obstore
        self.url = url.rstrip("/")
        plain = str(options.get("endpoint", "")).startswith("http://")
        self._store: Any = from_url(self.url, client_options={"allow_http": True} if plain else None, **options)

    def __repr__(self) -> str:
        return f"bucket {self.url}"

    def put(self, key: str, source: bytes | bytearray | memoryview | Path, *, move: bool = False) -> None:
        with self._reaching(key):
            self._obstore.put(self._store, key, source, chunk_size=_PART)
        if move and isinstance(source, Path):
            source.unlink(missing_ok=True)

    def read(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        if length == 0:
            return b""
        if start == 0 and length is None:
            return self._whole(key)
        if length is None:
            held = self.find(key)
            length = max(held.size - start, 0) if held else 1
            if not length:
                return b""
        try:
            with self._reaching(key):
                return bytes(self._obstore.get_range(self._store, key, start=start, length=length))
        except Unreachable:
            # Some servers answer a range with the whole object, and all refuse one that begins behind the end.
            return self._whole(key)[start : start + length]

    def find(self, key: str, *, renew: bool = False) -> Held | None:
        try:
            with self._reaching(key):
                if renew:
                    self._renew(key)
                about = self._obstore.head(self._store, key)
        except MissingContent:
            return None
        return Held(key, about["size"], about["last_modified"].timestamp())

    def list(self, prefix: str) -> Iterator[Held]:
        with self._reaching(prefix):
            for page in self._obstore.list(self._store, prefix.rstrip("/") or None, chunk_size=1000):
                for about in page:
                    yield Held(about["path"], about["size"], about["last_modified"].timestamp())

    def delete(self, key: str) -> None:
        with contextlib.suppress(MissingContent), self._reaching(key):
            self._obstore.delete(self._store, key)

    def _whole(self, key: str) -> bytes:
        with self._reaching(key):
            return bytes(self._obstore.get(self._store, key).bytes())

    def _renew(self, key: str) -> None:
        # S3 refuses to copy an object onto itself, so its age is renewed by way of a second name, all inside the server.
        self._obstore.copy(self._store, key, key + _RENEWING)
        self._obstore.copy(self._store, key + _RENEWING, key)
        self._obstore.delete(self._store, key + _RENEWING)

    @contextlib.contextmanager
    def _reaching(self, key: str) -> Iterator[None]:
        refused = (self._obstore.exceptions.PermissionDeniedError, self._obstore.exceptions.UnauthenticatedError)
        try:
            yield
        except FileNotFoundError:
            raise MissingContent(f"the store holds no object `{key}`", where=self.url, hint="treadle data verify") from None
        except refused as error:
            raise HomeError(f"the object store refused: {_first_line(error)}", where=self.url) from error
        except self._obstore.exceptions.BaseError as error:
            raise Unreachable(f"the object store did not do as asked: {_first_line(error)}", where=f"{self.url}/{key}") from error


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:300]
