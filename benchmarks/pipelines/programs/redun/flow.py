"""Ten trivial tasks in a chain, or a hundred side by side and a join."""

from redun import task

redun_namespace = "bench"


@task()
def increment(number: int) -> int:
    return number + 1


@task()
def total(numbers: list) -> int:
    return sum(numbers)


@task()
def chain() -> int:
    number = 0
    for _ in range(10):
        number = increment(number)
    return number


@task()
def fan() -> int:
    return total([increment(number) for number in range(100)])
