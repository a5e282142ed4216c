"""Ten trivial tasks in a chain, or a hundred side by side and a join; cached by Flyte's own means."""

import flyte

steps = flyte.TaskEnvironment(name="steps", cache="auto")
flows = flyte.TaskEnvironment(name="flows")


@steps.task
def increment(number: int) -> int:
    return number + 1


@flows.task
def chain() -> int:
    number = 0
    for _ in range(10):
        number = increment(number)
    return number


@flows.task
def fan() -> int:
    return sum(flyte.map(increment, range(100)))
