"""`python -m treadle.worker.single FOLDER`: performs one prepared attempt in a fresh interpreter."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from treadle.worker import child
from treadle.worker.wire import Launch


def main() -> None:
    launch = msgspec.msgpack.decode((Path(sys.argv[1]) / "launch").read_bytes(), type=Launch)
    status = 70
    try:
        status = child.perform(launch, None)
    finally:
        child.leave(status)


if __name__ == "__main__":
    main()
