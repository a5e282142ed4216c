"""Network addresses, as far as it matters who can reach them."""

from __future__ import annotations

import hashlib
import ipaddress
import os
import tempfile
from pathlib import Path

_LONGEST = 100  # bytes of a path that a socket may have (unix(7), sun_path)


def is_loopback(host: str) -> bool:
    """Whether an address, as it stands in a URL or after --host, means this machine alone."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def socket_place(home: Path, name: str) -> Path:
    """Where the socket of something that belongs to a home lies: in the home, or, where that path would be too long for a socket, in a
    folder of temporary files that is this user's alone. Makes the folder; raises PermissionError where it is somebody else's."""
    folder = home / "sockets"
    if len(os.fsencode(folder / name)) > _LONGEST:
        key = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"treadle-{os.getuid()}-{key}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.lstat()
    if folder.is_symlink() or status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise PermissionError(f"{folder} is not this user's alone")
    return folder / name
