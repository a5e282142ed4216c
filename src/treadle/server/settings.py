"""What can be set about a server."""

from __future__ import annotations

import msgspec

from treadle.core.addresses import is_loopback


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How a server behaves. Sizes are bytes, times seconds."""

    host: str = "127.0.0.1"
    port: int = 8080
    insecure: bool = False
    """Serve other machines although nobody needs a token."""
    verbose: bool = False
    """A line in the log for every request."""
    max_body: int = 64 << 20
    max_upload: int = 64 << 30
    threads: int = 16
    """Operations performed at once."""
    waiting: int = 512
    """Operations that may wait for a thread; more are refused with 503, so that a flood cannot fill the memory."""
    stream_threads: int = 16
    """Uploads and downloads at once."""
    followers: int = 256
    """Readers of the live news at once."""
    silence: float = 60.0
    """How long a client that is sending may pause."""
    drain: float = 30.0
    """How long requests under way may take to end once the server was told to stop."""
    poll: float = 0.25
    """How often the journal is looked at for what other processes wrote, while somebody follows the news."""
    heartbeat: float = 15.0

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        return is_loopback(self.host)
