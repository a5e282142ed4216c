"""Trivial steps, one after the other and side by side."""

from __future__ import annotations

from treadle import pipeline, step


@step
def increment(number: int) -> int:
    return number + 1


@step
def total(numbers: list[int]) -> int:
    return sum(numbers)


@pipeline
def chain(length: int = 10) -> int:
    number = 0
    for _ in range(length):
        number = increment(number)
    return number


@pipeline
def fan(width: int = 1000) -> int:
    return total(increment.map(list(range(width))))
