#!/usr/bin/env bash
# Sends the statements of a file to ksqlDB, one by one. What exists already is said and left as it is, so it is safe to repeat.
# Usage: run-sql.sh FILE. A statement ends with a semicolon at the end of a line.
set -u
# shellcheck source=scripts/requests
. "$(dirname "${BASH_SOURCE[0]}")/requests"

[ $# -eq 1 ] || fail "give the file of statements"
[ -r "$1" ] || fail "the file $1 cannot be read"
properties='{"ksql.streams.auto.offset.reset": "earliest"}'
statement='' sent=0
while IFS= read -r line || [ -n "$line" ]; do
    line=${line%$'\r'}
    case $line in ''|--*) continue ;; esac
    statement+=${statement:+$'\n'}$line
    case $line in *';') ;; *) continue ;; esac
    what=$(printf '%s' "${statement%%$'\n'*}" | cut -c1-70)
    for attempt in {1..40}; do
        ask POST "$KSQLDB_URL/ksql" "{\"ksql\": $(quoted "$statement"), \"streamsProperties\": $properties}"
        # a stream needs its topic, which a generator makes with its first record; ksqlDB answers 503 while it starts
        case $status:$reply in 503:*|*"does not exist. If you want to create a new topic"*) sleep 0.5 ;; *) break ;; esac
    done
    case $status:$reply in
        2*:*'"@type":"error_entity"'*) echo "$reply" | grep -q "already exists" || fail "$what: $reply (attempt $attempt)" ;;
        2*) ;;
        *"already exists"*) what="$what … exists already" ;;
        *) fail "$what … was refused with $status: $reply" ;;
    esac
    echo "$what"
    statement='' sent=$((sent + 1))
done < "$1"
[ -z "$statement" ] || fail "the last statement of $1 has no semicolon: $statement"
[ "$sent" -gt 0 ] || fail "$1 holds no statement"
