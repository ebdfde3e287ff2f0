"""Index templates, and what can be looked at beside documents: analyzers and the fields of indices."""

from __future__ import annotations

import fnmatch
from typing import Any

from clickstream_embedded.search import settings as index_settings
from clickstream_embedded.search.api import aliases, bodies
from clickstream_embedded.search.api.admin import untyped, wrapped
from clickstream_embedded.search.api.call import DONE, Answer, Call
from clickstream_embedded.search.errors import SearchError, illegal
from clickstream_embedded.search.request import int_parameter


def put_template(call: Call) -> Answer:
    body = call.object(needed=True)
    bodies.check_template(body)
    body = untyped(call, body)
    _check_names(call.place["name"], body)
    if "order" in call.query and "order" not in body:
        body["order"] = int_parameter(call.query, "order")
    with call.store.lock:
        for name in body.get("aliases") or {}:
            aliases.check_name(name)
        wrapped(lambda: call.store.indices.put_template(call.place["name"], body, create=call.truth("create")))
    return Answer(DONE)


def _check_names(name: str, body: dict[str, Any]) -> None:
    """Raises SearchError for a name or a pattern that no template may have (MetaDataIndexTemplateService.validate)."""
    problems = ["name must not contain a space"] * (" " in name) + ["name must not contain a ','"] * ("," in name)
    problems += ["name must not contain a '#'"] * ("#" in name) + ["name must not start with '_'"] * name.startswith(
        "_"
    )
    problems += ["name must be lower cased"] * (name != name.lower())
    patterns = body.get("index_patterns") or []
    for each in [patterns] if isinstance(patterns, str) else patterns:
        problems += ["template must not contain a space"] * (" " in each) + ["template must not contain a ','"] * (
            "," in each
        )
        problems += ["template must not contain a '#'"] * ("#" in each) + [
            "template must not start with '_'"
        ] * each.startswith("_")
    if problems:
        told = "".join(f" {number}: {each};" for number, each in enumerate(problems, 1))
        raise SearchError(
            400,
            "invalid_index_template_exception",
            f"index_template [{name}] invalid, cause [Validation Failed:{told}]",
        )


def get_template(call: Call) -> Answer:
    found: dict[str, Any] = {}
    wanted = call.place.get("name")
    for name, body in call.store.indices.templates.items():
        if wanted and not any(fnmatch.fnmatchcase(name, each) for each in wanted.split(",")):
            continue
        plain = {key: str(value).lower() if isinstance(value, bool) else str(value)
                 for key, value in index_settings.flat(body.get("settings")).items()}  # fmt: skip
        settings = plain if call.truth("flat_settings") else index_settings.nested(plain)
        shown = {"order": body.get("order", 0), "index_patterns": body["index_patterns"], "settings": settings,
                 "mappings": body.get("mappings", {}), "aliases": body.get("aliases", {})}  # fmt: skip
        if call.truth("include_type_name") and not call.store.dialect.has_types:
            shown["mappings"] = {"_doc": shown["mappings"]} if shown["mappings"] else {}
        found[name] = {**shown, **({"version": body["version"]} if "version" in body else {})}
    return Answer(found, 200 if found or not wanted else 404)


def delete_template(call: Call) -> Answer:
    name = call.place["name"]
    with call.store.lock:
        matching = fnmatch.filter(list(call.store.indices.templates), name) if "*" in name else [name]
        for each in matching:
            call.store.indices.templates.remove(each)
    return Answer(DONE)


def put_composable(call: Call) -> Answer:
    with call.store.lock:
        body = call.object(needed=True)
        patterns = {key: each for key, each in body.items() if key == "index_patterns"}
        bodies.check_template(patterns)
        body |= patterns
        if not isinstance(body.get("template") or {}, dict):
            raise illegal("Malformed [template] section, should include an inner object")
        bodies.check_template(body.get("template") or {})
        wrapped(lambda: call.store.indices.put_composable(call.place["name"], body))
    return Answer(DONE)


def get_composable(call: Call) -> Answer:
    wanted = call.place.get("name", "*")
    found = {name: body for name, body in call.store.indices.composables.items() if fnmatch.fnmatchcase(name, wanted)}
    if not found and "*" not in wanted:
        raise SearchError(404, "resource_not_found_exception", f"index template matching [{wanted}] not found")
    return Answer({"index_templates": [{"name": name, "index_template": body} for name, body in found.items()]})


def delete_composable(call: Call) -> Answer:
    with call.store.lock:
        call.store.indices.composables.remove(call.place["name"])
    return Answer(DONE)


# -- looking ------------------------------------------------------------------------------------------------------


_META = {"_id": (True, True), "_index": (True, True), "_type": (True, True), "_routing": (True, False), "_source": (False, False),
         "_field_names": (True, False), "_ignored": (True, False), "_seq_no": (True, True), "_version": (False, False)}  # fmt: skip


def field_caps(call: Call) -> Answer:
    """What each field is in the indices."""
    wanted = call.split("fields")
    if not wanted:
        raise illegal("specified fields can't be null or empty")
    names = call.names()
    found: dict[str, dict[str, Any]] = {}
    for field, (searchable, aggregatable) in _META.items():
        if names and any(fnmatch.fnmatchcase(field, each) for each in wanted):
            found[field] = {field: {"type": field, "searchable": searchable, "aggregatable": aggregatable}}
    for name in names:
        for path, rule in call.store.indices.all[name].mapping.flat().items():
            if rule.get("type") == "alias":
                rule = call.store.indices.all[name].mapping.flat().get(str(rule["path"]), rule)
            is_plain = rule.get("type") == "object" and not rule.get("nested")  # told with what is in it
            if not is_plain and any(fnmatch.fnmatchcase(path, each) for each in wanted):
                kind = "nested" if rule.get("nested") else str(rule.get("type", "object"))
                plain = kind in ("object", "nested", "binary", "completion")
                entry = {
                    "type": kind,
                    "searchable": (not plain and rule.get("index") is not False) or kind == "completion",
                    "aggregatable": not plain
                    and (kind != "text" or bool(rule.get("fielddata")))
                    and rule.get("doc_values") is not False,
                }
                found.setdefault(path, {}).setdefault(kind, {**entry, "indices": []})["indices"].append(name)
                _add_parents(found, path, name)
    if call.truth("include_unmapped"):
        _add_unmapped(found, names)
    for kinds in found.values():
        for entry in kinds.values():
            inside = entry.pop("indices", None)
            if inside is not None and len(kinds) > 1:
                entry["indices"] = inside
    return Answer({"indices": names, "fields": found})


def _add_parents(found: dict[str, dict[str, Any]], path: str, index: str) -> None:
    """The objects that a field is in are told with it."""
    parent = path.rpartition(".")[0]
    while parent:
        entry = {"type": "object", "searchable": False, "aggregatable": False, "indices": []}
        if parent not in found or ("object" in found[parent]):
            listed = found.setdefault(parent, {}).setdefault("object", entry)["indices"]
            if index not in listed:
                listed.append(index)
        parent = parent.rpartition(".")[0]


def _add_unmapped(found: dict[str, dict[str, Any]], names: list[str]) -> None:
    """`unmapped` for the indices that do not have a field that others have."""
    for kinds in found.values():
        listed = [entry["indices"] for entry in kinds.values() if "indices" in entry]
        lacking = [name for name in names if listed and not any(name in each for each in listed)]
        if lacking:
            kinds["unmapped"] = {"type": "unmapped", "searchable": False, "aggregatable": False, "indices": lacking}
