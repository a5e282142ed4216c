#!/usr/bin/env bash
# A model's whole life, as one would type it. `make demo` calls this with the environment's programs first on PATH.
set -euo pipefail
cd "$(dirname "$0")"
up=$PWD/.treadle/demo

bold='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then bold=$'\033[1m' plain=$'\033[0m'; fi
say() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }

perform() {
    printf '\n$ %s\n' "$*"
    "$@"
}

versions() { treadle api registry.versions -f model=flight-delay 2>/dev/null | grep -c '"number"' || true; }

tell() {
    say "How the champion came to be live, each line caused by the one above:"
    perform treadle why model://flight-delay@champion
    perform treadle pace
}

# One server for the whole demo. It stays when the demo has ended, with the web interface and the endpoint: `make stop` ends it.
running() {
    [ -s "$up/pid" ] && grep -qsz treadle "/proc/$(cat "$up/pid")/cmdline" && address=$(sed -n 's/^Treadle serves //p' "$up/log") && [ -n "$address" ]
}

serve() {
    mkdir -p "$up"
    for port in 8080 0; do
        setsid treadle up --port "$port" >"$up/log" 2>&1 </dev/null &
        echo $! >"$up/pid"
        until running; do
            kill -0 "$!" 2>/dev/null || continue 2
            sleep 0.1
        done
        return 0
    done
    cat "$up/log"
    exit 1
}

stop() { ! running || kill "$(cat "$up/pid")"; }

look_around() {
    cat <<TEXT

Look around, in examples/flights, after \`source .venv/bin/activate\`:
  treadle models show flight-delay@v3       why it was not let through
  treadle endpoints rollouts flights        what was released, and what was taken back
  treadle monitors show flights-watch       what the weeks looked like
  treadle triggers                          what happens by itself, and when it last did
  treadle why model://flight-delay@v2       the story of any version
  treadle runs, treadle show @-1, treadle data versions flights, treadle reproduce 3

All that happened can be seen, and done, in a browser (\`make stop\` ends the server):
  $address
TEXT
}

if [ "${1:-}" = stop ]; then
    stop
    exit 0
fi
known=$(versions)
if [ "$known" -ge 4 ]; then
    say "The record holds the whole story already: nothing was performed. \`make clean\` forgets it."
    running || serve
    tell
    look_around
    exit 0
elif [ "$known" -gt 0 ]; then
    say "The record holds a part of the story, from a demo that did not come to its end: \`make clean\` forgets it."
    exit 1
fi

say "Winter: three months of flights."
perform python ingest.py 3

stop
trap stop EXIT
serve
printf '\n$ treadle up &\nTreadle serves %s\n' "$address"
export TREADLE_URL=$address

say "What should happen by itself: an endpoint, a monitor, two triggers."
perform treadle apply loop.py --yes

say "Version 1 learns from the winter. Its gates pass, so it is released."
perform treadle run pipeline.py::late_arrivals

say "Spring and summer, asked about hour by hour. What became of the flights is known a day later."
perform python replay.py 2013-08-19

say "Version 3: somebody left a quick try in, training on 0.2 % of the rows. Its gates do not let it through."
perform treadle run pipeline.py::late_arrivals -p share=0.002
perform treadle models show flight-delay@v3

say "Version 4: its encoder refuses codes that it has never seen. No gate has seen one either, so it passes."
perform treadle run pipeline.py::late_arrivals -p unknown=error
perform python replay.py canary

say "With version 4 on a fifth of the traffic, an airline's code changes in the feed (made up: MQ is called YX)."
perform python replay.py settled --rename MQ=YX
perform treadle endpoints rollouts flights

tell
trap - EXIT
look_around
