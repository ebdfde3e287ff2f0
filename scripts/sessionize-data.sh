#!/usr/bin/env bash
# Pauses the clicks for 35 s every 90 s, so that the sessions of users end. However it ends, the clicks go on.
# Usage: sessionize-data.sh [CYCLES]; RUN_SECONDS and PAUSE_SECONDS set the times.
set -u
# shellcheck source=scripts/requests
. "$(dirname "${BASH_SOURCE[0]}")/requests"

connector=${CONNECTOR:-DATAGEN_CLICKSTREAM}
cycles=${1:-100} run=${RUN_SECONDS:-90} pause=${PAUSE_SECONDS:-35}
case $cycles$run$pause in *[!0-9.]*) fail "cycles and seconds are numbers" ;; esac

# waits in the background, so that a signal is not held up by it
rest() {
    sleep "$1" &
    wait $!
}

resume() {
    ask PUT "$CONNECT_URL/connectors/$connector/resume"
    [ "$status" -lt 400 ] || echo "$0: $connector is still paused: Connect answered $status: $reply" >&2
}

want GET "$CONNECT_URL/connectors/$connector/status"
trap resume EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
for ((cycle = 1; cycle <= cycles; cycle++)); do
    echo "cycle $cycle of $cycles: clicks for $run s"
    rest "$run"
    want PUT "$CONNECT_URL/connectors/$connector/pause"
    echo "cycle $cycle of $cycles: paused for $pause s"
    rest "$pause"
    want PUT "$CONNECT_URL/connectors/$connector/resume"
done
