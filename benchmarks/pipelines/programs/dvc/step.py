"""A trivial stage: the sum of the numbers in the given files, or a given number, and one more.

python step.py OUTPUT NUMBER|FILE...
"""

import sys

output, *given = sys.argv[1:]
numbers = [int(word) if word.isdigit() else int(open(word).read()) for word in given]  # noqa: SIM115 - the process ends now
with open(output, "w") as file:
    file.write(str(sum(numbers) + (len(given) == 1)))
