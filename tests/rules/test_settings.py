"""Every setting that the code reads is documented."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_setting_is_documented() -> None:
    documented = set(re.findall(r"TREADLE_[A-Z_]*[A-Z]", (ROOT / "docs/settings.md").read_text()))
    used = {name for path in (ROOT / "src").rglob("*.py") for name in re.findall(r"TREADLE_[A-Z_]*[A-Z]", path.read_text())}
    used.discard("TREADLE_INPUT")  # the beginning of TREADLE_INPUT_NAME
    assert used - documented == set()
    assert documented - used == {"TREADLE_INPUT_NAME"}
