"""The indices: names and aliases, mappings, settings, and the templates that new ones are made by."""

from __future__ import annotations

import fnmatch
import json
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from clickstream_embedded.search import definitions, times
from clickstream_embedded.search import mapping as mappings
from clickstream_embedded.search import settings as index_settings
from clickstream_embedded.search.database import Database
from clickstream_embedded.search.dialect import Dialect
from clickstream_embedded.search.errors import SearchError, illegal, index_not_found, index_uuid, invalid
from clickstream_embedded.search.templates import Templates

ODD = '\\/*?"<>| ,#:'


@dataclass(slots=True)
class Index:
    """One index. `next_seq` is the `_seq_no` of its next write."""

    name: str
    mapping: mappings.Mapping
    kind: str = "_doc"
    settings: index_settings.Settings = field(default_factory=dict[str, str])
    aliases: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    created: int = 0
    next_seq: int = 0
    closed: bool = False

    @property
    def uuid(self) -> str:
        return index_uuid(self.name)

    @property
    def shards(self) -> int:
        return index_settings.number(self.settings, "index.number_of_shards", 1)

    @property
    def replicas(self) -> int:
        return index_settings.number(self.settings, "index.number_of_replicas", 1)

    @property
    def window(self) -> int:
        """How deep `from` and `size` may reach."""
        return index_settings.number(self.settings, "index.max_result_window", 10_000)

    def shown_settings(self, dialect: Dialect) -> dict[str, Any]:
        own = {
            "index.creation_date": str(self.created), "index.number_of_replicas": "1", "index.number_of_shards": "1",
            "index.provided_name": self.name, "index.uuid": self.uuid, "index.version.created": dialect.created,
        }  # fmt: skip
        return index_settings.nested({**own, **self.settings})


def date_name(name: str) -> str:
    """A name with date maths such as `<logs-{now/d}>` as the name that it is now. Raises SearchError."""
    if not (name.startswith("<") and name.endswith(">")):
        return name

    def moment(found: re.Match[str]) -> str:
        maths, form = found[1], found[2] or "yyyy.MM.dd"
        return times.shown(times.moment(maths, times.DEFAULT_FORMAT, int(time.time() * 1000)), form.partition("|")[0])

    try:
        return re.sub(r"\{([^{}]+)(?:\{([^{}]+)\})?\}", moment, name[1:-1])
    except times.DateError:
        raise SearchError(400, "parse_exception", f"invalid dynamic name expression [{name[1:-1]}]") from None


def index_closed(index: Index) -> SearchError:
    """What is said of a closed index that is asked for its documents."""
    return SearchError(400, "index_closed_exception", "closed", index_uuid=index.uuid, index=index.name)


