"""Random queries that make sense, over fixed sources, and random records for them."""

from __future__ import annotations

import random
from typing import Any

SOURCES = """
CREATE STREAM A (K INT KEY, I INT, L BIGINT, D DOUBLE, S STRING, X ARRAY<INT>, E DECIMAL(6,2), B BOOLEAN) WITH (KAFKA_TOPIC='a', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM C (K INT KEY, I INT, L BIGINT, D DOUBLE, S STRING, X ARRAY<INT>, E DECIMAL(6,2), B BOOLEAN) WITH (KAFKA_TOPIC='c', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE TABLE T (K INT PRIMARY KEY, I INT, L BIGINT, D DOUBLE, S STRING, X ARRAY<INT>, E DECIMAL(6,2), B BOOLEAN) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE TABLE U (K INT PRIMARY KEY, I INT, L BIGINT, D DOUBLE, S STRING, X ARRAY<INT>, E DECIMAL(6,2), B BOOLEAN) WITH (KAFKA_TOPIC='u', VALUE_FORMAT='JSON', PARTITIONS=1);
"""
_TYPES = {"K": "INT", "I": "INT", "L": "BIGINT", "D": "DOUBLE", "S": "STRING", "E": "DECIMAL", "B": "BOOLEAN"}


class Queries:
    """Queries made with one source of chance."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def _column(self, sources: str, *kinds: str) -> str:
        names = [name for name, kind in _TYPES.items() if not kinds or kind in kinds]
        return f"{self._chance.choice(sources)}.{self._chance.choice(names)}"

    def number(self, sources: str, depth: int = 0) -> str:
        """A numeric expression over some of the sources."""
        pick = self._chance.random()
        if depth > 2 or pick < 0.4:
            return self._column(sources, "INT", "BIGINT", "DOUBLE", "DECIMAL")
        if pick < 0.5:
            return self._chance.choice(("0", "1", "2", "-3", "1.5", "2E0"))
        inner = self.number(sources, depth + 1)
        match self._chance.randrange(7):
            case 0:
                return f"({inner} {self._chance.choice('+-*/%')} {self.number(sources, depth + 1)})"
            case 1:
                return f"ABS({inner})"
            case 2:
                return f"CAST({inner} AS {self._chance.choice(('INT', 'BIGINT', 'DOUBLE', 'DECIMAL(8, 3)'))})"
            case 3:
                return f"LEN({self.text(sources, depth + 1)})"
            case 4:
                return f"{self._chance.choice(sources)}.X[{self._chance.choice(('1', '2', '-1'))}]"
            case 5:
                return f"CASE WHEN {self.condition(sources, depth + 1)} THEN {inner} END"
            case _:
                return f"-({inner})"

    def text(self, sources: str, depth: int = 0) -> str:
        """A text over some of the sources."""
        if depth > 2 or self._chance.random() < 0.5:
            return self._column(sources, "STRING")
        if self._chance.random() < 0.2:
            return f"CAST({self.number(sources, depth + 1)} AS STRING)"
        inner = self.text(sources, depth + 1)
        return self._chance.choice((
            f"UCASE({inner})", f"({inner} + 'x')", f"SUBSTRING({inner}, 1, 1)", f"CONCAT({inner}, 'y')",
            f"IFNULL({inner}, 'none')",
        ))  # fmt: skip

    def condition(self, sources: str, depth: int = 0) -> str:
        """A condition over some of the sources."""
        if depth > 2:
            return f"{self._column(sources)} IS {self._chance.choice(('', 'NOT '))}NULL"
        match self._chance.randrange(9):
            case 0 | 1:
                word = self._chance.choice(("AND", "OR"))
                return f"({self.condition(sources, depth + 1)} {word} {self.condition(sources, depth + 1)})"
            case 2:
                return f"(NOT {self.condition(sources, depth + 1)})"
            case 3:
                return self._column(sources, "BOOLEAN")
            case 4:
                return f"{self.text(sources, depth + 1)} LIKE '{self._chance.choice(('a%', '%b%', '_', '%'))}'"
            case 5:
                return f"{self._column(sources, 'INT', 'BIGINT')} IN (1, 2)"
            case 6:
                return f"{self.number(sources, depth + 1)} BETWEEN 0 AND 2"
            case _:
                operator = self._chance.choice((">", "<", "=", "<>", ">="))
                return f"{self.number(sources, depth + 1)} {operator} {self.number(sources, depth + 1)}"

    def _items(self, sources: str, first: str) -> str:
        made = [self._chance.choice((self.number, self.text, self.condition))(sources) for _ in range(3)]
        return ", ".join([first, *(f"{text} AS C{number}" for number, text in enumerate(made))])

    def _where(self, sources: str) -> str:
        return f" WHERE {self.condition(sources)}" if self._chance.random() < 0.4 else ""

    def query(self) -> str:
        """A statement that makes O of the sources."""
        return self._chance.choice((self._plain, self._grouped, self._grouped, self._joined, self._joined))()

    def _plain(self) -> str:
        source = self._chance.choice("AT")
        kind = "STREAM" if source == "A" else "TABLE"
        if kind == "STREAM" and self._chance.random() < 0.4:
            key = self._chance.choice(("A.I", "A.S", "ABS(A.L)"))
            return f"CREATE STREAM O WITH (KEY_FORMAT='JSON') AS SELECT {self._items('A', f'{key} AS P')} FROM A{self._where('A')} PARTITION BY {key};"
        items = self._items(source, f"{source}.K AS K")
        if kind == "STREAM" and self._chance.random() < 0.3:
            items += ", EXPLODE(A.X) AS F"
        return f"CREATE {kind} O AS SELECT {items} FROM {source}{self._where(source)};"

    def _grouped(self) -> str:
        source = self._chance.choice("AAAT")
        key = self._chance.choice((f"{source}.I", f"{source}.S", f"{source}.K", f"({source}.I % 2)"))
        numbers = ["COUNT(*)", f"COUNT({self._column(source)})", f"SUM({self.number(source, 2)})",
                   f"COLLECT_LIST({self._column(source)})", f"AVG({source}.I)"]  # fmt: skip
        if source == "A":
            numbers += [f"MAX({self.number(source, 2)})", f"MIN({source}.S)", f"LATEST_BY_OFFSET({self._column(source)})",
                        f"EARLIEST_BY_OFFSET({source}.I, 2)", f"TOPK({source}.L, 2)", f"COLLECT_SET({source}.S)",
                        f"COUNT_DISTINCT({source}.S)", f"STDDEV_SAMP({source}.I)", f"TOPKDISTINCT({source}.I, 2)"]  # fmt: skip
        made = self._chance.sample(numbers, 3)
        window = ""
        if source == "A" and self._chance.random() < 0.6:
            grace = self._chance.choice(("", ", GRACE PERIOD 3 SECONDS", ", GRACE PERIOD 0 SECONDS"))
            window = " WINDOW " + self._chance.choice((
                f"TUMBLING (SIZE 10 SECONDS{grace})", f"HOPPING (SIZE 12 SECONDS, ADVANCE BY 4 SECONDS{grace})",
                f"SESSION (5 SECONDS{grace})",
            ))  # fmt: skip
        having = (
            f" HAVING COUNT(*) {self._chance.choice(('> 1', '< 3', '<> 2'))}" if self._chance.random() < 0.3 else ""
        )
        final = " EMIT FINAL" if window and self._chance.random() < 0.25 else ""
        items = ", ".join([f"{key} AS G", *(f"{text} AS C{number}" for number, text in enumerate(made))])
        with_ = "WITH (KEY_FORMAT='JSON')"
        return f"CREATE TABLE O {with_} AS SELECT {items} FROM {source}{window}{self._where(source)} GROUP BY {key}{having}{final};"

    def _joined(self) -> str:
        left, right = self._chance.choice(("AC", "AT", "AT", "TU", "TU"))
        kinds = {
            "AC": ("", "LEFT ", "RIGHT ", "FULL OUTER "),
            "AT": ("", "LEFT "),
            "TU": ("", "LEFT ", "RIGHT ", "FULL OUTER "),
        }
        kind = self._chance.choice(kinds[left + right])
        made = "TABLE" if left == "T" else "STREAM"
        within = " WITHIN 6 SECONDS" + self._chance.choice(("", " GRACE PERIOD 2 SECONDS")) if right == "C" else ""
        on = self._chance.choice(("K", "K", "I")) if kind in ("", "LEFT ") else "K"
        sources = left + right
        first = (
            "ROWKEY AS K" if kind.startswith("FULL") else f"{right}.K AS K" if kind == "RIGHT " else f"{left}.{on} AS K"
        )
        own = f"{left}.K AS K" if left == "T" and on == "I" else first
        text = f"CREATE {made} O AS SELECT {self._items(sources, own)} FROM {left} {kind}JOIN {right}{within} ON {left}.{on} = {right}.K"
        if left == "A" and right == "T" and self._chance.random() < 0.3:
            text += f" JOIN U ON {left}.{on} = U.K"
        return f"{text}{self._where(sources)};"


Message = tuple[str, int | None, dict[str, Any] | None, int]


def records(chance: random.Random, count: int) -> list[Message]:
    """Records for all topics: (topic, key, value, time in ms), mostly in the order of their times."""
    made: list[Message] = []
    now = 0
    for _ in range(count):
        now += chance.choice((0, 100, 500, 1000, 2500))
        if chance.random() < 0.01:
            now += 90_000_000
        topic = chance.choice("acttuu")
        key = chance.choice((1, 2, 3, None if topic in "ac" else 1))
        value: dict[str, Any] | None = {
            "I": chance.choice((None, 0, 1, 2, 3)), "L": chance.choice((None, 0, 5, 9007199254740993)),
            "D": chance.choice((None, 0.1, -2.5, 1e20)), "S": chance.choice((None, "a", "ab", "", "12")),
            "X": chance.choice((None, [], [1, None], [3, 2])), "E": chance.choice((None, 1.25, -3.5)),
            "B": chance.choice((None, True, False)),
        }  # fmt: skip
        if chance.random() < 0.08:
            value = None
        late = chance.choice((0, 0, 0, 1500, 7000, 20_000))
        made.append((topic, key, value, max(0, now - late)))
    return made
