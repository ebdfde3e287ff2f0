"""The records of DatagenConnector's clickstream quickstarts: names, types and ranges as the real connector's."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

Generated = tuple[Any, dict[str, Any]]  # key, value

_HOSTS = (17, 28, 44, 57, 61, 96, 111, 122, 145, 165, 168, 173, 186, 203, 222, 233, 245)
_REQUESTS = (
    "GET /index.html HTTP/1.1",
    "GET /site/login.html HTTP/1.1",
    "GET /site/user_status.html HTTP/1.1",
    "GET /images/track.png HTTP/1.1",
    "GET /images/logo-small.png HTTP/1.1",
    "GET /site/home.html HTTP/1.1",
)
_STATUS = ("200", "302", "404", "405", "406", "407")
_BYTES = ("278", "1289", "2048", "4096", "4006", "4196", "14096")
_AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/59.0.3071.115 Safari/537.36",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
)
_DEFINITIONS = {
    200: "Successful",
    302: "Redirect",
    404: "Page not found",
    405: "Method not allowed",
    406: "Not acceptable",
    407: "Proxy authentication required",
}
_PEOPLE = tuple(
    f"{name}_{number}"
    for name, number in zip(
        ("ada", "bela", "chen", "dora", "emil", "fay", "gus", "hana", "ivo", "jill", "karl", "lena", "milo", "nora",
         "otto", "pia", "quin", "rosa"),
        range(17, 17 + 18 * 23, 23),
        strict=True,
    )
)  # fmt: skip
_CITIES = ("Frankfurt", "London", "New York", "Palo Alto", "Raleigh", "San Francisco")
_FIRST = ("Abe", "Bea", "Cal", "Dee", "Eve", "Flo", "Gil", "Hal")
_LAST = ("Ames", "Bell", "Cole", "Dunn", "Ellis", "Finch", "Gale", "Hart")
_LEVELS = ("Gold", "Silver", "Platinum")


def _addresses() -> tuple[str, ...]:
    chosen = random.Random(40)
    return tuple(".".join(str(chosen.choice(_HOSTS)) for _ in range(4)) for _ in range(40))


_IPS = _addresses()


def clicks(source: random.Random, done: int = 0) -> Iterator[Generated]:
    """`clickstream`: status and bytes are JSON strings, the times are counters; keyed by the address."""
    counter = 1 + 10 * done
    while True:
        ip = source.choice(_IPS)
        yield ip, {
            "ip": ip, "userid": source.randint(-1, 40), "remote_user": "-", "time": str(counter), "_time": counter,
            "request": source.choice(_REQUESTS), "status": source.choice(_STATUS), "bytes": source.choice(_BYTES),
            "referrer": "-", "agent": source.choice(_AGENTS),
        }  # fmt: skip
        counter += 10


def codes(source: random.Random, _: int = 0) -> Iterator[Generated]:
    """`clickstream_codes`: what a status means; keyed by the code."""
    while True:
        code = source.choice(list(_DEFINITIONS))
        yield code, {"code": code, "definition": _DEFINITIONS[code]}


def users(source: random.Random, _: int = 0) -> Iterator[Generated]:
    """`clickstream_users`: who a user id is; keyed by the id. A user's names and city stay the same."""
    while True:
        number = source.randint(1, 38)
        person = random.Random(number)
        yield number, {
            "user_id": number, "registered_At": person.randrange(1_407_645_330_000, 1_502_339_792_000),
            "username": _PEOPLE[number % len(_PEOPLE)], "first_name": person.choice(_FIRST),
            "last_name": person.choice(_LAST), "city": person.choice(_CITIES), "level": person.choice(_LEVELS),
        }  # fmt: skip
