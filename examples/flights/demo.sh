#!/usr/bin/env bash
# The example from end to end, as one would type it. `make demo` calls this with the environment's programs first on PATH.
set -euo pipefail
cd "$(dirname "$0")"

perform() {
    printf '\n$ %s\n' "$*"
    "$@"
}

perform python ingest.py
perform treadle run pipeline.py::late_arrivals
perform python report.py

cat <<'TEXT'

Look around (cd examples/flights, with the environment's bin folder on PATH):
  treadle runs                     what has run
  treadle show @-1                 the last run: parameters, inputs, outputs, code, environment
  treadle why @-1                  why it ran, or why it did not have to
  treadle data versions flights    the twelve versions of the data
  treadle run pipeline.py::late_arrivals -p learning_rate=0.1     only what that changes runs again
TEXT
