"""The rules of alerts as the settings write them: tables [[alerts]], told apart by their `kind`, read by msgspec."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec

from clickstream_pipeline.credentials import Secret
from clickstream_pipeline.errors import PipelineError

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}
Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `seconds` is the time a silence must last, or the age of the rows that count."""

    name: str
    kind: str
    target: str = ""  # the table, the topic, the connector or the part ("" for any)
    column: str = ""
    above: float | None = None
    below: float | None = None
    seconds: float = 600.0
    bell: bool = False
    webhook: Secret = Secret()  # noqa: RUF009 - immutable
    level: str = "failed"


class _Common(msgspec.Struct, forbid_unknown_fields=True, tag_field="kind", kw_only=True):
    name: str
    bell: bool = False
    webhook_env: str = ""

    def rule(self) -> Rule:
        """The rule that the table says. Raises PipelineError."""
        raise NotImplementedError

    def _webhook(self) -> Secret:
        return Secret.from_environment(self.webhook_env) if self.webhook_env else Secret()


class TableRule(_Common, tag="table", kw_only=True):
    """A column of a ksqlDB table is above or below a limit, in rows of the last `within`."""

    table: Name = ""
    column: Name = ""
    above: float | None = None
    below: float | None = None
    within: str = "10m"

    def rule(self) -> Rule:
        where = f"The alert '{self.name}' of the settings"
        if not self.table or not self.column:
            raise PipelineError(f"{where} needs a `table` and a `column`, each a plain name")
        if (self.above is None) == (self.below is None):
            raise PipelineError(f"{where} needs either `above` or `below`")
        seconds = _seconds(self.within, where)
        return Rule(
            self.name, "table", self.table, self.column, self.above, self.below, seconds, self.bell, self._webhook()
        )


class SilenceRule(_Common, tag="silence", kw_only=True, rename={"for_": "for"}):
    """A topic got no record for a time."""

    topic: str = ""
    for_: str = "60s"

    def rule(self) -> Rule:
        where = f"The alert '{self.name}' of the settings"
        if not self.topic:
            raise PipelineError(f"{where} needs a `topic`")
        return Rule(self.name, "silence", self.topic, seconds=_seconds(self.for_, where), bell=self.bell,
                    webhook=self._webhook())  # fmt: skip


class ConnectorRule(_Common, tag="connector", kw_only=True):
    """A connector has failed: one of its tasks, or it runs and moves nothing."""

    connector: str = ""

    def rule(self) -> Rule:
        return Rule(self.name, "connector", self.connector, bell=self.bell, webhook=self._webhook())


class HealthRule(_Common, tag="health", kw_only=True):
    """A part of the pipeline is not well; `part` is its name, "" for any."""

    part: str = ""
    level: Literal["degraded", "failed"] = "failed"

    def rule(self) -> Rule:
        return Rule(self.name, "health", self.part, bell=self.bell, webhook=self._webhook(), level=self.level)


_RULES: dict[str, type[_Common]] = {
    "table": TableRule, "silence": SilenceRule, "connector": ConnectorRule, "health": HealthRule,
}  # fmt: skip


def parse(tables: Any) -> tuple[Rule, ...]:
    """The rules of the settings. Raises PipelineError for one that cannot be."""
    if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
        raise PipelineError("The settings' alerts are not rules", hint="Write each as a table: [[alerts]]")
    rules = tuple(_rule(table) for table in tables)
    names = [rule.name for rule in rules]
    for name in names:
        if names.count(name) > 1:
            raise PipelineError(f"The settings have two alerts of the name '{name}'")
    return rules


def _rule(table: dict[str, Any]) -> Rule:
    name, kind = str(table.get("name", "")), str(table.get("kind", ""))
    where = f"The alert '{name}' of the settings"
    if not name:
        raise PipelineError("An alert of the settings has no name")
    form = _RULES.get(kind)
    if form is None:
        raise PipelineError(f"{where} has no kind that is known", hint=f"Kinds are: {', '.join(_RULES)}")
    known = sorted({field.encode_name for field in msgspec.structs.fields(form)} | {"kind"})
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f"Did you mean '{near[0]}'?" if near else f"Known are: {', '.join(known)}"
            raise PipelineError(f"{where} has an unknown setting '{key}'", hint=hint)
    try:
        return msgspec.convert(table, form).rule()
    except msgspec.ValidationError as error:
        raise _explained(error, where) from error


def _explained(error: msgspec.ValidationError, where: str) -> PipelineError:
    """msgspec's refusal in our words."""
    text = str(error)
    place = re.search(r"at `\$\.([^`]+)`", text)
    setting = place[1] if place else "a setting"
    if "matching regex" in text:
        return PipelineError(f"{where} needs a `table` and a `column`, each a plain name")
    kinds = {"float": "a number", "int": "a number", "str": "a text", "bool": "true or false"}
    wanted = next((words for kind, words in kinds.items() if f"Expected `{kind}" in text), "another value")
    return PipelineError(f"{where}: `{setting}` is {wanted}" + (f" ({text})" if wanted == "another value" else ""))


def _seconds(text: str, where: str) -> float:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smh])", text)
    if found is None:
        raise PipelineError(f"{where}: a time is written as 30s, 10m or 1h, not {text!r}")
    return float(found[1]) * _UNITS[found[2]]
