"""The words that cross a door: requests, answers and the operations that take and give them.

Everybody may import this room; it imports only core. A stage performs the operations, a client calls them, the server turns
them into routes: each is said here and nowhere else.
"""

from __future__ import annotations

import importlib
from pathlib import Path


def declare_all() -> None:
    """Imports every file of the contract, so that every operation stands in the table."""
    for file in sorted(Path(__file__).parent.glob("[a-z]*.py")):
        importlib.import_module(f"{__name__}.{file.stem}")
