"""What the registry knows, as records of its topic say it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

LEVELS = ("NONE", "BACKWARD", "BACKWARD_TRANSITIVE", "FORWARD", "FORWARD_TRANSITIVE", "FULL", "FULL_TRANSITIVE")
MODES = ("READWRITE", "READONLY", "READONLY_OVERRIDE", "IMPORT")


@dataclass(frozen=True, slots=True)
class Reference:
    """A schema that another one uses, by the name it has there."""

    name: str
    subject: str
    version: int

    def body(self) -> dict[str, Any]:
        return {"name": self.name, "subject": self.subject, "version": self.version}


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a subject."""

    subject: str
    version: int
    id: int
    schema: str
    type: str = "AVRO"
    references: tuple[Reference, ...] = ()
    deleted: bool = False

    def content(self) -> dict[str, Any]:
        """Type, references and text, as answers show them: AVRO and no references go without saying."""
        body: dict[str, Any] = {} if self.type == "AVRO" else {"schemaType": self.type}
        if self.references:
            body["references"] = [each.body() for each in self.references]
        return body | {"schema": self.schema}

    def body(self) -> dict[str, Any]:
        return {"subject": self.subject, "version": self.version, "id": self.id, **self.content()}


@dataclass
class State:
    """All versions by subject and number, and the settings; "" is the key of the global ones."""

    subjects: dict[str, dict[int, Version]] = field(default_factory=dict[str, dict[int, Version]])
    levels: dict[str, str] = field(default_factory=dict[str, str])
    modes: dict[str, str] = field(default_factory=dict[str, str])
    last_id: int = 0

    def versions(self, subject: str, *, deleted: bool = False) -> list[Version]:
        """The versions of a subject in order; those deleted softly where asked for."""
        found = sorted(self.subjects.get(subject, {}).items())
        return [version for _, version in found if deleted or not version.deleted]

    def all(self, *, deleted: bool = False) -> list[Version]:
        return [version for subject in sorted(self.subjects) for version in self.versions(subject, deleted=deleted)]

    def by_id(self, schema_id: int) -> list[Version]:
        """The versions with this schema, deleted ones as well: records that were written with it stay readable."""
        return [version for version in self.all(deleted=True) if version.id == schema_id]

    def level(self, subject: str) -> str:
        """The compatibility level in force."""
        return self.levels.get(subject) or self.levels.get("") or "BACKWARD"

    def mode(self, subject: str) -> str:
        """The mode in force; READONLY_OVERRIDE of all overrides a subject's."""
        everywhere = self.modes.get("") or "READWRITE"
        return everywhere if everywhere == "READONLY_OVERRIDE" else self.modes.get(subject) or everywhere

    def apply(self, key: dict[str, Any], value: dict[str, Any] | None) -> None:
        """Takes in one record of the topic; kinds that are not known are passed over, as the real one does."""
        subject, kind = str(key.get("subject") or ""), key.get("keytype")
        if kind == "SCHEMA":
            self._schema(subject, int(key["version"]), value)
        elif kind in ("CONFIG", "MODE"):
            kept = self.levels if kind == "CONFIG" else self.modes
            if value is None:
                kept.pop(subject, None)
            else:
                kept[subject] = str(value["compatibilityLevel" if kind == "CONFIG" else "mode"])
        elif kind == "DELETE_SUBJECT" and value is not None:
            for number, version in self.subjects.get(subject, {}).items():
                if number <= int(value["version"]):
                    self.subjects[subject][number] = deleted(version)

    def _schema(self, subject: str, number: int, value: dict[str, Any] | None) -> None:
        known = self.subjects.setdefault(subject, {})
        if value is None:
            known.pop(number, None)
            if not known:
                del self.subjects[subject]
            return
        references = tuple(
            Reference(str(each["name"]), str(each["subject"]), int(each["version"]))
            for each in value.get("references") or ()
        )
        known[number] = Version(subject, number, int(value["id"]), str(value["schema"]),
                                str(value.get("schemaType") or "AVRO"), references, bool(value.get("deleted")))  # fmt: skip
        self.last_id = max(self.last_id, int(value["id"]))


def deleted(version: Version) -> Version:
    """The version, deleted softly."""
    return Version(version.subject, version.version, version.id, version.schema, version.type, version.references, True)


def schema_record(version: Version) -> tuple[dict[str, Any], dict[str, Any]]:
    """(key, value) of a version in the topic, in the form of Confluent's SchemaKey and SchemaValue."""
    return (
        {"keytype": "SCHEMA", "subject": version.subject, "version": version.version, "magic": 1},
        {"subject": version.subject, "version": version.version, "id": version.id,
         **version.content(), "deleted": version.deleted},
    )  # fmt: skip


def tombstone_key(version: Version) -> dict[str, Any]:
    return schema_record(version)[0]
