"""The bodies of updates: what they may hold, and how a partial document goes into one that is there."""

from __future__ import annotations

from typing import Any

from clickstream_embedded.search import json_text
from clickstream_embedded.search.errors import (
    SearchError,
    content,
    content_within,
    field_failed,
    invalid,
    value_refused,
)
from clickstream_embedded.search.positions import placed
from clickstream_embedded.search.queries.arguments import token

_UPDATE_KEYS = {"doc", "upsert", "doc_as_upsert", "detect_noop", "script", "scripted_upsert", "_source", "if_seq_no",
                "if_primary_term"}  # fmt: skip


_SCRIPT_KEYS = {"source", "inline", "id", "lang", "params", "options"}


def _read(raw: bytes) -> Any:
    """Raises SearchError: what is no JSON within a part of the update is told as that part's."""
    try:
        return json_text.read(raw, only=False)
    except SearchError as error:
        there: Any = error.partial
        if isinstance(there, dict) and there:
            odd = next((key for key in there if key not in _UPDATE_KEYS), None)
            if odd is not None:
                raise placed(
                    content(f"[UpdateRequest] unknown field [{odd}], parser not found", there, odd), raw, there
                ) from None
            key, value = list(there.items())[-1]
            if isinstance(value, dict):
                told = f"[{error.last[0]}:{error.last[1]}] [UpdateRequest] failed to parse field [{key}]"
                raise SearchError(400, "x_content_parse_exception", told, caused_by=error.entry) from None
        raise


def checked_update(raw: bytes) -> dict[str, Any]:
    """The body of an update. Raises SearchError."""
    body = _read(raw)
    if not isinstance(body, dict):
        raise SearchError(
            400, "x_content_parse_exception", f"[1:1] [UpdateRequest] Expected START_OBJECT but was: {token(body)}"
        )
    odd = next((key for key in body if key not in _UPDATE_KEYS), None)
    if odd is not None:
        raise placed(content(f"[UpdateRequest] unknown field [{odd}], parser not found", body, odd), raw, body)
    for key in ("doc", "upsert"):
        if key in body and not isinstance(body[key], dict):
            raise placed(value_refused(f"[UpdateRequest] {key} doesn't support values of type: {token(body[key])}", body, key),
                         raw, body)  # fmt: skip
    script: Any = body.get("script")
    if "script" in body and not isinstance(script, str | dict):
        raise placed(
            value_refused(f"[UpdateRequest] script doesn't support values of type: {token(script)}", body, "script"),
            raw,
            body,
        )
    named: dict[str, Any] = script if isinstance(script, dict) else {}
    unknown = next((key for key in named if key not in _SCRIPT_KEYS), None)
    if unknown is not None:
        raise placed(content_within("UpdateRequest", "script", "script", named, unknown), raw, body)
    if isinstance(script, dict) and not {"source", "inline", "id"} & {*script}:
        why = "must specify either [source] for an inline script or [id] for a stored script"
        raise placed(field_failed("UpdateRequest", body, "script", "illegal_argument_exception", why), raw, body)
    for key in ("doc_as_upsert", "detect_noop", "scripted_upsert"):
        if key in body and body[key] not in (True, False, "true", "false"):
            why = f"Failed to parse value [{body[key]}] as only [true] or [false] are allowed."
            raise placed(field_failed("UpdateRequest", body, key, "illegal_argument_exception", why), raw, body)
    if "script" not in body and "doc" not in body:
        raise invalid("script or doc is missing")
    if "script" in body and "doc" in body:
        raise invalid("can't provide both script and doc")
    if int(body.get("if_seq_no", -2)) >= 0 and not body.get("if_primary_term"):
        raise invalid("ifSeqNo is set, but primary term is [0]")
    return body


def merge(document: dict[str, Any], new: dict[str, Any]) -> bool:
    """Puts `new` into the document, objects within objects; whether anything changed."""
    changed = False
    for name, value in new.items():
        there = document.get(name)
        if isinstance(there, dict) and isinstance(value, dict):
            changed |= merge(there, value)
        elif name not in document or there != value or type(there) is not type(value):
            document[name] = value
            changed = True
    return changed
