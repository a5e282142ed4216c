"""Ten trivial tasks in a chain, or a hundred side by side and a join; results are kept, so that a second run is answered."""

import sys

from prefect import flow, task
from prefect.cache_policies import INPUTS, TASK_SOURCE


@task(cache_policy=INPUTS + TASK_SOURCE, persist_result=True)
def increment(number: int) -> int:
    return number + 1


@task(cache_policy=INPUTS + TASK_SOURCE, persist_result=True)
def total(numbers: list[int]) -> int:
    return sum(numbers)


@flow
def chain() -> int:
    number = 0
    for _ in range(10):
        number = increment(number)
    return number


@flow
def fan() -> int:
    return total([future.result() for future in increment.map(list(range(100)))])


if __name__ == "__main__":
    print("=", {"chain": chain, "fan": fan}[sys.argv[1]]())
