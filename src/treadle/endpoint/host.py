"""The process of one model: it loads the model, then answers batch after batch until its worker closes the socket.

Whatever the model does - raise, hang, leak, end the process - stays in here. A batch in which the model raised is asked again request by
request, so that one caller's rows do not fail another's.
"""

from __future__ import annotations

import contextlib
import os
import resource
import socket
import sys
import time
import traceback
from typing import Any

import msgspec

from treadle.core.errors import TreadleError
from treadle.endpoint.frames import pack, receive
from treadle.endpoint.plans import Spec


def run(connection: socket.socket) -> None:
    """Serves one worker. Frames: first the Spec, answered by {ready} or {failed}; then [sizes, counts] with the rows of a batch,
    answered by [kind, width, errors, seconds] with what the model gave. `errors` maps the place of a request to what it raised."""
    asked = receive(connection)
    if asked is None:
        return
    spec = msgspec.convert(asked[0], Spec)
    began = time.perf_counter()
    try:
        if spec.memory:
            resource.setrlimit(resource.RLIMIT_DATA, (spec.memory, spec.memory))
        from treadle.endpoint import score

        scorer = score.load(spec)
        scorer.warm(spec)
    except (Exception, SystemExit) as error:  # whatever a model does while it is loaded is a fact about the model
        connection.sendall(pack({"failed": _reason(error)}))
        return
    _settle()
    connection.sendall(pack({"ready": time.perf_counter() - began}))
    while (frame := receive(connection)) is not None:
        sizes, counts = frame[0]
        answer, tired = _answered(scorer, sizes, counts, frame[1])
        connection.sendall(answer)
        if tired:
            return


def _settle() -> None:
    """What was loaded stays: the collector need not look at it with every batch."""
    import gc

    gc.collect()
    gc.freeze()


def _answered(scorer: Any, sizes: list[int], counts: list[int], body: bytearray) -> tuple[bytes, bool]:
    """The frame that answers a batch, and whether this process should end now because its memory is used up."""
    began = time.perf_counter()
    try:
        made = scorer.score(sizes, counts, body)
        return pack([made.kind, made.width, None, time.perf_counter() - began], made.body), False
    except (Exception, SystemExit) as error:
        if len(counts) == 1:
            _tell(error)
            return pack(["", 0, {0: _reason(error)}, time.perf_counter() - began]), isinstance(error, MemoryError)
    parts: list[Any] = []
    errors: dict[int, str] = {}
    tired, at = False, 0
    for place, (size, count) in enumerate(zip(sizes, counts, strict=True)):
        try:
            made = scorer.score([size], [count], body[at : at + size])
            parts.append([made.kind, made.width, made.body])
        except (Exception, SystemExit) as error:
            _tell(error)
            errors[place] = _reason(error)
            parts.append(None)
            tired = tired or isinstance(error, MemoryError)
        at += size
    return pack(["each", 0, errors, time.perf_counter() - began], msgspec.msgpack.encode(parts)), tired


def _reason(error: BaseException) -> str:
    if isinstance(error, TreadleError):
        return error.what + (f" ({error.hint})" if error.hint else "")
    first = (str(error).strip().splitlines() or [""])[0][:300]
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


def _tell(error: BaseException) -> None:
    """The whole story goes to the log, never to a caller."""
    with contextlib.suppress(OSError):
        traceback.print_exception(error, file=sys.stderr)


def main() -> None:
    """`python -m treadle.endpoint.host FD`: where a nursery that has threads cannot fork."""
    os.dup2(2, 1)
    run(socket.socket(fileno=int(sys.argv[1])))


if __name__ == "__main__":
    main()
