"""`python -m tests.servers.side_by_side [--real] [--record] [--only NAME] [-v]`: the same requests to the real servers and to ours.

The last line is one JSON object: `passed`, `failed` and `by_kind`. With -v the requests that differ are listed, each with
where; with --record digests of the real answers are kept, to which the tests hold ours. Without --real nothing is started and the
command says so.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections import defaultdict

from tests.servers import recorded
from tests.servers.exchanges import Side, differences

MODULES = ("search_requests", "connect_requests", "broker_requests")


def sides(only: str | None) -> list[Side]:
    """The modules of requests that are there."""
    found: list[Side] = []
    for name in MODULES:
        if only is not None and not name.startswith(only):
            continue
        try:
            found.append(importlib.import_module(f"tests.servers.{name}"))  # type: ignore[arg-type]
        except ModuleNotFoundError as error:
            if error.name != f"tests.servers.{name}":
                raise
    return found


def compare(side: Side, verbose: bool, record: bool, counts: dict[str, list[int]]) -> None:
    """Runs one module's requests on both servers and counts the equal and the unequal ones by kind."""
    told: list[tuple[str, str]] = []
    key = recorded.keys()
    with side.real() as real, side.ours() as ours:
        for exchange in side.exchanges():
            wanted, got = real(exchange), ours(exchange)
            if exchange.quiet:
                continue
            told.append((key(exchange), recorded.digest(wanted, side.VOLATILE)))
            found = [] if wanted.status == got.status else [f"status {wanted.status} wanted, {got.status} there"]
            found += differences(wanted.body, got.body, side.VOLATILE)
            counts[f"{side.NAME} {exchange.kind}"][bool(found)] += 1
            if found and verbose:
                print(f"{exchange.kind}: {exchange.name}")
                for each in found[:4]:
                    print(f"    {each}")
    if record:
        recorded.save(side.NAME, iter(told))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--real", action="store_true", help="start the real servers (Java, installed where it is missing)"
    )
    parser.add_argument("--only", help="one module: search, connect or broker")
    parser.add_argument("--record", action="store_true", help="keep digests of the real answers for the tests")
    parser.add_argument("-v", dest="verbose", action="store_true", help="list what differs")
    options = parser.parse_args()
    if not options.real:
        print("skipped: the real servers are the judge; name --real to start them")
        print(json.dumps({"passed": 0, "failed": 0, "by_kind": {}}))
        return 0
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for side in sides(options.only):
        compare(side, options.verbose, options.record, counts)
    passed, failed = sum(good for good, _ in counts.values()), sum(bad for _, bad in counts.values())
    by_kind = {kind: {"passed": good, "failed": bad} for kind, (good, bad) in sorted(counts.items())}
    print(json.dumps({"passed": passed, "failed": failed, "by_kind": by_kind}))
    return 0 if passed >= 0.98 * (passed + failed) else 1


if __name__ == "__main__":
    sys.exit(main())
