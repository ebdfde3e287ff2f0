"""Questions about a sink's offsets, each asked by a process of its own.

librdkafka ends its whole process where the connection to a group's coordinator drops while an administrative request
about the group is under way (`rd_kafka_enq_once_del_source_return`; librdkafka's issues 3663 and 4605). That must not be
the worker, with all its tasks.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import sys
from collections.abc import Callable
from typing import Any

from confluent_kafka import KafkaException

from clickstream_embedded.connect.worker import sink_offsets

_LIMIT = 45.0  # seconds for a question; each request within one has its own, shorter one
_QUESTIONS: dict[str, Callable[..., Any]] = {
    "committed": sink_offsets.committed, "reset": sink_offsets.reset, "alter": sink_offsets.alter,
}  # fmt: skip
log = logging.getLogger("connect")


class Unreachable(RuntimeError):
    """The group's offsets cannot be had; the text says why."""


async def ask(question: str, bootstrap: str, group: str, *more: Any) -> Any:
    """What a function of `sink_offsets` answers. Raises Malformed, NotAltered, Unreachable."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL, start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(each for each in sys.path if each)},
    )  # fmt: skip
    try:
        async with asyncio.timeout(_LIMIT):
            answer, _ = await child.communicate(json.dumps([question, bootstrap, group, *more]).encode())
        kind, found = json.loads(answer)
    except (TimeoutError, ValueError) as error:
        log.warning("the process that asks about the offsets of %s gave no answer: %s", group, error)
        raise Unreachable("the connection was lost") from error
    finally:
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()
    if kind == "answer":
        return found
    raise {"malformed": sink_offsets.Malformed, "not altered": sink_offsets.NotAltered}.get(kind, Unreachable)(found)


def main() -> int:
    question, *arguments = json.load(sys.stdin)
    try:
        told = "answer", _QUESTIONS[question](*arguments)
    except sink_offsets.Malformed as error:
        told = "malformed", str(error)
    except sink_offsets.NotAltered as error:
        told = "not altered", str(error)
    except KafkaException as error:
        told = "unreachable", error.args[0].str()
    json.dump(told, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
