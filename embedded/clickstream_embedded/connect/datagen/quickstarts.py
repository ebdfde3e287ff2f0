"""The published quickstarts by name: field names, types and ranges are those of DatagenConnector 0.5.0."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from clickstream_embedded.connect.data import Schema
from clickstream_embedded.connect.datagen.avro_generator import generator
from clickstream_embedded.connect.datagen.avro_schema import connect_schema
from clickstream_embedded.connect.datagen.clickstream import clicks, codes, users

_FROM, _TO = 1487715775521, 1519273364600  # milliseconds; the time that orders and registrations fall into
_SHORT_REGEX = "{0}_[1-9]{{0,1}}"


@dataclass(frozen=True, slots=True)
class Quickstart:
    """A kind of record: its key field, its schema, and a generator of its values."""

    key_field: str
    schema: Schema
    records: Callable[[random.Random, int], Iterator[dict[str, Any]]]


def _steered(kind: str, **wanted: Any) -> dict[str, Any]:
    return {"type": kind, "arg.properties": wanted}


def _range(kind: str, low: float, high: float) -> dict[str, Any]:
    return _steered(kind, range={"min": low, "max": high})


def _counter(kind: str, start: int, step: int = 1) -> dict[str, Any]:
    return _steered(kind, iteration={"start": start, "step": step})


def _regex(pattern: str) -> dict[str, Any]:
    return _steered("string", regex=pattern)


def _options(*values: Any) -> dict[str, Any]:
    return _steered("string", options=list(values))


def _record(title: str, /, **fields: Any) -> dict[str, Any]:
    listed = [{"name": each, "type": kind} for each, kind in fields.items()]
    return {"namespace": "ksql", "name": title, "type": "record", "fields": listed}


def _of_avro(key_field: str, schema: dict[str, Any]) -> Quickstart:
    text = json.dumps(schema)
    return Quickstart(key_field, connect_schema(schema, {}), lambda source, done: generator(text, source, done))


def _of_function(
    key_field: str, schema: dict[str, Any], make: Callable[[random.Random, int], Iterator[tuple[Any, dict[str, Any]]]]
) -> Quickstart:
    def records(source: random.Random, done: int) -> Iterator[dict[str, Any]]:
        return (value for _, value in make(source, done))

    return Quickstart(key_field, connect_schema(schema, {}), records)


_USER = {
    "registertime": _range("long", _FROM, _TO), "userid": _regex(_SHORT_REGEX.format("User")),
    "regionid": _regex(_SHORT_REGEX.format("Region")), "gender": _options("MALE", "FEMALE", "OTHER"),
}  # fmt: skip
_CONTACTS = [
    {"phone": "6502215368", "city": "Palo Alto", "state": "CA", "zipcode": "94301"},
    {"phone": "3125552368", "city": "Chicago", "state": "IL", "zipcode": "60601"},
    {"phone": "2125557788", "city": "New York", "state": "NY", "zipcode": "10001"},
]
_INTERESTS = [["Game", "News"], ["News", "Movies"], ["Game", "Sport"], ["News", "Travel"]]
_ADDRESS = {
    "name": "address", "type": "record",
    "fields": [
        {"name": "city", "type": _regex("City_[1-9]{0,2}")}, {"name": "state", "type": _regex("State_[1-9]{0,2}")},
        {"name": "zipcode", "type": _range("long", 10000, 99999)},
    ],
}  # fmt: skip
_GOODS = ("boots", "shirt", "knife", "saucepan", "table", "chair", "clock", "frame", "guitar", "thermometer", "scarf",
          "doormat", "vase", "clippers", "game", "towels")  # fmt: skip
_REMARKS = ("worst. flight. ever. #neveragain", "airport refurb looks great, will fly outta here more!", "Surprisingly good",
            "is this as good as it gets? really ?", "thank you for the most friendly, helpful experience today",
            "more peanuts please", "your team here rocks!", "Exceeded all my expectations. Thank you !")  # fmt: skip


QUICKSTARTS: dict[str, Quickstart] = {
    "clickstream": _of_function(
        "ip",
        _record("clickstream", ip="string", userid="int", remote_user="string", time="string", _time="long",
                request="string", status="string", bytes="string", referrer="string", agent="string"),
        clicks,
    ),
    "clickstream_codes": _of_function("code", _record("clickstream_codes", code="int", definition="string"), codes),
    "clickstream_users": _of_function(
        "user_id",
        _record("clickstream_users", user_id="int", username="string", registered_At="long", first_name="string",
                last_name="string", city="string", level="string"),
        users,
    ),
    "users": _of_avro("userid", _record("users", **_USER)),
    "users_": _of_avro(
        "userid",
        _record("users", **_USER,
                interests={"type": "array", "items": "string", "arg.properties": {"options": _INTERESTS}},
                contactinfo={"type": "map", "values": "string", "arg.properties": {"options": _CONTACTS}}),
    ),
    "pageviews": _of_avro(
        "viewtime",
        _record("pageviews", viewtime=_counter("long", 1, 10), userid=_regex(_SHORT_REGEX.format("User")),
                pageid=_regex("Page_[1-9][0-9]?")),
    ),
    "orders": _of_avro(
        "orderid",
        _record("orders", ordertime=_range("long", _FROM, _TO), orderid=_counter("int", 0),
                itemid=_regex("Item_[1-9][0-9]{0,2}"), orderunits=_range("double", 0.1, 10.0), address=_ADDRESS),
    ),
    "ratings": _of_avro(
        "rating_id",
        _record("ratings", rating_id=_counter("long", 1), user_id=_range("int", 0, 20), stars=_range("int", 1, 5),
                route_id=_range("int", 1, 10000), rating_time=_counter("long", 1, 12),
                channel=_options("web", "ios", "android", "iOS-test"), message=_options(*_REMARKS)),
    ),
    "stock_trades": _of_avro(
        "symbol",
        _record("StockTrade", side=_options("BUY", "SELL"), quantity=_range("int", 1, 5000),
                symbol=_options("ZBZX", "ZJZZT", "ZTEST", "ZVV", "ZVZZT", "ZWZZT", "ZXZZT"),
                price=_range("int", 5, 1000), account=_options("ABC123", "LMN456", "XYZ789"),
                userid=_regex(_SHORT_REGEX.format("User"))),
    ),
    "inventory": _of_avro(
        "id",
        _record("inventory", id=_counter("long", 0), quantity=_range("int", -100, 100),
                productid=_range("long", 10000000001, 10000000016)),
    ),
    "product": _of_avro(
        "id",
        _record("product", id=_counter("long", 0), name=_options(*_GOODS), description=_counter("string", 0),
                price=_range("float", 2.0, 20.0)),
    ),
}  # fmt: skip
