"""Whether data of one Avro schema can be read with another: the rules of Avro's specification, "Schema Resolution".

Kinds of differences and the paths to them are those of Java's `SchemaCompatibility`, their words those of Schema Registry.
"""

from __future__ import annotations

from typing import Any

_WIDER = {
    "long": ("int",), "float": ("int", "long"), "double": ("int", "long", "float"), "bytes": ("string",),
    "string": ("bytes",),
}  # fmt: skip
_WORDS = {
    "NAME_MISMATCH": "The name of the schema has changed (path '{path}')",
    "FIXED_SIZE_MISMATCH": "The size of FIXED type field at path '{path}' in the new schema does not match with the old schema",
    "MISSING_ENUM_SYMBOLS": "The new schema is missing enum symbols '{info}' at path '{path}' in the old schema",
    "READER_FIELD_MISSING_DEFAULT_VALUE": "The field '{info}' at path '{path}' in the new schema has no default value and "
    "is missing in the old schema",
    "TYPE_MISMATCH": "The type (path '{path}') of a field in the new schema does not match with the old schema",
    "MISSING_UNION_BRANCH": "The new schema is missing a type inside a union field at path '{path}' in the old schema",
}


def differences(reader: Any, writer: Any) -> list[str]:
    """Why data of `writer` cannot be read with `reader`; nothing where it can.

    Args:
        reader: the schema that reads, as `avro_schemas.parse` gives it.
        writer: the one that wrote.
    """
    return _Comparison(reader, writer).found


class _Comparison:
    """One pair of schemas. A pair that is met again inside itself is taken to be readable: recursion."""

    def __init__(self, reader: Any, writer: Any) -> None:
        self._readers: dict[str, Any] = {}
        self._writers: dict[str, Any] = {}
        self._gather(reader, self._readers)
        self._gather(writer, self._writers)
        self._met: set[tuple[str, str]] = set()
        self.found = self._check(reader, writer, "")

    def _gather(self, schema: Any, into: dict[str, Any]) -> None:
        if isinstance(schema, list):
            for branch in schema:
                self._gather(branch, into)
        elif isinstance(schema, dict):
            if "name" in schema and "type" in schema:
                into[schema["name"]] = schema
            for part in (schema.get("type"), schema.get("items"), schema.get("values")):
                self._gather(part, into)
            for field in schema.get("fields", ()):
                self._gather(field["type"], into)

    @staticmethod
    def _known(schema: Any, names: dict[str, Any]) -> Any:
        while isinstance(schema, dict) and isinstance(schema.get("type"), dict | list):
            schema = schema["type"]
        return names.get(schema, {"type": schema}) if isinstance(schema, str) else schema

    def _check(self, reader: Any, writer: Any, path: str) -> list[str]:
        reader, writer = self._known(reader, self._readers), self._known(writer, self._writers)
        if isinstance(writer, list):
            if isinstance(reader, list):
                lost = [
                    (number, branch)
                    for number, branch in enumerate(writer)
                    if not any(not self._check(each, branch, path) for each in reader)
                ]
                return [self._told("MISSING_UNION_BRANCH", f"{path}/{number}", _name(each)) for number, each in lost]
            return [why for branch in writer for why in self._check(reader, branch, path)][:1]
        if isinstance(reader, list):
            if any(not self._check(each, writer, path) for each in reader):
                return []
            return [self._told("MISSING_UNION_BRANCH", path or "/", _name(writer))]
        return self._plain(reader, writer, path)

    def _plain(self, reader: dict[str, Any], writer: dict[str, Any], path: str) -> list[str]:
        kind, other = reader["type"], writer["type"]
        if kind != other:
            if other in _WIDER.get(kind, ()):
                return []
            info = f"reader type: {kind.upper()} not compatible with writer type: {other.upper()}"
            return [self._told("TYPE_MISMATCH", path or "/", info)]
        if kind == "array":
            return self._check(reader["items"], writer["items"], f"{path}/items")
        if kind == "map":
            return self._check(reader["values"], writer["values"], f"{path}/values")
        if kind not in ("record", "error", "enum", "fixed"):
            return []
        if not _same_name(reader, writer):
            return [self._told("NAME_MISMATCH", f"{path}/name", f"expected: {writer['name']}")]
        if kind == "fixed":
            if reader["size"] != writer["size"]:
                info = f"expected: {writer['size']}, found: {reader['size']}"
                return [self._told("FIXED_SIZE_MISMATCH", f"{path}/size", info)]
            return []
        if kind == "enum":
            lost = sorted(set(writer["symbols"]) - set(reader["symbols"]))
            if lost and "default" not in reader:
                return [self._told("MISSING_ENUM_SYMBOLS", f"{path}/symbols", f"[{', '.join(lost)}]")]
            return []
        return self._record(reader, writer, path)

    def _record(self, reader: dict[str, Any], writer: dict[str, Any], path: str) -> list[str]:
        pair = (reader["name"], writer["name"])
        if pair in self._met:
            return []
        self._met.add(pair)
        found: list[str] = []
        theirs = {field["name"]: field for field in writer["fields"]}
        for number, field in enumerate(reader["fields"]):
            names = [field["name"], *field.get("aliases", ())]
            match = next((theirs[name] for name in names if name in theirs), None)
            where = f"{path}/fields/{number}"
            if match is not None:
                found += self._check(field["type"], match["type"], f"{where}/type")
            elif "default" not in field:
                found.append(self._told("READER_FIELD_MISSING_DEFAULT_VALUE", where, field["name"]))
        self._met.discard(pair)
        return found

    @staticmethod
    def _told(kind: str, path: str, info: str) -> str:
        return (f"{{errorType:'{kind}', description:'{_WORDS[kind].format(path=path, info=info)}', "
                f"additionalInfo:'{info}'}}")  # fmt: skip


def _simple(name: str) -> str:
    return name.rpartition(".")[2]


def _same_name(reader: dict[str, Any], writer: dict[str, Any]) -> bool:
    """By the unqualified name, or by one of the reader's aliases."""
    names = {_simple(reader["name"]), *map(_simple, reader.get("aliases", ()))}
    return _simple(writer["name"]) in names


def _name(schema: Any) -> str:
    if isinstance(schema, dict):
        kind = schema["type"]
        return f"reader union lacking writer type: {str(kind).upper()}"
    return f"reader union lacking writer type: {str(schema).upper()}"
