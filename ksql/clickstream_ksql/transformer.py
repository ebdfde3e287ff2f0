"""From Lark's tree to the classes of `ast`: one method a rule of the grammar."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

from lark import Token, Transformer, Tree, v_args

from clickstream_ksql import ast
from clickstream_ksql.errors import KsqlSyntaxError
from clickstream_ksql.source_names import check_source_name

_KEYWORD = "keyword"
_UNITS = ("MILLISECOND", "SECOND", "MINUTE", "HOUR", "DAY")
_OTHER_UNITS = ("MONTH", "YEAR")  # words of the grammar that no rule takes
_UNIT_FUNCTIONS = ("DATEADD", "DATESUB", "TIMEADD", "TIMESUB", "TIMESTAMPADD", "TIMESTAMPSUB")


class _Optional(tuple[str, Any]):
    """A named optional part of a statement, picked out by `_part`."""

    __slots__ = ()

    def __new__(cls, name: str, value: Any = True) -> _Optional:
        return super().__new__(cls, (name, value))


def _part(children: list[Any], name: str, default: Any = None) -> Any:
    for child in children:
        if isinstance(child, _Optional) and child[0] == name:
            return child[1]
    return default


class Name(str):
    """An identifier as it counts, with how it is written, and (line, column), from 1, of where."""

    __slots__ = ("position", "written")

    position: tuple[int, int]
    written: str


def _named(children: list[Any]) -> list[str]:
    return [child for child in children if type(child) in (str, Name)]


def _position(name: str) -> tuple[int, int] | None:
    return name.position if isinstance(name, Name) else None


def _unquote(token: Any) -> str:
    text = str(token)
    return text[1:-1].replace(text[0] * 2, text[0])


def _clean(children: list[Any]) -> list[Any]:
    """Without keyword and punctuation tokens."""
    return [child for child in children if not isinstance(child, Token)]


class StatementBuilder(Transformer[Token, Any]):
    """Builds the statement of a parsed text that begins at `line` and `column` of the whole."""

    def __init__(self, line: int = 1, column: int = 1, text: str = "") -> None:
        super().__init__()
        self._text = text
        self._line = line
        self._column = column

    def _name(self, token: Any, text: str, written: str | None = None) -> str:
        if not isinstance(token, Token) or token.line is None or token.column is None:
            return text
        name = Name(text)
        first = self._column - 1 if token.line == 1 else 0
        name.written = str(token) if written is None else written
        name.position = (self._line + token.line - 1, token.column + first)
        return name

    def __default__(self, data: Any, children: list[Any], meta: Any) -> Any:
        raise NotImplementedError(f"no method for the grammar rule {data}")

    def start(self, children: list[Any]) -> Any:
        return next(child for child in children if isinstance(child, ast.Statement))

    # -- names, literals, types --------------------------------------------------------------------------------

    def plain_identifier(self, children: list[Any]) -> str:
        token = children[0]
        return self._name(token, str(token).upper()) if isinstance(token, Token) else token

    def non_reserved(self, children: list[Any]) -> str:
        return self._name(children[0], str(children[0]).upper())

    alias_word = non_reserved

    def quoted_identifier(self, children: list[Any]) -> str:
        return self._name(children[0], _unquote(children[0]), _unquote(children[0]))

    def null(self, _: list[Any]) -> ast.Literal:
        return ast.Literal(None)

    def true(self, _: list[Any]) -> ast.Literal:
        return ast.Literal(True)

    def false(self, _: list[Any]) -> ast.Literal:
        return ast.Literal(False)

    def string(self, children: list[Any]) -> ast.Literal:
        return ast.Literal(_unquote(children[0]))

    def integer(self, children: list[Any]) -> ast.Literal:
        value = int(children[0])
        if value > 2**63:
            raise KsqlSyntaxError(f"Invalid numeric literal: {value}", 1, 1)
        return ast.Literal(value)

    def decimal(self, children: list[Any]) -> ast.Literal:
        return ast.Literal(Decimal(children[0]))

    def floating(self, children: list[Any]) -> ast.Literal:
        value = float(children[0])
        if math.isinf(value):
            before = self._text[: children[0].start_pos].rstrip()
            sign = "-" if before.endswith("-") else ""
            raise KsqlSyntaxError(f"Number overflows DOUBLE: {sign}{children[0]}", 1, 1)
        return ast.Literal(value)

    def type_parameter(self, children: list[Any]) -> int:
        token = children[0]
        return int(token) if token.type == "INTEGER_VALUE" else 0

    def base_type(self, children: list[Any]) -> ast.TypeName:
        return ast.TypeName(children[0], tuple(c for c in children[1:] if isinstance(c, int)))

    def array_type(self, children: list[Any]) -> ast.TypeName:
        return ast.TypeName("ARRAY", arguments=tuple(_clean(children)))

    def map_type(self, children: list[Any]) -> ast.TypeName:
        return ast.TypeName("MAP", arguments=tuple(_clean(children)))

    def struct_type(self, children: list[Any]) -> ast.TypeName:
        return ast.TypeName("STRUCT", fields=tuple(_clean(children)))

    def struct_field(self, children: list[Any]) -> tuple[str, ast.TypeName]:
        return children[0], children[1]

    # -- expressions -------------------------------------------------------------------------------------------

    def column(self, children: list[Any]) -> ast.Column:
        return ast.Column(str(children[0]), None, _position(children[0]))

    def qualified_column(self, children: list[Any]) -> ast.Column:
        source, name = _named(children)
        return ast.Column(str(name), str(source), _position(source))

    def dereference(self, children: list[Any]) -> ast.Dereference:
        return ast.Dereference(children[0], _named(children)[-1])

    def subscript(self, children: list[Any]) -> ast.Subscript:
        base, index = _clean(children)
        return ast.Subscript(base, index)

    def parenthesised(self, children: list[Any]) -> Any:
        return _clean(children)[0]

    def searched_case(self, children: list[Any]) -> ast.Case:
        whens = tuple(c for c in children if isinstance(c, tuple) and not isinstance(c, _Optional))
        return ast.Case(None, whens, _part(children, "else"))

    def simple_case(self, children: list[Any]) -> ast.Case:
        parts = _clean(children)
        whens = tuple(c for c in parts[1:] if isinstance(c, tuple) and not isinstance(c, _Optional))
        return ast.Case(parts[0], whens, _part(children, "else"))

    def when(self, children: list[Any]) -> tuple[Any, Any]:
        condition, result = _clean(children)
        return condition, result

    def else_(self, children: list[Any]) -> _Optional:
        return _Optional("else", _clean(children)[0])

    def cast(self, children: list[Any]) -> ast.Cast:
        operand, target = _clean(children)
        return ast.Cast(operand, target)

    def array(self, children: list[Any]) -> ast.ArrayOf:
        return ast.ArrayOf(tuple(_clean(children)))

    def map(self, children: list[Any]) -> ast.MapOf:
        return ast.MapOf(tuple(_clean(children)))

    def pair(self, children: list[Any]) -> tuple[Any, Any]:
        key, value = _clean(children)
        return key, value

    def struct(self, children: list[Any]) -> ast.StructOf:
        return ast.StructOf(tuple(_clean(children)))

    def field_value(self, children: list[Any]) -> tuple[str, Any]:
        return children[0], _clean(children)[-1]

    def call_star(self, children: list[Any]) -> ast.Call:
        return ast.Call(children[0].upper(), (), star=True)

    def call(self, children: list[Any]) -> ast.Call:
        name, arguments = children[0].upper(), _clean(children[1:])
        first = arguments[0] if arguments else None
        if name in _UNIT_FUNCTIONS and isinstance(first, ast.Column) and first.source is None:
            unit = first.name.removesuffix("S")
            if unit in _UNITS:
                arguments[0] = ast.IntervalUnit(first.name)
            elif unit in _OTHER_UNITS:
                raise KsqlSyntaxError(f"Syntax error at or near '{first.name}'", *(first.position or (1, 1)))
        return ast.Call(name, tuple(arguments))

    def lambda1(self, children: list[Any]) -> ast.Lambda:
        *parameters, body = _clean(children)
        return ast.Lambda(tuple(self._parameter(p) for p in parameters), body)

    lambda_many = lambda1

    @staticmethod
    def _parameter(expression: Any) -> str:
        if isinstance(expression, ast.Column) and expression.source is None:
            return expression.name
        raise KsqlSyntaxError("Lambda arguments must be names", 1, 1)

    def arithmetic(self, children: list[Any]) -> ast.Expression:
        left, operator, right = children
        return ast.Call("CONCAT", (left, right)) if operator == "||" else ast.Arithmetic(operator, left, right)

    def add_operator(self, children: list[Any]) -> str:
        return str(children[0])

    multiply_operator = comparison = add_operator

    def negate(self, children: list[Any]) -> ast.Expression:
        operand = children[-1]
        if isinstance(operand, ast.Literal) and isinstance(operand.value, (int, float, Decimal)):
            return ast.Literal(-operand.value)
        return ast.Negate(operand)

    def plus(self, children: list[Any]) -> ast.Expression:
        return children[-1]

    def compare(self, children: list[Any]) -> ast.Comparison:
        left, operator, right = children
        return ast.Comparison("<>" if operator == "!=" else operator, left, right)

    def or_(self, children: list[Any]) -> ast.Logical:
        left, right = _clean(children)
        return ast.Logical("OR", left, right)

    def and_(self, children: list[Any]) -> ast.Logical:
        left, right = _clean(children)
        return ast.Logical("AND", left, right)

    def not_(self, children: list[Any]) -> ast.Not:
        return ast.Not(_clean(children)[0])

    def is_null(self, children: list[Any]) -> ast.IsNull:
        return ast.IsNull(children[0], negated=False)

    def is_not_null(self, children: list[Any]) -> ast.IsNull:
        return ast.IsNull(children[0], negated=True)

    def is_distinct(self, children: list[Any]) -> ast.Comparison:
        left, right = _clean(children)
        return ast.Comparison("IS DISTINCT FROM", left, right)

    def is_not_distinct(self, children: list[Any]) -> ast.Comparison:
        left, right = _clean(children)
        return ast.Comparison("IS NOT DISTINCT FROM", left, right)

    def between(self, children: list[Any]) -> ast.Between:
        return ast.Between(*_clean(children), negated=False)

    def not_between(self, children: list[Any]) -> ast.Between:
        return ast.Between(*_clean(children), negated=True)

    def in_list(self, children: list[Any]) -> ast.InList:
        operand, *items = _clean(children)
        return ast.InList(operand, tuple(items), negated=False)

    def not_in_list(self, children: list[Any]) -> ast.InList:
        operand, *items = _clean(children)
        return ast.InList(operand, tuple(items), negated=True)

    def escape(self, children: list[Any]) -> _Optional:
        return _Optional("escape", _unquote(children[-1]))

    def like(self, children: list[Any]) -> ast.Like:
        parts = [c for c in _clean(children) if not isinstance(c, _Optional)]
        return ast.Like(parts[0], parts[1], _part(children, "escape"), negated=False)

    def not_like(self, children: list[Any]) -> ast.Like:
        parts = [c for c in _clean(children) if not isinstance(c, _Optional)]
        return ast.Like(parts[0], parts[1], _part(children, "escape"), negated=True)

    # -- queries -----------------------------------------------------------------------------------------------

    def number(self, children: list[Any]) -> int:
        return int(children[0])

    def unit(self, children: list[Any]) -> str:
        word = str(children[0]).upper()
        return word if word.endswith("S") else word + "S"

    def duration(self, children: list[Any]) -> ast.Duration:
        return ast.Duration(children[0], children[1])

    def retention(self, children: list[Any]) -> _Optional:
        return _Optional("retention", children[-1])

    def grace(self, children: list[Any]) -> _Optional:
        return _Optional("grace", children[-1])

    def _window(self, kind: str, children: list[Any]) -> ast.Window:
        spans = [c for c in children if isinstance(c, ast.Duration)]
        advance = spans[1] if len(spans) > 1 else None
        return ast.Window(kind, spans[0], advance, _part(children, "retention"), _part(children, "grace"))

    def tumbling(self, children: list[Any]) -> ast.Window:
        return self._window("TUMBLING", children)

    def hopping(self, children: list[Any]) -> ast.Window:
        return self._window("HOPPING", children)

    def session(self, children: list[Any]) -> ast.Window:
        return self._window("SESSION", children)

    def window(self, children: list[Any]) -> _Optional:
        return _Optional("window", children[-1])

    def where(self, children: list[Any]) -> _Optional:
        return _Optional("where", children[-1])

    def having(self, children: list[Any]) -> _Optional:
        return _Optional("having", children[-1])

    def grouping(self, children: list[Any]) -> tuple[Any, ...]:
        return tuple(_clean(children))

    def group_by(self, children: list[Any]) -> _Optional:
        return _Optional("group_by", children[-1])

    def partition_by(self, children: list[Any]) -> _Optional:
        return _Optional("partition_by", children[-1])

    def emit_changes(self, _: list[Any]) -> _Optional:
        return _Optional("emit", "CHANGES")

    def emit_final(self, _: list[Any]) -> _Optional:
        return _Optional("emit", "FINAL")

    def limit(self, children: list[Any]) -> _Optional:
        return _Optional("limit", int(children[-1]))

    def negative_limit(self, children: list[Any]) -> _Optional:
        return _Optional("limit", -int(children[-1]))

    def select_single(self, children: list[Any]) -> ast.SelectItem:
        names = _named(children)
        return ast.SelectItem(children[0], names[0] if names else None)

    def select_all(self, _: list[Any]) -> ast.SelectItem:
        return ast.SelectItem(None, star=True)

    def select_all_of(self, children: list[Any]) -> ast.SelectItem:
        return ast.SelectItem(None, star=True, source=children[0])

    def select_struct(self, children: list[Any]) -> ast.SelectItem:
        return ast.SelectItem(children[0], star=True)

    def aliased(self, children: list[Any]) -> ast.Relation:
        names = _named(children)
        return ast.Relation(check_source_name(names[0]), check_source_name(names[-1]))

    def inner_join(self, _: list[Any]) -> _Optional:
        return _Optional(_KEYWORD, "INNER")

    def left_join(self, _: list[Any]) -> _Optional:
        return _Optional(_KEYWORD, "LEFT")

    def right_join(self, _: list[Any]) -> _Optional:
        return _Optional(_KEYWORD, "RIGHT")

    def full_join(self, _: list[Any]) -> _Optional:
        return _Optional(_KEYWORD, "FULL")

    def within_grace(self, children: list[Any]) -> _Optional:
        return _Optional("grace", children[-1].milliseconds)

    def within_single(self, children: list[Any]) -> _Optional:
        span = next(c for c in children if isinstance(c, ast.Duration)).milliseconds
        return _Optional("within", ast.Within(span, span, _part(children, "grace")))

    def within_pair(self, children: list[Any]) -> _Optional:
        before, after = (c.milliseconds for c in children if isinstance(c, ast.Duration))
        return _Optional("within", ast.Within(before, after, _part(children, "grace")))

    def join(self, children: list[Any]) -> ast.Join:
        relation = next(c for c in children if isinstance(c, ast.Relation))
        return ast.Join(_part(children, _KEYWORD), relation, _part(children, "within"), children[-1])

    def relation(self, children: list[Any]) -> tuple[Any, ...]:
        return tuple(children)

    def query(self, children: list[Any]) -> ast.Query:
        items = tuple(c for c in children if isinstance(c, ast.SelectItem))
        relation = next(c for c in children if isinstance(c, tuple) and isinstance(c[0], ast.Relation))
        return ast.Query(
            items,
            relation[0],
            tuple(relation[1:]),
            _part(children, "window"),
            _part(children, "where"),
            _part(children, "group_by"),
            _part(children, "partition_by"),
            _part(children, "having"),
            _part(children, "emit"),
            _part(children, "limit"),
        )

    # -- statements --------------------------------------------------------------------------------------------

    def query_statement(self, children: list[Any]) -> ast.QueryStatement:
        return ast.QueryStatement(children[0])

    def property(self, children: list[Any]) -> tuple[str, ast.Expression]:
        name = children[0]
        key = _unquote(name) if isinstance(name, Token) else name
        value = children[-1]
        return key, ast.Literal(value) if isinstance(value, str) else value

    def with_properties(self, children: list[Any]) -> _Optional:
        return _Optional("properties", tuple(_clean(children)))

    def key_column(self, _: list[Any]) -> _Optional:
        return _Optional("constraint", ("KEY", None))

    def primary_key_column(self, _: list[Any]) -> _Optional:
        return _Optional("constraint", ("PRIMARY KEY", None))

    def headers_column(self, _: list[Any]) -> _Optional:
        return _Optional("constraint", ("HEADERS", None))

    def header_column(self, children: list[Any]) -> _Optional:
        return _Optional("constraint", ("HEADER", _unquote(next(c for c in children if c.type == "STRING"))))

    def table_element(self, children: list[Any]) -> ast.TableElement:
        constraint = _part(children, "constraint", (None, None))
        return ast.TableElement(str(children[0]), children[1], constraint[0], constraint[1], _position(children[0]))

    def table_elements(self, children: list[Any]) -> _Optional:
        return _Optional("elements", tuple(_clean(children)))

    def or_replace(self, _: list[Any]) -> _Optional:
        return _Optional("or_replace")

    def if_exists(self, _: list[Any]) -> _Optional:
        return _Optional("if_exists")

    def if_not_exists(self, _: list[Any]) -> _Optional:
        return _Optional("if_not_exists")

    def source(self, _: list[Any]) -> _Optional:
        return _Optional("source")

    def delete_topic(self, _: list[Any]) -> _Optional:
        return _Optional("delete_topic")

    def _kind(self, kind: str, children: list[Any]) -> _Optional:
        flags = {name: _part(children, name, False) for name in ("or_replace", "if_not_exists", "source")}
        return _Optional("kind", (kind, flags))

    def create_stream_kind(self, children: list[Any]) -> _Optional:
        return self._kind("STREAM", children)

    def create_table_kind(self, children: list[Any]) -> _Optional:
        return self._kind("TABLE", children)

    def create_source_connector_kind(self, children: list[Any]) -> _Optional:
        return _Optional("kind", ("SOURCE", _part(children, "if_not_exists", False)))

    def create_sink_connector_kind(self, children: list[Any]) -> _Optional:
        return _Optional("kind", ("SINK", _part(children, "if_not_exists", False)))

    def create_source(self, children: list[Any]) -> ast.CreateSource:
        kind, flags = _part(children, "kind")
        name = check_source_name(_named(children)[0])
        return ast.CreateSource(kind, name, _part(children, "elements", ()), _part(children, "properties", ()), **flags)

    def create_as(self, children: list[Any]) -> ast.CreateAs:
        kind, flags = _part(children, "kind")
        name = check_source_name(_named(children)[0])
        return ast.CreateAs(kind, name, _part(children, "properties", ()), children[-1], **flags)

    def create_connector(self, children: list[Any]) -> ast.CreateConnector:
        kind, if_not_exists = _part(children, "kind")
        return ast.CreateConnector(kind, _named(children)[0], _part(children, "properties", ()), if_not_exists)

    def insert_into(self, children: list[Any]) -> ast.InsertInto:
        return ast.InsertInto(check_source_name(_named(children)[0]), _part(children, "properties", ()), children[-1])

    def column_names(self, children: list[Any]) -> _Optional:
        return _Optional("columns", tuple(_named(children)))

    def insert_values(self, children: list[Any]) -> ast.InsertValues:
        values = tuple(c for c in children if isinstance(c, ast.Expression))
        return ast.InsertValues(check_source_name(_named(children)[0]), _part(children, "columns", ()), values)

    def _drop(self, kind: str, children: list[Any]) -> ast.Drop:
        exists, topic = _part(children, "if_exists", False), _part(children, "delete_topic", False)
        name = _named(children)[0]
        return ast.Drop(kind, check_source_name(name) if kind in ("STREAM", "TABLE") else name, exists, topic)

    def drop_stream(self, children: list[Any]) -> ast.Drop:
        return self._drop("STREAM", children)

    def drop_table(self, children: list[Any]) -> ast.Drop:
        return self._drop("TABLE", children)

    def drop_connector(self, children: list[Any]) -> ast.Drop:
        return self._drop("CONNECTOR", children)

    def drop_type(self, children: list[Any]) -> ast.Drop:
        return self._drop("TYPE", children)

    def create_type(self, children: list[Any]) -> ast.CreateType:
        return ast.CreateType(_named(children)[0], children[-1], _part(children, "if_not_exists", False))

    def alter_option(self, children: list[Any]) -> ast.TableElement:
        return ast.TableElement(_named(children)[0], children[-1])

    def alter_stream(self, children: list[Any]) -> ast.Alter:
        columns = tuple(c for c in children if isinstance(c, ast.TableElement))
        return ast.Alter("STREAM", check_source_name(_named(children)[0]), columns)

    def alter_table(self, children: list[Any]) -> ast.Alter:
        columns = tuple(c for c in children if isinstance(c, ast.TableElement))
        return ast.Alter("TABLE", check_source_name(_named(children)[0]), columns)

    @staticmethod
    def _has(children: list[Any], word: str) -> bool:
        return any(isinstance(c, Token) and c.type == word for c in children)

    def _show(self, what: str, children: list[Any]) -> ast.Show:
        return ast.Show(what, self._has(children, "EXTENDED"), self._has(children, "ALL"))

    def list_streams(self, children: list[Any]) -> ast.Show:
        return self._show("STREAMS", children)

    def list_tables(self, children: list[Any]) -> ast.Show:
        return self._show("TABLES", children)

    def list_topics(self, children: list[Any]) -> ast.Show:
        return self._show("TOPICS", children)

    def list_queries(self, children: list[Any]) -> ast.Show:
        return self._show("QUERIES", children)

    def list_connectors(self, children: list[Any]) -> ast.Show:
        return self._show("CONNECTORS", children)

    def list_source_connectors(self, children: list[Any]) -> ast.Show:
        return self._show("SOURCE CONNECTORS", children)

    def list_sink_connectors(self, children: list[Any]) -> ast.Show:
        return self._show("SINK CONNECTORS", children)

    def list_connector_plugins(self, children: list[Any]) -> ast.Show:
        return self._show("CONNECTOR PLUGINS", children)

    def list_functions(self, children: list[Any]) -> ast.Show:
        return self._show("FUNCTIONS", children)

    def list_properties(self, children: list[Any]) -> ast.Show:
        return self._show("PROPERTIES", children)

    def list_types(self, children: list[Any]) -> ast.Show:
        return self._show("TYPES", children)

    def list_variables(self, children: list[Any]) -> ast.Show:
        return self._show("VARIABLES", children)

    @v_args(tree=True)
    def statement(self, tree: Tree[Any]) -> Any:
        # SHOW and LIST are the only alternatives without a name of their own
        return next(child for child in tree.children if isinstance(child, ast.Statement))

    def describe_source_pre(self, children: list[Any]) -> ast.Describe:
        name = check_source_name(_named(children)[0])
        kind = name if name in ("STREAMS", "TABLES") else "SOURCE"
        return ast.Describe(kind, name, self._has(children, "EXTENDED"))

    describe_source_post = describe_source_pre

    def describe_function(self, children: list[Any]) -> ast.Describe:
        return ast.Describe("FUNCTION", _named(children)[0])

    def describe_connector(self, children: list[Any]) -> ast.Describe:
        return ast.Describe("CONNECTOR", _named(children)[0])

    def print_name(self, children: list[Any]) -> str:
        """A topic keeps its case, quoted or not (seen on ksqlDB 7.4)."""
        if isinstance(children[0], Token):
            return _unquote(children[0])
        name = children[0]
        plain = isinstance(name, Name) and name.written.upper() == name
        return str(name.written) if plain else str(name)

    def print_from(self, _: list[Any]) -> _Optional:
        return _Optional("from")

    def print_interval(self, children: list[Any]) -> _Optional:
        return _Optional("interval", int(children[-1]))

    def print_limit(self, children: list[Any]) -> _Optional:
        return _Optional("limit", int(children[-1]))

    def print_topic(self, children: list[Any]) -> ast.Print:
        name = _named(children)[0]
        return ast.Print(name, _part(children, "from", False), _part(children, "interval"), _part(children, "limit"))

    def terminate(self, children: list[Any]) -> ast.QueryControl:
        return ast.QueryControl("TERMINATE", _named(children)[0])

    def terminate_all(self, _: list[Any]) -> ast.QueryControl:
        return ast.QueryControl("TERMINATE", None)

    def pause(self, children: list[Any]) -> ast.QueryControl:
        return ast.QueryControl("PAUSE", _named(children)[0])

    def pause_all(self, _: list[Any]) -> ast.QueryControl:
        return ast.QueryControl("PAUSE", None)

    def resume(self, children: list[Any]) -> ast.QueryControl:
        return ast.QueryControl("RESUME", _named(children)[0])

    def resume_all(self, _: list[Any]) -> ast.QueryControl:
        return ast.QueryControl("RESUME", None)

    @staticmethod
    def _strings(children: list[Any]) -> list[str]:
        return [_unquote(c) for c in children if isinstance(c, Token) and c.type == "STRING"]

    def set_property(self, children: list[Any]) -> ast.SetProperty:
        return ast.SetProperty(*self._strings(children))

    def unset_property(self, children: list[Any]) -> ast.UnsetProperty:
        return ast.UnsetProperty(*self._strings(children))

    def alter_system(self, children: list[Any]) -> ast.AlterSystem:
        return ast.AlterSystem(*self._strings(children))

    def define(self, children: list[Any]) -> ast.Define:
        return ast.Define(_named(children)[0], *self._strings(children))

    def undefine(self, children: list[Any]) -> ast.Undefine:
        return ast.Undefine(_named(children)[0])

    def explain_query(self, children: list[Any]) -> ast.Explain:
        return ast.Explain(_named(children)[0], None)

    def explain_statement(self, children: list[Any]) -> ast.Explain:
        return ast.Explain(None, children[-1])

    def run_script(self, children: list[Any]) -> ast.RunScript:
        return ast.RunScript(*self._strings(children))

    def assert_not(self, _: list[Any]) -> _Optional:
        return _Optional("not")

    def timeout(self, children: list[Any]) -> _Optional:
        amount = next(int(c) for c in children if isinstance(c, Token) and c.type == "INTEGER_VALUE")
        return _Optional("timeout", ast.Duration(amount, children[-1]).milliseconds)

    def assert_subject(self, children: list[Any]) -> str:
        return children[-1] if isinstance(children[-1], Name) else str(children[-1])

    def _assert(self, kind: str, children: list[Any]) -> ast.Assert:
        # names of topics and subjects have cases, so they stand as they are written
        names = [name.written if isinstance(name, Name) else name for name in _named(children)]
        return ast.Assert(
            kind, names[0] if names else "", not _part(children, "not", False), _part(children, "properties", ()),
            _part(children, "timeout"),
        )  # fmt: skip

    def assert_topic(self, children: list[Any]) -> ast.Assert:
        return self._assert("TOPIC", children)

    def assert_schema(self, children: list[Any]) -> ast.Assert:
        return self._assert("SCHEMA", children)
