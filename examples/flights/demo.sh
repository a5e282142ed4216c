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

Look around, in examples/flights, after `source .venv/bin/activate`:
  treadle runs                       what has run
  treadle show @-1                   the last run: parameters, inputs, outputs, steps, code, environment
  treadle why @-1                    why each step ran, or did not have to
  treadle data versions flights      the twelve versions of the data
  treadle data diff flights@v11 flights@v12
  treadle run pipeline.py::late_arrivals -p learning_rate=0.1      runs again only what that changes
  treadle diff @-2 @-1               two runs side by side
  treadle reproduce 3                performs the training again from its record, and compares byte by byte
TEXT
