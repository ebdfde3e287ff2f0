"""Random values of an Avro schema, steered by `arg.properties` as Confluent's avro-random-generator does.

Known properties: `options`, `iteration` (start, restart, step), `range` (min, max), `length` (a number, or min and max),
`regex`, and `odds` of a boolean. What a schema asks for and is not known here is a SchemaError, never a silent guess.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import rstr

_KNOWN = {"options", "iteration", "range", "length", "regex", "odds"}
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
Make = Callable[[], Any]


class SchemaError(ValueError):
    """The schema cannot be generated from."""


def generator(text: str, source: random.Random, key_field: str = "") -> Iterator[tuple[Any, dict[str, Any]]]:
    """(key, value) of records of the schema without end. Raises SchemaError."""
    try:
        schema = json.loads(text)
    except ValueError as error:
        raise SchemaError(f"Unable to parse the provided schema: {error}") from None
    if not isinstance(schema, dict) or schema.get("type") != "record":
        raise SchemaError("The schema must be a record")
    names = [field["name"] for field in schema.get("fields", ())]
    if key_field and key_field not in names:
        raise SchemaError(f"The schema has no field '{key_field}' for the key")
    make = _Compiler(source).make(schema)

    def records() -> Iterator[tuple[Any, dict[str, Any]]]:
        while True:
            value = make()
            yield (value[key_field] if key_field else None), value

    return records()


class _Compiler:
    """Turns a schema into a function that makes values of it."""

    def __init__(self, source: random.Random) -> None:
        self._random = source
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
        if isinstance(kind, dict | list):
            return self.make(kind if not wanted or isinstance(kind, list) else {**kind, "arg.properties": wanted})
        if "options" in wanted:
            options = wanted["options"]
            if not isinstance(options, list) or not options:
                raise SchemaError("options must be a list of values")
            return lambda: self._random.choice(options)
        if "iteration" in wanted:
            return self._iteration(wanted["iteration"])
        made = self._plain(kind, schema, wanted)
        if "name" in schema and kind in ("record", "enum", "fixed"):
            self._named[schema["name"]] = made
        return made

    def _plain(self, kind: Any, schema: dict[str, Any], wanted: dict[str, Any]) -> Make:
        source = self._random
        match kind:
            case "record":
                fields = [(field["name"], self.make(field["type"])) for field in schema.get("fields", ())]
                return lambda: {name: make() for name, make in fields}
            case "int" | "long":
                low, high = self._range(
                    wanted, -(2**31) if kind == "int" else -(2**63), 2**31 - 1 if kind == "int" else 2**63 - 1
                )
                return lambda: source.randint(int(low), int(high))
            case "float" | "double":
                low, high = self._range(wanted, 0.0, 1.0)
                return lambda: source.uniform(low, high)
            case "boolean":
                odds = float(wanted.get("odds", 0.5))
                return lambda: source.random() < odds
            case "string" if "regex" in wanted:
                pattern = str(wanted["regex"])
                return lambda: self._texts.xeger(pattern)
            case "string" | "bytes":
                length = self._length(wanted)
                return lambda: "".join(source.choice(_LETTERS) for _ in range(length()))
            case "enum":
                symbols = list(schema["symbols"])
                return lambda: source.choice(symbols)
            case "array":
                length, make = self._length(wanted), self.make(schema["items"])
                return lambda: [make() for _ in range(length())]
            case "map":
                length, make = self._length(wanted), self.make(schema["values"])
                return lambda: {"".join(source.choice(_LETTERS) for _ in range(8)): make() for _ in range(length())}
            case "fixed":
                size = int(schema["size"])
                return lambda: "".join(source.choice(_LETTERS) for _ in range(size))
            case "null":
                return lambda: None
            case _ if kind in self._named:
                return self._named[kind]
            case _:
                raise SchemaError(f"The schema has a type '{kind}', which is not one of Avro's")

    def _iteration(self, wanted: dict[str, Any]) -> Make:
        """Numbers from `start` on by `step`, again from the start at `restart`."""
        try:
            start, step = wanted["start"], wanted.get("step", 1)
        except (KeyError, TypeError):
            raise SchemaError("iteration must have a start") from None
        restart = wanted.get("restart")
        state = [wanted.get("initial", start)]

        def make() -> Any:
            value = state[0]
            following = value + step
            if restart is not None and (following >= restart if step > 0 else following <= restart):
                following = start
            state[0] = following
            return value

        return make

    @staticmethod
    def _range(wanted: dict[str, Any], low: float, high: float) -> tuple[float, float]:
        given = wanted.get("range") or {}
        low, high = given.get("min", low), given.get("max", high)
        if low > high:
            raise SchemaError(f"range is empty: from {low} to {high}")
        return low, high

    def _length(self, wanted: dict[str, Any]) -> Callable[[], int]:
        given = wanted.get("length", {"min": 8, "max": 16})
        if isinstance(given, int):
            return lambda: given
        low, high = int(given.get("min", 0)), int(given.get("max", 16))
        return lambda: self._random.randint(low, high)
