"""Random values of an Avro schema, steered by `arg.properties` as Confluent's avro-random-generator does.

What a schema asks for and is not known here is a SchemaError, never a silent guess.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import rstr

from clickstream_embedded.connect.datagen.avro_schema import SchemaError, parsed

_KNOWN = {"options", "iteration", "range", "length", "regex", "odds", "prefix", "suffix", "keys", "distribution",
          "position"}  # fmt: skip
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_NUMBERS = ("int", "long", "float", "double")
Make = Callable[[], Any]


def check_schema(text: str) -> None:
    """Raises SchemaError for a text that is no schema of a record, or asks for what is not known here."""
    generator(text, random.Random(0))


def generator(text: str, source: random.Random, generation: int = 0) -> Iterator[dict[str, Any]]:
    """Records of the schema without end.

    Args:
        text: the schema, as JSON.
        source: where chance comes from.
        generation: how many records were made before; iterations go on from there.

    Raises:
        SchemaError: the schema cannot be used.
    """
    make = _Compiler(source, generation).make(parsed(text))

    def records() -> Iterator[dict[str, Any]]:
        while True:
            yield make()

    return records()


class _Compiler:
    """Turns a schema into a function that makes values of it."""

    def __init__(self, source: random.Random, generation: int) -> None:
        self._random = source
        self._generation = generation
        self._texts = rstr.Rstr(source)
        self._named: dict[str, Make] = {}

    def make(self, schema: Any) -> Make:
        if isinstance(schema, list):
            choices = [self.make(each) for each in schema]
            return lambda: self._random.choice(choices)()
        if isinstance(schema, str):
            schema = {"type": schema}
        kind, wanted = schema.get("type"), schema.get("arg.properties") or {}
        unknown = sorted(set(wanted) - _KNOWN)
        if unknown:
            raise SchemaError(f"arg.properties has '{unknown[0]}', which this generator does not know")
        if isinstance(kind, dict):
            return self.make({**kind, "arg.properties": wanted} if wanted else kind)
        if isinstance(kind, list):
            return self._union(kind, wanted)
        made = self._wrapped(self._steered(kind, schema, wanted), kind, wanted)
        if "name" in schema and kind in ("record", "enum", "fixed"):
            self._named[schema["name"]] = made
        return made

    def _steered(self, kind: Any, schema: dict[str, Any], wanted: dict[str, Any]) -> Make:
        if "options" in wanted:
            options = self._options(wanted["options"])
            return lambda: self._random.choice(options)
        if "iteration" in wanted:
            return self._iteration(kind, wanted["iteration"])
        return self._plain(kind, schema, wanted)

    def _union(self, kinds: list[Any], wanted: dict[str, Any]) -> Make:
        choices = [self.make(each) for each in kinds]
        if "position" in wanted:
            return choices[int(wanted["position"])]
        if "distribution" in wanted:
            weights = [float(each) for each in wanted["distribution"]]
            if len(weights) != len(choices):
                raise SchemaError("distribution must have a share for each type of the union")
            return lambda: self._random.choices(choices, weights)[0]()
        return lambda: self._random.choice(choices)()

    @staticmethod
    def _options(given: Any) -> list[Any]:
        """The values to choose from: listed, or in a file of JSON."""
        if isinstance(given, dict) and "file" in given:
            try:
                given = json.loads(Path(given["file"]).read_text("utf-8"))
            except (OSError, ValueError) as error:
                raise SchemaError(f"Unable to read options from the file {given['file']}: {error}") from None
        if not isinstance(given, list) or not given:
            raise SchemaError("options must be a list of values")
        return given

    def _wrapped(self, make: Make, kind: Any, wanted: dict[str, Any]) -> Make:
        """With `prefix` and `suffix`, which texts may have."""
        before, after = str(wanted.get("prefix", "")), str(wanted.get("suffix", ""))
        if kind != "string" or not (before or after):
            return make
        return lambda: f"{before}{make()}{after}"

    def _plain(self, kind: Any, schema: dict[str, Any], wanted: dict[str, Any]) -> Make:
        source = self._random
        match kind:
            case "record":
                fields = [(field["name"], self.make(field["type"])) for field in schema.get("fields", ())]
                return lambda: {name: make() for name, make in fields}
            case "int" | "long":
                edge = 31 if kind == "int" else 63
                low, high = self._range(wanted, -(1 << edge), (1 << edge) - 1)
                return lambda: source.randrange(int(low), max(int(high), int(low) + 1))
            case "float" | "double":
                low, high = self._range(wanted, 0.0, 1.0)
                return lambda: low + source.random() * (high - low)
            case "boolean":
                odds = float(wanted.get("odds", 0.5))
                return lambda: source.random() < odds
            case "string" if "regex" in wanted:
                pattern = str(wanted["regex"])
                return lambda: self._texts.xeger(pattern)
            case "string" | "bytes":
                length = self._length(wanted)
                return lambda: self._text(length())
            case "enum":
                symbols = list(schema["symbols"])
                return lambda: source.choice(symbols)
            case "array":
                length, make = self._length(wanted), self.make(schema["items"])
                return lambda: [make() for _ in range(length())]
            case "map":
                length, make = self._length(wanted), self.make(schema["values"])
                key = self.make({"type": "string", "arg.properties": wanted.get("keys") or {}})
                return lambda: {key(): make() for _ in range(length())}
            case "fixed":
                size = int(schema["size"])
                return lambda: self._text(size)
            case "null":
                return lambda: None
            case _ if kind in self._named:
                return self._named[kind]
            case _:
                raise SchemaError(f"The schema has a type '{kind}', which is not one of Avro's")

    def _text(self, length: int) -> str:
        return "".join(self._random.choice(_LETTERS) for _ in range(length))

    def _iteration(self, kind: Any, wanted: Any) -> Make:
        """Numbers from `start` on by `step`, again from the start at `restart`; booleans in turn; texts of numbers."""
        if not isinstance(wanted, dict) or "start" not in wanted:
            raise SchemaError("iteration must have a start")
        start, count = wanted["start"], [self._generation]
        if kind == "boolean":
            first = str(start).lower() == "true"

            def turn() -> bool:
                count[0] += 1
                return first if count[0] % 2 else not first

            return turn
        if kind not in (*_NUMBERS, "string"):
            raise SchemaError(f"iteration is for numbers, texts and booleans, not for {kind}")
        restart = wanted.get("restart")
        step = wanted.get("step", -1 if restart is not None and restart < start else 1)
        if step == 0:
            raise SchemaError("step must be other than 0")
        if restart is not None and (restart > start) != (step > 0):
            raise SchemaError("step must lead from start to restart")
        initial = wanted.get("initial", start)
        period = None if restart is None else -(-abs(restart - start) // abs(step))
        offset = (initial - start) // step

        def make() -> Any:
            place = count[0] + offset
            count[0] += 1
            value = start + step * (place if period is None else place % period)
            if kind == "string":
                return str(value)
            return float(value) if kind in ("float", "double") else int(value)

        return make

    @staticmethod
    def _range(wanted: dict[str, Any], low: float, high: float) -> tuple[float, float]:
        """From `min` to below `max`."""
        given = wanted.get("range") or {}
        low, high = given.get("min", low), given.get("max", high)
        if low >= high:
            raise SchemaError(f"range is empty: from {low} to {high}")
        return low, high

    def _length(self, wanted: dict[str, Any]) -> Callable[[], int]:
        """A number, or from `min` to below `max`."""
        given = wanted.get("length", {"min": 8, "max": 16})
        if isinstance(given, int):
            return lambda: given
        low, high = int(given.get("min", 0)), int(given.get("max", 16))
        if low >= high:
            raise SchemaError(f"length is empty: from {low} to {high}")
        return lambda: self._random.randrange(low, high)
