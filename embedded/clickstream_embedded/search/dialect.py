"""What differs between the two versions of Elasticsearch that the server can speak as."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from clickstream_embedded.search.errors import SearchError


@dataclass(frozen=True, slots=True)
class Dialect:
    """6.3.0 has mapping types and plain totals, 7.5.2 has neither."""

    number: str
    lucene: str
    wire: str
    index: str

    @property
    def has_types(self) -> bool:
        return self.number.startswith("6")

    def version(self) -> dict[str, Any]:
        return {"number": self.number, "build_flavor": "oss", "build_type": "embedded", "build_hash": "embedded",
                "build_date": "2020-01-15T12:11:52.313576Z", "build_snapshot": False, "lucene_version": self.lucene,
                "minimum_wire_compatibility_version": self.wire, "minimum_index_compatibility_version": self.index}  # fmt: skip

    def total(self, count: int) -> Any:
        """The number of hits as `hits.total` says it."""
        return count if self.has_types else {"value": count, "relation": "eq"}

    def kind(self, given: Any) -> str:
        """The mapping type of a document."""
        return str(given or "_doc") if self.has_types else "_doc"

    def mapping(self, kind: str, dynamic: list[Any], properties: dict[str, Any]) -> dict[str, Any]:
        """The `mappings` of an index."""
        plain: dict[str, Any] = ({"dynamic_templates": dynamic} if dynamic else {}) | {"properties": properties}
        if not self.has_types:
            return plain
        # the template's own type is there beside that of the documents
        return {"_default_": {"dynamic_templates": dynamic}, kind: plain} if dynamic else {kind: plain}

    def template(self, body: dict[str, Any]) -> dict[str, Any]:
        """A template as it is kept. Raises SearchError where it has the other version's form."""
        mappings = body.get("mappings") or {}
        if self.has_types:
            for name, inner in mappings.items():
                if not isinstance(inner, dict):
                    raise SearchError(400, "illegal_argument_exception", f"Malformed [mappings] section for type [{name}], "
                                      "should include an inner object describing the mapping")  # fmt: skip
        elif "_default_" in mappings:
            reason = f"Root mapping definition has unsupported parameters:  [_default_ : {mappings['_default_']}]"
            cause = {"type": "mapper_parsing_exception", "reason": reason}
            raise SearchError(
                400, "mapper_parsing_exception", f"Failed to parse mapping [_doc]: {reason}", caused_by=cause
            )
        if self.has_types and "template" in body:  # the form before 6
            body = {**body, "index_patterns": [body["template"]]}
            body.pop("template")
        if "index_patterns" not in body:
            raise SearchError(
                400, "action_request_validation_exception", "Validation Failed: 1: index patterns are missing;"
            )
        return body

    def rules(self, template: dict[str, Any]) -> list[dict[str, Any]]:
        """The dynamic templates of a template, whatever type they stand under."""
        mappings = template.get("mappings") or {}
        if not self.has_types:
            return mappings.get("dynamic_templates", [])
        return [rule for inner in mappings.values() for rule in inner.get("dynamic_templates", [])]


SEVEN = Dialect("7.5.2", "8.3.0", "6.8.0", "6.0.0-beta1")
SIX = Dialect("6.3.0", "7.3.1", "5.6.0", "5.0.0")
DIALECTS = {"6": SIX, "6.3.0": SIX, "7": SEVEN, "7.5.2": SEVEN}
