"""Avro's schemas as Connect's, by the rules of Confluent's AvroData."""

from __future__ import annotations

from typing import Any

from clickstream_embedded.connect.converters.registry.avro_names import (
    ANYTHING_NAME,
    DATE_KINDS,
    DEFAULT_NAME,
    ENTRY,
    ENUM,
    FIELD_DEFAULT,
    FIELD_DOC,
    FIXED_SIZE,
    NAMESPACE,
    RECORD_DOC,
    UNION,
)
from clickstream_embedded.connect.converters.registry.avro_values import of_avro
from clickstream_embedded.connect.data import DECIMAL, STRING, Field, Schema
from clickstream_embedded.connect.java_errors import DataError

_TYPES = {"boolean": "boolean", "bytes": "bytes", "fixed": "bytes", "double": "float64", "float": "float32",
          "int": "int32", "long": "int64", "string": "string", "enum": "string"}  # fmt: skip
_LOGICAL = {kind: name for name, kind in DATE_KINDS.items()}
_OF_TYPE = {"int": ("date", "time-millis"), "long": ("timestamp-millis",)}
_PRECISION = "connect.decimal.precision"
_NO_DEFAULT = object()


class ConnectSchemas:
    """A parsed schema's way to Connect.

    Args:
        names: the named types within it, by full name.
        meta: whether what AvroData has kept in properties is taken up.
    """

    def __init__(self, names: dict[str, Any], *, meta: bool) -> None:
        self._names, self._meta = names, meta
        self._inside: list[str] = []

    def of(self, tree: Any, *, optional: bool = False, default: Any = _NO_DEFAULT) -> Schema | None:
        """The schema; None for values without one. Raises DataError for what Connect cannot have."""
        if isinstance(tree, list):
            return self._union(tree)
        if isinstance(tree, str):
            tree = self._names.get(tree, {"type": tree})
        if isinstance(tree["type"], dict | list):
            return self.of(tree["type"], optional=optional, default=default)
        if tree.get("name") == ANYTHING_NAME:
            return None
        made = self._base(tree).made(optional=optional)
        made = self._with_properties(made, tree)
        return self._with_default(made, tree, default)

    def _some(self, tree: Any, **how: Any) -> Schema:
        return self.of(tree, **how) or Schema("struct", name=ANYTHING_NAME)

    def _union(self, branches: list[Any]) -> Schema | None:
        others = [each for each in branches if each != "null"]
        if len(branches) == 1 or (len(branches) == 2 and len(others) == 1):
            return self.of(others[0], optional=len(branches) == 2)
        fields = tuple(Field(self._member(each), self._some(each, optional=True)) for each in others)
        if len({each.name for each in fields}) < len(fields):
            raise DataError("Multiple union schemas map to the Connect union field name")
        return Schema("struct", len(others) < len(branches), UNION, fields=fields)

    def _member(self, tree: Any) -> str:
        tree = self._names.get(tree, tree) if isinstance(tree, str) else tree
        if isinstance(tree, str):
            return tree
        return str(tree["name"]).rsplit(".", 1)[-1] if "name" in tree else str(tree["type"])

    def _base(self, tree: dict[str, Any]) -> Schema:
        kind, logical = tree["type"], str(tree.get("logicalType", ""))
        if kind == "array":
            return self._array(tree)
        if kind == "map":
            return Schema("map", keys=STRING, values=self._some(tree["values"]))
        if kind in ("record", "error"):
            return self._record(tree)
        if kind == "null":
            raise DataError("Standalone null schemas are not supported by this converter")
        parameters: dict[str, str] = {}
        made = Schema(_TYPES[kind])
        if logical == "decimal" and kind in ("bytes", "fixed"):
            parameters["scale"] = str(tree.get("scale", 0))
            if tree.get("precision", 64) != 64:
                parameters[_PRECISION] = str(tree["precision"])
            made = Schema("bytes", name=DECIMAL, version=1)
        elif logical in _OF_TYPE.get(kind, ()):
            made = Schema(_TYPES[kind], name=_LOGICAL[logical], version=1)
        elif kind == "int" and not logical and tree.get("connect.type") in ("int8", "int16"):
            made = Schema(str(tree["connect.type"]))
        if kind == "fixed":
            parameters[FIXED_SIZE] = str(tree["size"])
        if kind == "enum":
            parameters |= {ENUM: str(tree["name"])} | {f"{ENUM}.{each}": each for each in tree["symbols"]}
        return made.made(parameters=parameters or None)

    def _array(self, tree: dict[str, Any]) -> Schema:
        items = tree["items"]
        entry = self._names.get(items, items) if isinstance(items, str) else items
        is_entry = isinstance(entry, dict) and (
            entry.get("name") == f"{NAMESPACE}.{ENTRY}" or entry.get("connect.internal.type") == ENTRY
        )
        if not is_entry:
            return Schema("array", values=self._some(items))
        parts = {each["name"]: each["type"] for each in entry["fields"]}
        if set(parts) != {"key", "value"}:
            raise DataError("Found map encoded as array of key-value pairs, but array elements do not match the "
                            "expected format.")  # fmt: skip
        return Schema("map", keys=self._some(parts["key"]), values=self._some(parts["value"]))

    def _record(self, tree: dict[str, Any]) -> Schema:
        name = str(tree["name"])
        if name in self._inside:
            raise DataError(f"The schema of {name} has itself as a field: this worker has no such schemas")
        self._inside.append(name)
        parameters: dict[str, str] = {}
        if self._meta and tree.get("doc") is not None:
            parameters[RECORD_DOC] = tree["doc"]
        fields: list[Field] = []
        for each in tree["fields"]:
            if self._meta and each.get("doc") is not None:
                parameters[FIELD_DOC + each["name"]] = each["doc"]
            fields.append(Field(each["name"], self._some(each["type"], default=each.get("default", _NO_DEFAULT))))
        self._inside.pop()
        return Schema("struct", fields=tuple(fields), parameters=parameters or None)

    def _with_properties(self, made: Schema, tree: dict[str, Any]) -> Schema:
        parameters = dict(made.parameters or {})
        if self._meta:
            parameters |= tree.get("connect.parameters") or {}
            made = made.made(doc=tree.get("connect.doc", made.doc))
        parameters |= {key: str(value) for key, value in tree.items() if key.startswith(NAMESPACE)}
        name = tree.get("connect.name") or (tree.get("name") if tree["type"] in ("record", "enum", "fixed") else None)
        if name is not None and not str(name).startswith(DEFAULT_NAME):
            if made.name not in (None, name):
                raise DataError(f"Mismatched names: name already added to SchemaBuilder ({made.name}) differs from name "
                                f"in source schema ({name})")  # fmt: skip
            made = made.made(name=name)
        return made.made(parameters=parameters or None, version=tree.get("connect.version", made.version))

    def _with_default(self, made: Schema, tree: dict[str, Any], default: Any) -> Schema:
        told = tree.get("connect.default")
        if default is _NO_DEFAULT or default is None:
            default = told
        elif self._meta and told is None:
            made = made.made(parameters={**(made.parameters or {}), FIELD_DEFAULT: "true"})
        if default is None:
            return made
        if isinstance(default, str) and made.type == "bytes":
            default = default.encode("latin-1")
        try:
            return made.made(default=of_avro(made, default))
        except (DataError, TypeError, AttributeError):
            return made  # as the real one, which says so in its log only
