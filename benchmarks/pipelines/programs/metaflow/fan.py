"""A hundred trivial steps side by side, and a join."""

from metaflow import FlowSpec, step


class Fan(FlowSpec):
    @step
    def start(self):
        self.numbers = list(range(100))
        self.next(self.increment, foreach="numbers")

    @step
    def increment(self):
        self.number = self.input + 1
        self.next(self.join)

    @step
    def join(self, inputs):
        self.total = sum(branch.number for branch in inputs)
        self.next(self.end)

    @step
    def end(self):
        assert self.total == 5050


if __name__ == "__main__":
    Fan()