class Indices:
    """All indices by name, kept in the database. Whoever changes them holds its lock."""

    def __init__(self, database: Database, dialect: Dialect) -> None:
        self._database = database
        self.dialect = dialect
        database.add_column("indices", "kind", "TEXT DEFAULT '_doc'")
        database.add_column("indices", "more", "TEXT")
        self.all: dict[str, Index] = {}
        self.load()
        self.templates = Templates(database, "templates")
        self.composables = Templates(database, "composables")
        self.pipelines = Templates(database, "pipelines")

    def load(self) -> None:
        """Takes all indices as the database has them; numbers of writes go on from where they were."""
        there: dict[str, Index] = {}
        for name, text, kind, more in self._database.rows("SELECT name, mapping, kind, more FROM indices"):
            rest = json.loads(more) if more else {}
            found = Index(name, mappings.loaded(json.loads(text)), kind, rest.get("settings", {}), rest.get("aliases", {}),
                          rest.get("created", 0), self.all[name].next_seq if name in self.all else 0,
                          bool(rest.get("closed")))  # fmt: skip
            found.mapping.analyzers, found.mapping.normalizers = index_settings.analyzers_of(found.settings)
            there[name] = found
        self.all = there

    def save(self, index: Index) -> None:
        more = {"settings": index.settings, "aliases": index.aliases, "created": index.created, "closed": index.closed}
        self._database.run(
            "INSERT OR REPLACE INTO indices (name, mapping, kind, more) VALUES (?, ?, ?, ?)",
            (index.name, json.dumps(index.mapping.saved()), index.kind, json.dumps(more)),
        )

    # -- names -------------------------------------------------------------------------------------------------

    def check_name(self, name: str) -> None:
        """Raises SearchError for a name that no index may have."""
        reason = ""
        if name.startswith(("_", "-", "+")):
            reason = "must not start with '_', '-', or '+'"
        elif any(each in ODD for each in name):
            if "#" in name or ":" in name:
                reason = f"must not contain '{'#' if '#' in name else ':'}'"
            else:
                reason = 'must not contain the following characters [ , ", *, \\, <, |, ,, >, /, ?]'
        elif name != name.lower():
            reason = "must be lowercase"
        elif name in (".", ".."):
            reason = "must not be '.' or '..'"
        elif len(name.encode()) > 255:
            reason = f"index name is too long, ({len(name.encode())} > 255)"
        if reason:
            more = {"index_uuid": "_na_", "index": name}
            raise SearchError(400, "invalid_index_name_exception", f"Invalid index name [{name}], {reason}", **more)
        if any(name in index.aliases for index in self.all.values()):
            raise SearchError(400, "invalid_index_name_exception", f"Invalid index name [{name}], already exists as alias",
                              index_uuid="_na_", index=name)  # fmt: skip

    def resolve(
        self, expression: str | Iterable[str] | None, *, ignore_missing: bool = False, no_indices: bool = True,
        aliases: bool = True, expand: bool = True, closed: bool = False,
    ) -> dict[str, list[dict[str, Any]] | None]:  # fmt: skip
        """The indices that names, aliases and patterns stand for, each with the filters of the aliases (None: none).

        Without `expand` patterns stand for nothing; with `closed` also for closed indices, which may be named then.

        Raises:
            SearchError: a name without a `*` that there is not, or with `no_indices` False a pattern without any.
        """
        parts = (expression or "_all").split(",") if isinstance(expression, str | None) else [*expression]
        found: dict[str, list[dict[str, Any]] | None] = {}
        seen_pattern = False
        for part in map(date_name, parts):
            if part.startswith("-") and seen_pattern and part not in self.all:
                known = (
                    "*" in part or part[1:] in self.all or any(part[1:] in each.aliases for each in self.all.values())
                )
                if not known and not ignore_missing:
                    raise index_not_found(part[1:], named=not self.dialect.has_types)
                for name in fnmatch.filter(list(found), part[1:]):
                    del found[name]
                continue
            if part == "_all" or "*" in part:
                seen_pattern = True
                before = len(found)
                self._add_matching(
                    found, "*" if part == "_all" else part, aliases=aliases and expand, indices=expand, closed=closed
                )
                if len(found) == before and not no_indices:
                    raise index_not_found(part, named=not self.dialect.has_types)
            elif part in self.all:
                if not closed and self.all[part].closed:
                    if ignore_missing:
                        continue
                    raise index_closed(self.all[part])
                self._add(found, self.all[part], None)
            else:
                behind = [index for index in self.all.values() if part in index.aliases] if aliases else []
                if not behind and any(part in index.aliases for index in self.all.values()):
                    raise illegal(
                        f"The provided expression [{part}] matches an alias, specify the corresponding concrete indices instead."
                    )
                if not behind and not ignore_missing:
                    if part.startswith("_"):
                        self.check_name(part)
                    raise index_not_found(part, named=not self.dialect.has_types)
                for index in behind:
                    self._add(found, index, [part])
        return found

    def _add_matching(
        self,
        found: dict[str, list[dict[str, Any]] | None],
        pattern: str,
        *,
        aliases: bool,
        indices: bool,
        closed: bool,
    ) -> None:
        for index in sorted(self.all.values(), key=lambda each: each.name):
            if index.closed and not closed:
                continue
            hit = indices and fnmatch.fnmatchcase(index.name, pattern)
            names = [a for a in index.aliases if fnmatch.fnmatchcase(a, pattern)] if aliases else []
            if hit or names:
                self._add(found, index, None if hit else names)

    @staticmethod
    def _add(found: dict[str, list[dict[str, Any]] | None], index: Index, names: list[str] | None) -> None:
        filters = None if names is None else [index.aliases[name].get("filter") for name in names]
        if filters is None or None in filters or found.get(index.name, ()) is None:
            found[index.name] = None
        else:
            found[index.name] = [*(found.get(index.name) or []), *(each for each in filters if each)]

    def one(self, name: str, *, reads: bool = False) -> Index:
        """The one index that a name or an alias writes to, or with `reads` reads from. Raises SearchError."""
        if name in self.all:
            if self.all[name].closed:
                raise index_closed(self.all[name])
            return self.all[name]
        behind = [index for index in self.all.values() if name in index.aliases]
        if len(behind) > 1 and reads:
            names = ", ".join(index.name for index in behind)
            raise illegal(
                f"Alias [{name}] has more than one indices associated with it [[{names}]], can't execute a single index op"
            )
        if len(behind) > 1:
            writing = [index for index in behind if index.aliases[name].get("is_write_index")]
            if len(writing) == 1:
                return writing[0]
            raise illegal(f"no write index is defined for alias [{name}]. The write index may be explicitly disabled using "
                          "is_write_index=false or the alias points to multiple indices without one being designated as a "
                          "write index")  # fmt: skip
        if not behind:
            raise index_not_found(name, named=not self.dialect.has_types)
        return behind[0]

    # -- making and ending -------------------------------------------------------------------------------------

    def create(self, name: str, body: dict[str, Any] | None = None, kind: str = "_doc") -> Index:
        """Makes an index by the templates that match it and the body. Raises SearchError and MappingError."""
        body = body or {}
        index_settings.checked(body.get("settings"))
        self.check_name(name)
        if name in self.all:
            raise SearchError(400, "resource_already_exists_exception", f"index [{name}/{index_uuid(name)}] already exists",
                              index_uuid=index_uuid(name), index=name)  # fmt: skip
        mapping, settings, aliases = mappings.Mapping(), index_settings.Settings(), dict[str, Any]()
        for template in self._matching(name):
            settings |= index_settings.flat(template.get("settings"))
            aliases |= {each.replace("{index}", name): rule for each, rule in (template.get("aliases") or {}).items()}
            inner = self.dialect.template_mapping(template)
            rules = [*(inner.get("dynamic_templates") or []), *mapping.root.get("dynamic_templates", [])]
            mappings.overlay(mapping, definitions.checked(inner))
            if rules:
                mapping.root["dynamic_templates"] = rules
        given = self.dialect.create_mapping(body.get("mappings") or {})
        mappings.overlay(mapping, definitions.checked(given))
        settings = index_settings.checked({**settings, **index_settings.flat(body.get("settings"))})
        mapping.analyzers, mapping.normalizers = index_settings.analyzers_of(settings)
        mappings.check_analyzers(mapping, mapping.analyzers, mapping.normalizers)
        made = Index(name, mapping, kind, settings, {**aliases, **(body.get("aliases") or {})}, int(time.time() * 1000))
        self.save(made)
        self.all[name] = made
        return made

    def _matching(self, name: str) -> list[dict[str, Any]]:
        """The templates of a new index, the weakest first: one composable, or else all older ones."""

        def matches(template: dict[str, Any]) -> bool:
            return any(fnmatch.fnmatchcase(name, pattern) for pattern in template.get("index_patterns", []))

        composable = max(
            filter(matches, self.composables.values()), key=lambda each: int(each.get("priority") or 0), default=None
        )
        if composable is not None:
            return [composable.get("template") or {}]
        return sorted(filter(matches, self.templates.values()), key=lambda each: int(each.get("order") or 0))

    def delete(self, name: str) -> None:
        """Ends an index that is there."""
        # the documents first: nobody would end them without their index
        self._database.run("DELETE FROM docs WHERE idx = ?", (name,))
        self._database.run("DELETE FROM indices WHERE name = ?", (name,))
        del self.all[name]

    # -- templates ---------------------------------------------------------------------------------------------

    def put_template(self, name: str, body: dict[str, Any], *, create: bool = False) -> None:
        """Keeps a template. Raises SearchError and MappingError."""
        body = self.dialect.template(body)
        if create and name in self.templates:
            raise illegal(f"index_template [{name}] already exists")
        mapping = definitions.checked(self.dialect.template_mapping(body))
        mappings.check_analyzers(mapping, *index_settings.analyzers_of(index_settings.checked(body.get("settings"))))
        self.templates.put(name, body)

    def put_composable(self, name: str, body: dict[str, Any]) -> None:
        """Keeps a composable template. Raises SearchError where it names no pattern."""
        if not body.get("index_patterns"):
            raise invalid("index patterns are missing")
        patterns = body["index_patterns"]
        body = {**body, "index_patterns": [patterns] if isinstance(patterns, str) else patterns}
        inner = self.dialect.template({"index_patterns": body["index_patterns"], **(body.get("template") or {})})
        definitions.checked(self.dialect.template_mapping(inner))
        self.composables.put(name, body)
