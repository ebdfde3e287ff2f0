"""Where a tail begins, from what a person types."""

from __future__ import annotations

import re
from dataclasses import dataclass

from clickstream_pipeline.clients import moments
from clickstream_pipeline.errors import Misuse

_AGO = re.compile(r"-?(\d+)\s*([smhd])(?:\s*ago)?")
_HINT = "Use beginning, end, -N, @OFFSET, 10m (ago) or a time, and p2 behind it for partition 2 only"


@dataclass(frozen=True, slots=True)
class TailStart:
    """A place as `KafkaClient.tail` takes it (`beginning`, `end`, `-N`, `@N`, ms), in one partition or, None, in all."""

    place: str
    partition: int | None = None

    @classmethod
    def parse(cls, text: str, now: float) -> TailStart:
        """From `beginning`, `end`, `-N`, `@N`, `10m` (ago), ms since the epoch or an ISO 8601 time; `pN` for one partition.

        Args:
            text: what was typed.
            now: seconds since the epoch.

        Raises:
            Misuse: the text is none of these.
        """
        words = text.strip()
        one = re.search(r"(?:^|\s)p(\d+)$", words)
        partition = None
        if one is not None:
            partition, words = int(one[1]), words[: one.start()].strip() or "beginning"
        if words in ("beginning", "earliest"):
            return cls("beginning", partition)
        if words in ("end", "latest"):
            return cls("end", partition)
        if re.fullmatch(r"-\d+|@\d+|\d{10,}", words):
            return cls(words, partition)
        if ago := _AGO.fullmatch(words):
            return cls(str(moments.before(now, int(ago[1]), ago[2])), partition)
        try:
            return cls(str(moments.of_iso(words)), partition)
        except ValueError:
            raise Misuse(f"'{text.strip()}' is no place to start from", hint=_HINT) from None
