"""What differs between the two versions of Elasticsearch that the server can speak as."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from clickstream_embedded.search.errors import SearchError, invalid

_TEMPLATE_KEYS = ("index_patterns", "order", "version", "settings", "mappings", "aliases")


def _java(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={_java(each)}" for key, each in value.items()) + "}"
    return "[" + ", ".join(map(_java, value)) + "]" if isinstance(value, list) else str(value)


@dataclass(frozen=True, slots=True)
class Dialect:
    """6.3.0 has mapping types and plain totals, 7.5.2 has neither."""

    number: str
    lucene: str
    wire: str
    index: str
    created: str  # as settings write the version that made an index

    @property
    def has_types(self) -> bool:
        return self.number.startswith("6")

    def version(self) -> dict[str, Any]:
        return {"number": self.number, "build_flavor": "default", "build_type": "embedded", "build_hash": "embedded",
                "build_date": "2020-01-15T12:11:52.313576Z", "build_snapshot": False, "lucene_version": self.lucene,
                "minimum_wire_compatibility_version": self.wire, "minimum_index_compatibility_version": self.index}  # fmt: skip

    def total(self, count: int) -> Any:
        """The number of hits as `hits.total` says it."""
        return count if self.has_types else {"value": count, "relation": "eq"}

    def kind(self, given: Any) -> str:
        """The mapping type of a document."""
        return str(given or "_doc") if self.has_types else "_doc"

    def mapping(self, kind: str, shown: dict[str, Any]) -> dict[str, Any]:
        """The `mappings` of an index, as the version shows them."""
        if not self.has_types:
            return shown
        inner = {"properties": {}, **shown} if kind != "_default_" else shown
        rules = shown.get("dynamic_templates")
        # the template's own type is there beside that of the documents
        return {"_default_": {"dynamic_templates": rules}, kind: inner} if rules else {kind: inner}

    def create_mapping(self, given: dict[str, Any]) -> dict[str, Any]:
        """The plain mapping of a create index. Raises SearchError."""
        if not self.has_types:
            if "_default_" in given or (given and all(isinstance(each, dict) and "properties" in each for each in given.values())
                                        and not set(given) & {"properties", "dynamic_templates"}):  # fmt: skip
                reason = f"Root mapping definition has unsupported parameters:  [{next(iter(given))} : {_java(next(iter(given.values())))}]"
                raise SearchError(400, "mapper_parsing_exception", f"Failed to parse mapping [_doc]: {reason}",
                                  caused_by={"type": "mapper_parsing_exception", "reason": reason})  # fmt: skip
            return given
        merged: dict[str, Any] = {}
        for inner in given.values():
            merged |= inner
        return merged

    def template_mapping(self, template: dict[str, Any]) -> dict[str, Any]:
        """The plain mapping of a template, whatever type it stands under."""
        mappings = template.get("mappings") or {}
        return self.create_mapping(mappings) if self.has_types else mappings

    def template(self, body: dict[str, Any]) -> dict[str, Any]:
        """A template as it is kept. Raises SearchError where it has the other version's form."""
        mappings = body.get("mappings") or {}
        if self.has_types:
            for name, inner in mappings.items():
                if not isinstance(inner, dict):
                    raise SearchError(400, "illegal_argument_exception", f"Malformed [mappings] section for type [{name}], "
                                      "should include an inner object describing the mapping")  # fmt: skip
        elif "_default_" in mappings:
            reason = (
                f"Root mapping definition has unsupported parameters:  [_default_ : {_java(mappings['_default_'])}]"
            )
            cause = {"type": "mapper_parsing_exception", "reason": reason}
            raise SearchError(
                400,
                "mapper_parsing_exception",
                f"Failed to parse mapping [_doc]: {reason}",
                caused_by=cause,
                root_cause=[cause],
            )
        if "template" in body:  # the form before 6, which 7 still takes
            body = {"index_patterns": [body["template"]], **body}
            body.pop("template")
        odd = [key for key in body if key not in _TEMPLATE_KEYS]
        if odd:
            raise SearchError(400, "parse_exception", f"unknown key [{odd[0]}] in the template ")
        if not body.get("index_patterns"):
            raise invalid("index patterns are missing")
        patterns = body["index_patterns"]
        return {**body, "index_patterns": [patterns] if isinstance(patterns, str) else patterns}


SEVEN = Dialect("7.5.2", "8.3.0", "6.8.0", "6.0.0-beta1", "7050299")
SIX = Dialect("6.3.0", "7.3.1", "5.6.0", "5.0.0", "6030099")
DIALECTS = {"6": SIX, "6.3.0": SIX, "7": SEVEN, "7.5.2": SEVEN}
