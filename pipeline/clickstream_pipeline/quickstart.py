"""Apache Kafka's own quickstart, steps 1 to 5, each with what it does, what to expect, and a check that it happened."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clickstream_pipeline.errors import Misuse, PipelineError

if TYPE_CHECKING:
    from clickstream_pipeline.session import PipelineSession

TOPIC = "quickstart-events"
EVENTS = ("This is my first event", "This is my second event")
_RUN = "./scripts/run"


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `check` gives "" where it is done, else what is missing; `run` does it and says what came of it.

    Both raise PipelineError.
    """

    name: str
    title: str
    text: str
    commands: tuple[str, ...]
    expect: str
    check: Callable[[PipelineSession], Awaitable[str]]
    run: Callable[[PipelineSession], Awaitable[str]]


async def missing(step: Step, pipeline: PipelineSession) -> str:
    """Why the step is not done, a failure to look included; "" where it is."""
    try:
        return await step.check(pipeline)
    except PipelineError as error:
        return error.message


async def _kafka_answers(pipeline: PipelineSession) -> str:
    try:
        await pipeline.kafka.topics()
    except PipelineError as error:
        return error.message
    return ""


async def _got(pipeline: PipelineSession) -> str:
    return ""


async def _say_got(pipeline: PipelineSession) -> str:
    return "It is here: what you are looking at holds a broker, or knows the address of one."


async def _start(pipeline: PipelineSession) -> str:
    await pipeline.stack.ensure()
    problem = await _kafka_answers(pipeline)
    if problem:
        raise PipelineError(problem)
    return f"Kafka answers at {pipeline.kafka.bootstrap}."


async def _topic_exists(pipeline: PipelineSession) -> str:
    known = {topic.name for topic in await pipeline.kafka.topics()}
    return "" if TOPIC in known else f"there is no topic {TOPIC} yet"


async def _create(pipeline: PipelineSession) -> str:
    if not await _topic_exists(pipeline):
        return f"The topic {TOPIC} is there already."
    await pipeline.operations.create_topic(TOPIC, 1, {})
    return f"The topic {TOPIC} is made, with one partition."


async def _read_back(pipeline: PipelineSession) -> list[str]:
    return [str(record.value) for record in await pipeline.kafka.read(TOPIC, "beginning", 10_000)]


async def _are_written(pipeline: PipelineSession) -> str:
    if problem := await _topic_exists(pipeline):
        return problem
    found = await _read_back(pipeline)
    absent = [event for event in EVENTS if event not in found]
    return f"not written yet: {', '.join(absent)}" if absent else ""


async def _write(pipeline: PipelineSession) -> str:
    if problem := await _topic_exists(pipeline):
        raise PipelineError(problem.capitalize(), hint="Do step 3 first")
    for event in EVENTS:
        await pipeline.operations.produce(TOPIC, None, event.encode())
    return f"{len(EVENTS)} events are written and acknowledged."


async def _read(pipeline: PipelineSession) -> str:
    problem = await _are_written(pipeline)
    if problem:
        raise PipelineError(problem.capitalize(), hint="Do step 4 first")
    found = await _read_back(pipeline)
    return "\n".join([f"{len(found)} events, from the beginning:", *found[-20:]])


STEPS = (
    Step(
        "get", "Get Kafka", "Kafka's quickstart downloads an archive and unpacks it. Here the broker is part of the "
        "console, so nothing is downloaded; the profiles docker and remote use a real one.",
        (f"{_RUN} --version",), "The version of the console.", _got, _say_got,
    ),
    Step(
        "start", "Start the Kafka environment", "Starts the servers of the profile, or finds them running.",
        (f"{_RUN} up --through services",), "A broker that answers with its topics.", _kafka_answers, _start,
    ),
    Step(
        "create", "Create a topic to store your events", "A topic is where events of one kind are kept, in order, in "
        "partitions.", (f"{_RUN} topics create {TOPIC}", f"{_RUN} topics describe {TOPIC}"),
        f"The topic {TOPIC} with one partition.", _topic_exists, _create,
    ),
    Step(
        "write", "Write some events into the topic", "A producer sends events; the broker keeps them for as long as the "
        "topic's retention says.", (f"printf '%s\\n' {' '.join(repr(event) for event in EVENTS)} | {_RUN} produce {TOPIC}",),
        "Two events, each acknowledged.", _are_written, _write,
    ),
    Step(
        "read", "Read the events", "A consumer reads them, as often as you like: reading takes nothing away.",
        (f"{_RUN} tail {TOPIC} --from beginning --limit 2",), "The events that were written.", _are_written, _read,
    ),
)  # fmt: skip


def step(name: str) -> Step:
    """The step of that name or number. Raises PipelineError."""
    found = next((each for n, each in enumerate(STEPS, 1) if name in (each.name, str(n))), None)
    if found is None:
        raise Misuse(f"There is no step '{name}'; there are: {', '.join(each.name for each in STEPS)}")
    return found
