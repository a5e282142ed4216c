"""Looking at a version of a model: how it is asked, what it takes and gives, how good it is, and what its gates say.

Runs where user code runs, in the step that `model(...).register` records (treadle.sdk.models). Knows no store.
"""

from __future__ import annotations

from treadle.check.look import look_at

__all__ = ["look_at"]
