"""Actions with their arguments filled in from the news. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from treadle.contract import triggers as words
from treadle.contract.runs import Binding
from treadle.triggers.conditions import filled


def filled_act(act: words.Act, news: Mapping[str, Any]) -> words.Act:
    """An action as it would be performed; raises QueryError for a name that the news does not say.

    Of a run only parameters and inputs are filled in: its definition may hold braces of its own."""
    if isinstance(act, words.Run):
        made = act.submission
        bindings = msgspec.convert(filled(msgspec.to_builtins(made.bindings), news), dict[str, Binding])
        return msgspec.structs.replace(
            act, submission=msgspec.structs.replace(made, parameters=filled(made.parameters, news), bindings=bindings)
        )
    made_act: words.Act = msgspec.convert(filled(msgspec.to_builtins(act), news), words.Act)
    return made_act
