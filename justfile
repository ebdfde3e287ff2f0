# The daily commands; `just --list` shows them.

# the console under Textual's development console (run `textual console` in another terminal)
dev *ARGS:
    TEXTUAL=devtools ./scripts/run {{ARGS}}

# the main tests
test *ARGS:
    ./scripts/test {{ARGS}}

# the main tests with the lines they reached, and the floors
coverage *ARGS:
    ./scripts/coverage {{ARGS}}

# what must hold before a commit, without the tests
check:
    ./scripts/check

# speeds: each prints one JSON object
bench:
    .venv/bin/python -m benchmarks.engine --events 200000
    .venv/bin/python -m benchmarks.broker
    .venv/bin/python -m benchmarks.idle --minutes 1

# the pictures of the documents, from a real run
pictures:
    ./scripts/pictures
