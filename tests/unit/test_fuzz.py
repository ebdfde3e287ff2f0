"""Statements made at random: each is run or refused as ksqlDB would, none is a defect."""

from __future__ import annotations

import json
import random
import re
from decimal import Decimal
from pathlib import Path

import pytest

from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_ksql import scripts
from clickstream_ksql.errors import KsqlSyntaxError
from tests.conformance.offline import OfflineEngine, run_statements
from tests.conftest import SHARED

EXPECTED = (KsqlError, KsqlSyntaxError)
SOURCES = """
CREATE STREAM S (K INT KEY, A INT, B BIGINT, D DOUBLE, T STRING, X ARRAY<INT>, M MAP<STRING, BIGINT>, Z STRUCT<P INT, Q STRING>)
  WITH (kafka_topic='s', value_format='JSON', partitions=1);
CREATE TABLE W (ID INT PRIMARY KEY, NAME STRING, N BIGINT) WITH (kafka_topic='w', value_format='JSON', partitions=1);
"""
COLUMNS = [
    "A",
    "B",
    "D",
    "T",
    "X",
    "M",
    "Z",
    "K",
    "S.A",
    "W.NAME",
    "NAME",
    "ROWTIME",
    "WINDOWSTART",
    "NOPE",
    "Z->P",
    "X[1]",
    "M['a']",
]
LITERALS = ["1", "-1", "0", "1.5", "1e3", "'a'", "''", "NULL", "TRUE", "99999999999", "'2020-01-01'"]
FUNCTIONS = ["COUNT", "SUM", "AVG", "MAX", "LEN", "UCASE", "SUBSTRING", "COALESCE", "ABS", "ROUND", "CONCAT", "EXPLODE",
             "COLLECT_LIST", "TOPK", "LATEST_BY_OFFSET", "TRANSFORM", "GREATEST", "CAST", "NOFUN", "AS_VALUE", "DATEADD"]  # fmt: skip
OPERATORS = ["+", "-", "*", "/", "%", "=", "<>", "<", ">=", "AND", "OR", "LIKE", "||"]


def expression(chance: random.Random, depth: int = 0) -> str:
    """A random expression, sensible or not."""
    pick = chance.random()
    if depth > 3 or pick < 0.35:
        return chance.choice(COLUMNS)
    if pick < 0.5:
        return chance.choice(LITERALS)
    inner = expression(chance, depth + 1)
    if pick < 0.7:
        return f"({inner} {chance.choice(OPERATORS)} {expression(chance, depth + 1)})"
    if pick < 0.88:
        more = [expression(chance, depth + 1) for _ in range(chance.randint(0, 2))]
        return f"{chance.choice(FUNCTIONS)}({', '.join([inner, *more])})"
    return chance.choice([
        f"CASE WHEN {inner} THEN 1 ELSE {expression(chance, depth + 1)} END", f"CAST({inner} AS {chance.choice(['INT', 'STRING', 'ARRAY<INT>', 'DECIMAL(4, 2)'])})",
        f"({inner} IN (1, {expression(chance, depth + 1)}))", f"({inner} BETWEEN 1 AND 2)", f"({inner} IS NULL)", f"ARRAY[{inner}, 1]",
        f"STRUCT(F := {inner})", f"MAP('a' := {inner})", f"TRANSFORM(X, E => E + {inner})", f"NOT {inner}", "COUNT(*)",
    ])  # fmt: skip


def statement(chance: random.Random) -> str:
    """A random query that is kept."""
    items = ", ".join(
        chance.choice(["*", expression(chance), f"{expression(chance)} AS C{n}"]) for n in range(chance.randint(1, 4))
    )
    text = f"CREATE {chance.choice(['STREAM', 'TABLE'])} OUT AS SELECT {items} FROM {chance.choice(['S', 'W', 'S S'])}"
    if chance.random() < 0.3:
        text += f" {chance.choice(['', 'LEFT ', 'FULL OUTER '])}JOIN W {chance.choice(['', 'WITHIN 1 HOUR '])}ON {expression(chance)} = {expression(chance)}"
    if chance.random() < 0.4:
        text += " WINDOW " + chance.choice(
            ["TUMBLING (SIZE 1 MINUTE)", "HOPPING (SIZE 1 MINUTE, ADVANCE BY 7 SECONDS)", "SESSION (5 SECONDS)"]
        )
    for clause, rate in (("WHERE", 0.3), ("GROUP BY", 0.5), ("PARTITION BY", 0.15), ("HAVING", 0.2)):
        if chance.random() < rate:
            text += f" {clause} {expression(chance)}"
    return text + chance.choice([" EMIT CHANGES", " EMIT FINAL", ""]) + ";"


def mutated(text: str, chance: random.Random) -> str:
    """A statement with some of its tokens lost, doubled, swapped or replaced."""
    tokens = re.findall(r"'[^']*'|\w+|\s+|.", text, re.DOTALL)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(tokens))
        match chance.randrange(4):
            case 0:
                tokens[place] = ""
            case 1:
                tokens.insert(place, chance.choice(tokens))
            case 2:
                other = chance.randrange(len(tokens))
                tokens[place], tokens[other] = tokens[other], tokens[place]
            case _:
                tokens[place] = chance.choice([*COLUMNS, *LITERALS, "(", ")", ";", "`", "\x00", "💥"])
    return "".join(tokens)


def refused_or_done(engine: OfflineEngine, text: str) -> None:
    try:
        run_statements(engine, [text], {})
    except EXPECTED:
        return


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(1, 4))])
def test_random_queries(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    for number in range(150):
        engine = OfflineEngine(tmp_path / str(number))
        run_statements(engine, [SOURCES], {})
        text = statement(chance)
        try:
            refused_or_done(engine, text)
        except Exception as error:
            raise AssertionError(f"{type(error).__name__}: {error}: {text}") from error
        engine.close()


@pytest.mark.long
def test_mutated_statements(tmp_path: Path) -> None:
    chance = random.Random(11)
    texts = [SOURCES + scripts.load("statements"), SOURCES + scripts.load("analytics")]
    if (SHARED / "conformance" / "cases").is_dir():
        for path in sorted((SHARED / "conformance" / "cases").glob("*.jsonl")):
            lines = path.read_text("utf-8").splitlines()
            chosen = chance.sample(lines, min(15, len(lines)))
            texts += ["\n".join(json.loads(line, parse_float=Decimal)["statements"]) for line in chosen]
    for number, text in enumerate(texts):
        for again in range(2 if len(text) > 3000 else 3):
            engine = OfflineEngine(tmp_path / f"{number}-{again}")
            changed = mutated(text, chance)
            try:
                refused_or_done(engine, changed)
            except Exception as error:
                raise AssertionError(f"{type(error).__name__}: {error}: {changed}") from error
            engine.close()
