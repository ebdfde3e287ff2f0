"""What can be asked of the registry, and done to it. A change is in the topic before it is seen."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any, Protocol

from clickstream_embedded.registry import errors
from clickstream_embedded.registry.errors import Refusal
from clickstream_embedded.registry.model import (
    LEVELS,
    MODES,
    Reference,
    State,
    Version,
    deleted,
    schema_record,
    tombstone_key,
)
from clickstream_embedded.schemas.parsed import InvalidSchema, Parsed
from clickstream_embedded.schemas.schema_types import TYPES, parse, unreadable

Records = list[tuple[dict[str, Any], dict[str, Any] | None]]


class Topic(Protocol):
    """Where the records are kept."""

    def write(self, records: Records) -> None:
        """Raises Refusal where they cannot be kept."""
        ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """A schema as a request has it."""

    schema: str
    type: str = "AVRO"
    references: tuple[Reference, ...] = ()
    id: int | None = None
    version: int | None = None


class Registry:
    """The subjects of one registry. Its methods may block: call them off the event loop."""

    def __init__(self, topic: Topic, state: State) -> None:
        self.state = state
        self.in_doubt = False  # whether the topic may hold what was told to have failed
        self._topic = topic
        self._lock = threading.RLock()
        self._parsed: dict[tuple[str, str, tuple[Reference, ...]], Parsed] = {}

    # -- schemas -----------------------------------------------------------------------------------------------

    def parse(self, subject: str, wanted: Wanted) -> Parsed:
        """Raises Refusal (42201) for what is no schema."""
        if not wanted.schema.strip():
            raise Refusal(42201, "Empty schema")
        if wanted.type not in TYPES:
            raise Refusal(42201, f"Invalid schema type {wanted.type}. Valid types are {', '.join(TYPES)}")
        key = (wanted.type, wanted.schema, wanted.references)
        if key not in self._parsed:
            if len(self._parsed) > 1000:
                self._parsed.clear()
            try:
                self._parsed[key] = parse(wanted.type, wanted.schema, self._texts(wanted.references))
            except InvalidSchema as error:
                shown = ", ".join(
                    f"{{name='{r.name}', subject='{r.subject}', version={r.version}}}" for r in wanted.references
                )
                raise Refusal(
                    42201, f"Invalid schema {{subject={subject},version=0,id=-1,schemaType={wanted.type},references="
                    f"[{shown}],metadata=null,ruleSet=null,schema={wanted.schema}}} with refs [{shown}] of type "
                    f"{wanted.type}, details: {error}",
                ) from None  # fmt: skip
        return self._parsed[key]

    def _texts(self, references: tuple[Reference, ...], into: dict[str, str] | None = None) -> dict[str, str]:
        """The texts behind references, those that they refer to first. Raises InvalidSchema."""
        found: dict[str, str] = {} if into is None else into
        for each in references:
            version = self.state.subjects.get(each.subject, {}).get(each.version)
            if each.version == -1 and (live := self.state.versions(each.subject)):
                version = live[-1]
            if version is None:
                raise InvalidSchema(
                    f'No schema reference found for subject "{each.subject}" and version {each.version}'
                )
            if each.name not in found:
                self._texts(version.references, found)
                found[each.name] = version.schema
        return found

    def _same(self, subject: str, wanted: Wanted, parsed: Parsed, *, dead: bool = False) -> Version | None:
        content = (wanted.type, parsed.canonical, wanted.references)
        return next(
            (
                each for each in reversed(self.state.versions(subject, deleted=dead))
                if (each.type, each.schema, each.references) == content
            ), None,
        )  # fmt: skip

    def lookup(self, subject: str, wanted: Wanted, *, dead: bool = False) -> Version:
        """The version with this schema. Raises Refusal."""
        self._check_subject(subject, dead=dead)
        found = self._same(subject, wanted, self.parse(subject, wanted), dead=dead)
        if found is None:
            raise errors.no_schema()
        return found

    def register(self, subject: str, wanted: Wanted) -> int:
        """The id of the schema, which is a new version of the subject unless it is one already. Raises Refusal."""
        with self._lock:
            mode = self.state.mode(subject)
            if mode.startswith("READONLY"):
                raise Refusal(42205, f"Subject {subject} is in read-only mode")
            if (wanted.id is not None and wanted.id >= 0) != (mode == "IMPORT"):
                where = "is not in import mode" if mode != "IMPORT" else "is in import mode: a schema needs an id there"
                raise Refusal(42205, f"Subject {subject} {where}")
            parsed = self.parse(subject, wanted)
            known = self._same(subject, wanted, parsed)
            if known is not None and wanted.id in (None, -1, known.id):
                return known.id
            if mode != "IMPORT":
                found = self._incompatible(subject, parsed, self.state.versions(subject))
                if found:
                    raise errors.incompatible(subject, found)
            everything = self.state.versions(subject, deleted=True)
            number = wanted.version or (everything[-1].version + 1 if everything else 1)
            made = Version(subject, number, self._id(wanted, parsed), parsed.canonical, wanted.type, wanted.references)
            self._write([schema_record(made)])
            return made.id

    def _id(self, wanted: Wanted, parsed: Parsed) -> int:
        """The id of a schema: the same in every subject."""
        content = (wanted.type, parsed.canonical, wanted.references)
        held = [each for each in self.state.all(deleted=True) if (each.type, each.schema, each.references) == content]
        if wanted.id is not None and wanted.id >= 0:
            for each in self.state.by_id(wanted.id):
                if (each.type, each.schema, each.references) != content:
                    raise Refusal(42205, f"Overwrite new schema with id {wanted.id} is not permitted.")
            return wanted.id
        return held[0].id if held else self.state.last_id + 1

    # -- compatibility -----------------------------------------------------------------------------------------

    def _incompatible(self, subject: str, new: Parsed, versions: list[Version]) -> list[str]:
        """Why a schema does not go with these versions, at the level in force; nothing where it does."""
        level = self.state.level(subject)
        if level == "NONE" or not versions:
            return []
        for version in reversed(versions if level.endswith("_TRANSITIVE") else versions[-1:]):
            old = self.parse(subject, Wanted(version.schema, version.type, version.references))
            kind = level.removesuffix("_TRANSITIVE")
            found: list[str] = []
            if kind in ("BACKWARD", "FULL"):
                found += unreadable(new, old)
            if kind in ("FORWARD", "FULL"):
                found += [_turned(each) for each in unreadable(old, new)]
            if found:
                return [*found, f"{{oldSchemaVersion: {version.version}}}", f"{{oldSchema: '{version.schema}'}}",
                        f"{{validateFields: 'false', compatibility: '{level}'}}"]  # fmt: skip
        return []

    def compatible(self, subject: str, version: str | None, wanted: Wanted) -> list[str]:
        """Why a schema could not be registered: against one version, or all those that the level asks for.

        Raises:
            Refusal: there is no such subject or version, or it is no schema.
        """
        if version is None:
            against = self.state.versions(subject)
        else:
            against = [self.version(subject, version)]
        return self._incompatible(subject, self.parse(subject, wanted), against)

    # -- reading -----------------------------------------------------------------------------------------------

    def _check_subject(self, subject: str, *, dead: bool = False) -> None:
        if not self.state.versions(subject, deleted=dead):
            raise errors.no_subject(subject)

    def version(self, subject: str, text: str, *, dead: bool = False) -> Version:
        """A version by its number, or the latest. Raises Refusal."""
        number = version_number(text)
        versions = self.state.versions(subject, deleted=dead)
        if not versions:
            raise errors.no_subject(subject)
        if number == -1:
            return versions[-1]
        found = next((each for each in versions if each.version == number), None)
        if found is None:
            raise errors.no_version(number)
        return found

    def by_id(self, schema_id: int) -> list[Version]:
        """Where a schema is a version. Raises Refusal."""
        found = self.state.by_id(schema_id)
        if not found:
            raise errors.no_schema(schema_id)
        return found

    def referenced_by(self, version: Version) -> list[int]:
        """The ids of the schemas that use a version."""
        return sorted({
            each.id for each in self.state.all()
            if any((r.subject, r.version) == (version.subject, version.version) for r in each.references)
        })  # fmt: skip

    # -- deletes -----------------------------------------------------------------------------------------------

    def delete_subject(self, subject: str, *, permanent: bool) -> list[int]:
        """The numbers of the versions that are gone. Raises Refusal."""
        with self._lock:
            self._check_writable(subject)
            everything, live = self.state.versions(subject, deleted=True), self.state.versions(subject)
            if not everything:
                raise errors.no_subject(subject)
            if permanent and live:
                raise errors.subject_not_deleted(subject)
            if not permanent and not live:
                raise errors.subject_deleted(subject)
            for version in everything if permanent else live:
                self._check_unreferenced(version)
            if permanent:
                self._write([(tombstone_key(each), None) for each in everything])
            else:
                self._write([({"keytype": "DELETE_SUBJECT", "subject": subject, "magic": 0},
                              {"subject": subject, "version": live[-1].version})])  # fmt: skip
            return [each.version for each in (everything if permanent else live)]

    def delete_version(self, subject: str, text: str, *, permanent: bool) -> int:
        """The number of the version that is gone. Raises Refusal."""
        with self._lock:
            self._check_writable(subject)
            number = version_number(text)
            version = self.version(subject, text, dead=number != -1)
            if permanent and not version.deleted:
                raise errors.version_not_deleted(subject, version.version)
            if not permanent and version.deleted:
                raise errors.version_deleted(subject, version.version)
            self._check_unreferenced(version)
            self._write([(tombstone_key(version), None) if permanent else schema_record(deleted(version))])
            return version.version

    def _check_writable(self, subject: str) -> None:
        if self.state.mode(subject).startswith("READONLY"):
            raise Refusal(42205, f"Subject {subject} is in read-only mode")

    def _check_unreferenced(self, version: Version) -> None:
        if self.referenced_by(version):
            raise Refusal(42206, "One or more references exist to the schema {magic=1,keytype=SCHEMA,subject="
                                 f"{version.subject},version={version.version}}}.")  # fmt: skip

    # -- settings ----------------------------------------------------------------------------------------------

    def set_level(self, subject: str, level: object) -> str:
        """Raises Refusal for what is no level."""
        wanted = str(level).upper()
        if wanted not in LEVELS:
            raise errors.bad_level()
        self._set("CONFIG", subject, {"compatibilityLevel": wanted})
        return wanted

    def set_mode(self, subject: str, mode: object, *, force: bool) -> str:
        """Raises Refusal for what is no mode, and for IMPORT where there are schemas already."""
        wanted = str(mode).upper()
        if wanted not in MODES:
            raise errors.bad_mode()
        held = self.state.versions(subject) if subject else self.state.all()
        if wanted == "IMPORT" and held and not force and self.state.mode(subject) != "IMPORT":
            raise Refusal(42205, "Cannot import since found existing subjects")
        self._set("MODE", subject, {"mode": wanted})
        return wanted

    def forget(self, kind: str, subject: str) -> str:
        """Takes a CONFIG or MODE away again; gives what it was. Raises Refusal where there was none."""
        kept = self.state.levels if kind == "CONFIG" else self.state.modes
        before = kept.get(subject)
        if before is None and subject:
            raise errors.no_subject(subject)
        self._set(kind, subject, None)
        return before or ("BACKWARD" if kind == "CONFIG" else "READWRITE")

    def _set(self, kind: str, subject: str, value: dict[str, Any] | None) -> None:
        with self._lock:
            self._write([({"keytype": kind, "subject": subject or None, "magic": 0}, value)])

    def _write(self, records: Records) -> None:
        self.in_doubt = True
        self._topic.write(records)
        self.in_doubt = False
        for key, value in records:
            self.state.apply(key, value)


def version_number(text: str) -> int:
    """The number of a version, -1 for the latest. Raises Refusal (42202)."""
    if text in ("latest", "-1"):
        return -1
    if text.isascii() and text.isdigit() and 1 <= int(text) < 2**31:
        return int(text)
    raise errors.bad_version(text)


def _turned(difference: str) -> str:
    """A difference that was found the other way round: what it calls new is the old one."""
    return difference.replace("new schema", "\0").replace("old schema", "new schema").replace("\0", "old schema")
