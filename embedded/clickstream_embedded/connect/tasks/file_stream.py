"""FileStreamSource and FileStreamSink: the lines of a file, as Kafka's own example connectors."""

from __future__ import annotations

import asyncio
import re
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from clickstream_embedded.connect.data import STRING, java_text
from clickstream_embedded.connect.java_errors import JavaError
from clickstream_embedded.connect.tasks.sink_record import SinkRecord
from clickstream_embedded.connect.tasks.source_record import SourceRecord
from clickstream_embedded.connect.transforms.record import ConnectRecord

_LOOK = 1.0  # seconds between two looks for further lines
_BLOCK = 65_536  # bytes
_END = re.compile(rb"\r\n|\n|\r(?!\Z)")  # what comes behind a carriage return says whether it is an end by itself


class FileSource:
    """The lines of a file, and those that are added to it; the offset is a position in bytes.

    Args:
        config: the task's configuration: `file` and `topic`.
        offset: where an earlier task stopped.
    """

    def __init__(self, config: Mapping[str, str], offset: Mapping[str, Any]) -> None:
        self._file = config.get("file", "")
        self._topic = config["topic"]
        self._position = int(offset.get("position", 0))

    async def records(self) -> AsyncIterator[SourceRecord]:
        """One record a line, for ever. A file that is not there yet is waited for."""
        kept = b""
        while True:
            block = await asyncio.to_thread(self._read, self._position + len(kept))
            kept += block
            at = 0
            for end in _END.finditer(kept):
                text = kept[at : end.start()].decode("utf-8", "replace")
                self._position += end.end() - at
                at = end.end()
                now = int(time.time() * 1000)
                record = ConnectRecord(self._topic, None, None, now, None, None, STRING, text)
                yield SourceRecord(record, {"filename": self._file}, {"position": self._position})
            kept = kept[at:]
            if not block:
                await asyncio.sleep(_LOOK)

    def _read(self, position: int) -> bytes:
        if not self._file:
            return b""
        try:
            with Path(self._file).open("rb") as file:
                file.seek(position)
                return file.read(_BLOCK)
        except OSError:
            return b""


class FileSink:
    """Appends a line a record to a file, or to standard output where none is named."""

    def __init__(self, config: Mapping[str, str]) -> None:
        self._path = config.get("file", "")
        self._file: BinaryIO | None = None

    async def start(self) -> None:
        """Opens the file. Raises JavaError."""
        if not self._path:
            self._file = sys.stdout.buffer
            return
        try:
            self._file = await asyncio.to_thread(Path(self._path).open, "ab")
        except OSError as error:
            kinds: dict[type[OSError], str] = {
                FileNotFoundError: "NoSuchFileException",
                PermissionError: "AccessDeniedException",
            }
            cause = JavaError(self._path, f"java.nio.file.{kinds.get(type(error), 'FileSystemException')}")
            raise JavaError(
                f"Couldn't find or create file '{self._path}' for FileStreamSinkTask", cause=cause
            ) from None

    @property
    def gathers(self) -> int:
        return 0

    async def put(self, records: Sequence[SinkRecord]) -> asyncio.Future[None]:
        """Writes their values as text; they have arrived when it returns."""
        if self._file is not None:
            lines = "".join(f"{java_text(each.record.value)}\n" for each in records)
            await asyncio.to_thread(self._write, self._file, lines.encode())
        arrived: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        arrived.set_result(None)
        return arrived

    @staticmethod
    def _write(file: BinaryIO, lines: bytes) -> None:
        file.write(lines)
        file.flush()

    async def close(self) -> None:
        if self._file is not None and self._path:
            self._file.close()
