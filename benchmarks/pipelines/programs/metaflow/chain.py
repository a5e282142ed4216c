"""Ten trivial steps, one after the other."""

from metaflow import FlowSpec, step


class Chain(FlowSpec):
    @step
    def start(self):
        self.number = 1
        self.next(self.second)

    @step
    def second(self):
        self.number += 1
        self.next(self.third)

    @step
    def third(self):
        self.number += 1
        self.next(self.fourth)

    @step
    def fourth(self):
        self.number += 1
        self.next(self.fifth)

    @step
    def fifth(self):
        self.number += 1
        self.next(self.sixth)

    @step
    def sixth(self):
        self.number += 1
        self.next(self.seventh)

    @step
    def seventh(self):
        self.number += 1
        self.next(self.eighth)

    @step
    def eighth(self):
        self.number += 1
        self.next(self.ninth)

    @step
    def ninth(self):
        self.number += 1
        self.next(self.end)

    @step
    def end(self):
        self.number += 1
        assert self.number == 10


if __name__ == "__main__":
    Chain()
