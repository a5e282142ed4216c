"""Ten trivial nodes in a chain, or a hundred side by side and a join."""

from functools import partial, update_wrapper

from kedro.pipeline import Pipeline, node


def increment(number: int) -> int:
    return number + 1


def increment_at(numbers: list[int], place: int) -> int:
    return numbers[place] + 1


def total(*numbers: int) -> int:
    return sum(numbers)


def at(place: int):
    return update_wrapper(partial(increment_at, place=place), increment_at)


def register_pipelines() -> dict[str, Pipeline]:
    chain = [node(increment, "params:number" if i == 0 else f"number_{i}", f"number_{i + 1}", name=f"step_{i}") for i in range(10)]
    wide = [node(at(i), "params:numbers", f"wide_{i}", name=f"wide_{i}") for i in range(100)]
    join = node(total, [f"wide_{i}" for i in range(100)], "total", name="join")
    return {"__default__": Pipeline(chain), "chain": Pipeline(chain), "fan": Pipeline([*wide, join])}
