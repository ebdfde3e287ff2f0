"""The parts of bodies that make indices, templates and aliases: of which type each must be, in the server's words."""

from __future__ import annotations

from typing import Any

from clickstream_embedded.search.errors import SearchError, field_failed, illegal, told_by_each, value_refused
from clickstream_embedded.search.queries.arguments import token

_CAST = "class {0} cannot be cast to class java.util.Map ({0} and java.util.Map are in module java.base of loader 'bootstrap')"
_ACTIONS = "[aliases] failed to parse field [actions]"
_NULL = {
    "mappings": ("null_pointer_exception", 'Cannot invoke "java.util.Map.entrySet()" because "mappings" is null'),
    "aliases": ("not_x_content_exception", "Compressor detection can only be called on some xcontent bytes or compressed xcontent bytes"),
}  # fmt: skip


def _java_class(value: Any) -> str:
    kind = {bool: "lang.Boolean", int: "lang.Integer", float: "lang.Double", str: "lang.String"}.get(
        type(value), "util.ArrayList"
    )
    return f"java.{kind}"


def _check_maps(body: dict[str, Any]) -> None:
    for key, (kind, reason) in _NULL.items():
        if key in body and not isinstance(body[key], dict):
            if body[key] is None:
                raise SearchError(500, kind, reason)
            raise SearchError(500, "class_cast_exception", _CAST.format(_java_class(body[key])))


def check_index(body: dict[str, Any]) -> None:
    """Raises SearchError for a part of a new index that is of the wrong type."""
    if "settings" in body and not isinstance(body["settings"], dict):
        raise SearchError(400, "parse_exception", "key [settings] must be an object")
    _check_maps(body)


def check_template(body: dict[str, Any]) -> None:
    """Raises SearchError for a part of a template that is of the wrong type."""
    if "index_patterns" in body and not isinstance(body["index_patterns"], str | list):
        raise illegal("Malformed [template] value, should be a string or a list of strings")
    if isinstance(body.get("index_patterns"), list):
        body["index_patterns"] = [str(each) for each in body["index_patterns"]]
    if "settings" in body and not isinstance(body["settings"], dict):
        raise illegal("Malformed [settings] section, should include an inner object")
    if "version" in body and (not isinstance(body["version"], int) or isinstance(body["version"], bool)):
        raise illegal("Malformed [version] value, should be an integer")
    if body.get("order") is not None:
        try:
            body["order"] = int(str(body["order"]).lower())
        except ValueError:
            shown = str(body["order"]).lower().replace("'", "")
            raise SearchError(400, "number_format_exception", f'For input string: "{shown}"') from None
    _check_maps(body)


def check_actions(body: dict[str, Any]) -> None:
    """Raises SearchError for actions of _aliases whose form its parser does not take."""
    actions = body.get("actions", [])
    if not isinstance(actions, list | dict):
        raise value_refused(f"[aliases] actions doesn't support values of type: {token(actions)}", body, "actions")
    for at, action in enumerate(actions if isinstance(actions, list) else []):
        if isinstance(action, list):
            failed = field_failed(
                "aliases", body, "actions", "illegal_state_exception", "expected value but got [START_ARRAY]"
            )
            failed.at = (actions, at)
            raise failed
        if not isinstance(action, dict):
            raise told_by_each(_ACTIONS, "[alias_action] Expected START_OBJECT but was: END_ARRAY", at=(actions, None))
        if not action:
            told = ('Cannot invoke "org.elasticsearch.action.admin.indices.alias.IndicesAliasesRequest$AliasActions.validate()" '
                    'because "aliasAction" is null')  # fmt: skip
            raise field_failed("aliases", body, "actions", "null_pointer_exception", told)
        if len(action) > 1:
            why = {"type": "illegal_argument_exception", "reason": "Too many operations declared on operation entry"}
            built = "Failed to build [alias_action] after last required field arrived"
            raise told_by_each(_ACTIONS, built, why=why, at=(action, None))
        for kind, spec in action.items():
            _check_texts(kind, spec)
            if not isinstance(spec, dict):
                refused = f"[alias_action] {kind} doesn't support values of type: {token(spec)}"
                raise told_by_each(_ACTIONS, refused, at=(action, kind))


def _check_texts(kind: str, spec: Any) -> None:
    """Raises SearchError for a name of an action that is no text."""
    for key in ("index", "alias"):
        if isinstance(spec, dict) and isinstance(spec.get(key), list | dict):
            refused = f"[{kind}] {key} doesn't support values of type: {token(spec[key])}"
            raise told_by_each(_ACTIONS, f"[alias_action] failed to parse field [{kind}]", refused, at=(spec, key))
