"""The verbs that read and write records: tail, produce, record, quickstart."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from clickstream_pipeline import charts
from clickstream_pipeline import quickstart as steps
from clickstream_pipeline.decode import decode, with_window_end
from clickstream_pipeline.errors import Misuse, PipelineError, Unreachable
from clickstream_pipeline.lineage import window_sizes
from clickstream_pipeline.model import Record
from clickstream_pipeline.record_filter import by_field
from clickstream_pipeline.recording import KEPT_RECORDS, Recorder
from clickstream_pipeline.session import PipelineSession
from clickstream_pipeline.tail_buffer import TailBuffer
from clickstream_tui.cli.exit_codes import DONE
from clickstream_tui.cli.output import Format, Printer, harmless
from clickstream_tui.cli.session import pipeline, run, say
from clickstream_tui.settings import Settings


def _start(text: str) -> str:
    if text in ("beginning", "end") or re.fullmatch(r"-\d+|@?\d+", text):
        return text
    try:
        return str(int(datetime.fromisoformat(text).timestamp() * 1000))
    except ValueError:
        raise Misuse(
            f"'{text}' is no place to start from", hint="Use beginning, end, -N, @OFFSET or a timestamp"
        ) from None


def _any_record(_: Record) -> bool:
    return True


def quickstart(settings: Settings, name: str | None) -> int:
    """Does one step of Kafka's quickstart, or says of each whether it is done."""

    async def work() -> int:
        chosen = None if name is None else steps.step(name)
        async with pipeline(settings, start=chosen is not None and chosen.name == "start") as opened:
            if chosen is not None:
                for line in (await chosen.run(opened)).splitlines():
                    print(harmless(line))
                return DONE
            for number, step in enumerate(steps.STEPS, 1):
                missing = await steps.missing(step, opened)
                print(
                    harmless(f"{'○' if missing else '✓'} {number}  {step.title}" + (f": {missing}" if missing else ""))
                )
                for command in step.commands:
                    print(f"     {command}")
            return DONE

    return run(work)


def record(settings: Settings, file: Path, seconds: float | None) -> int:
    """Records the pipeline until it is interrupted, or for some seconds."""

    async def work() -> int:
        async with pipeline(settings) as opened:
            if (await opened.monitor.poll()).is_down:
                raise Unreachable("The pipeline does not run", hint="Start it with: clickstream-tui up")
            recorder = Recorder(file, settings.profile)
            say(f"Recording to {file}; ctrl+c ends it.")
            try:
                async with asyncio.timeout(seconds):
                    await _keep(opened, recorder)
            except TimeoutError:
                pass
            finally:
                recorder.close()
                say(f"{recorder.events} moments are in {file}. Look at them with: clickstream-tui --replay {file}")
        return DONE

    return run(work)


async def _keep(opened: PipelineSession, recorder: Recorder) -> None:
    """Gives the recorder what a console would show, until it is cancelled or the file is full."""
    feed, buffer = charts.Feed(), TailBuffer[Any]()
    reader = opened.kafka.raw_tail("clickstream", "-200", buffer.add, lambda _: None)
    try:
        while not recorder.is_full:
            recorder.snapshot(await opened.monitor.poll())
            for _ in range(4):
                messages = buffer.take()
                feed.bandwidth.add_messages(messages)
                recorder.records([decode(message) for message in messages[-KEPT_RECORDS:]], buffer.received)
                await asyncio.sleep(0.25)
            for name in charts.NAMES:
                with contextlib.suppress(PipelineError):  # the snapshot tells which server does not answer
                    lines = await feed.lines(name, opened.ksqldb, opened.monitor.snapshot.sources, opened.kafka)
                    recorder.chart(name, lines or ())
        say("The recording is full: it holds 512 MiB.")
    finally:
        reader.stop()


def tail(
    settings: Settings, topic: str, start: str, where: str | None, grep: str | None, limit: int | None,
    partition: int | None, form: Format,
) -> int:  # fmt: skip
    place, condition = _start(start), by_field(where) if where is not None else _any_record
    try:
        pattern = re.compile(grep) if grep else None
    except re.error as error:
        raise Misuse(f"'{grep}' is no regular expression: {error}") from error

    async def work() -> int:
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[list[Record] | str] = asyncio.Queue(100)

        def deliver(item: Any) -> None:
            # waits for room, so that a slow reader slows the consumer instead of filling the memory
            with contextlib.suppress(RuntimeError):
                asyncio.run_coroutine_threadsafe(queue.put(item), loop).result()

        async with pipeline(settings) as opened:
            known = {each.name for each in await opened.kafka.topics()}
            if topic not in known:
                raise opened.kafka.no_topic(topic)
            size = await _window_size(opened, topic)
            reader = opened.kafka.tail(topic, place, deliver, deliver, partition)
            try:
                return await _show_records(queue, condition, pattern, limit, form, size)
            finally:
                reader.stop()
                while not queue.empty():
                    queue.get_nowait()

    return run(work)


async def _window_size(opened: PipelineSession, topic: str) -> int | None:
    """The size of the windows in the topic's keys, None where it has none or ksqlDB does not say."""
    with contextlib.suppress(PipelineError, TimeoutError):
        async with asyncio.timeout(3):
            sources, queries = await asyncio.gather(opened.ksqldb.sources(), opened.ksqldb.queries())
            return window_sizes(sources, queries).get(topic)
    return None


async def _show_records(
    queue: Any, condition: Any, pattern: re.Pattern[str] | None, limit: int | None, form: Format, size: int | None
) -> int:
    columns = ("time", "partition", "offset", "key", "window", "value")
    printer = Printer(Format.jsonl if form is Format.json else form, columns) if form is not Format.table else None
    count = 0
    while limit is None or count < limit:
        item = await queue.get()
        if isinstance(item, str):
            say(item or "Kafka answers again.")
            continue
        for record in (with_window_end(each, size) for each in item):
            text = f"{record.key} {json.dumps(record.value, ensure_ascii=False)}"
            if not condition(record) or (pattern is not None and not pattern.search(text)):
                continue
            window = None if record.window is None else list(record.window)
            if printer is None:
                moment = datetime.fromtimestamp(record.timestamp / 1000).isoformat(timespec="milliseconds")
                shown = "" if window is None else f" window={window}"
                print(
                    f"{moment} {record.partition}:{record.offset} {harmless(record.key)}{shown} {harmless(record.value)}",
                    flush=True,
                )
            else:
                printer.row([record.timestamp, record.partition, record.offset, record.key, window, record.value])
            count += 1
            if limit is not None and count >= limit:
                break
    return DONE


def produce(settings: Settings, topic: str, key: str | None, file: Path | None) -> int:
    async def work() -> int:
        lines = (sys.stdin.read() if file is None else file.read_text("utf-8")).splitlines()
        async with pipeline(settings) as opened:
            for line in lines:
                await opened.operations.produce(topic, None if key is None else key.encode(), line.encode())
        say(f"{len(lines)} records written to {topic}.")
        return DONE

    try:
        return run(work)
    except OSError as error:
        raise PipelineError(f"The file {file} cannot be read ({error.strerror})") from error
