"""What SET takes: the type, the least value and the choices of a property, under any of its names."""

from __future__ import annotations

from typing import Any

import pytest

from clickstream_embedded.ksqldb.api.variables import entity
from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.planning.property_names import is_known
from clickstream_embedded.ksqldb.planning.property_values import _CHOICES, _FLAGS, _NUMBERS  # pyright: ignore[reportPrivateUsage]
from clickstream_embedded.ksqldb.planning.query_properties import check_set
from clickstream_ksql.parser import parse


@pytest.mark.parametrize(("name", "value"), [
    ("auto.offset.reset", "EARLIEST"), ("ksql.streams.auto.offset.reset", "latest"), ("commit.interval.ms", " 100 "),
    ("cache.max.bytes.buffering", 0), ("processing.guarantee", "exactly_once_v2"), ("consumer.max.poll.records", "1"),
    ("ksql.query.pull.table.scan.enabled", True), ("ksql.streams.producer.linger.ms", "5"), ("client.id", "x"),
])  # fmt: skip
def test_what_a_property_may_be(name: str, value: Any) -> None:
    check_set(name, value)


@pytest.mark.parametrize(("name", "value", "why"), [
    ("auto.offset.reset", "nope", "String must be one of: latest, earliest, none"),
    ("commit.interval.ms", "x", "Not a number of type LONG"), ("ksql.streams.commit.interval.ms", "-1", "must be at least 0"),
    ("num.stream.threads", "2147483648", "Not a number of type INT"), ("consumer.max.poll.records", "0", "at least 1"),
    ("ksql.streams.producer.enable.idempotence", "maybe", "either true or false"),
    ("ksql.query.push.v2.enabled", "maybe", "either true or false"), ("processing.guarantee", "x", "at_least_once"),
])  # fmt: skip
def test_what_a_property_cannot_be(name: str, value: Any, why: str) -> None:
    with pytest.raises(KsqlError, match="Invalid value .* for configuration ") as refused:
        check_set(name, value)
    assert why in refused.value.message


def test_every_property_with_a_rule_can_be_set() -> None:
    assert [name for name in (*_FLAGS, *_NUMBERS, *_CHOICES) if not is_known(name)] == []


def test_variables_are_those_of_the_request_and_of_the_statements_before() -> None:
    before = parse("DEFINE a = 'x'; DEFINE b = 'y'; UNDEFINE a;")
    shown = entity("SHOW VARIABLES;", {"c": 1}, before)["variables"]
    assert shown == [{"name": "b", "value": "y"}, {"name": "c", "value": "1"}]
