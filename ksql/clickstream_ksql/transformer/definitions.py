"""Statements that make, change or drop something."""

from __future__ import annotations

from typing import Any

from lark import Token

from clickstream_ksql import ast, formatter
from clickstream_ksql.errors import KsqlSyntaxError
from clickstream_ksql.source_names import check_source_name
from clickstream_ksql.transformer.parts import Part, named, part, position_of, unquote, without_tokens
from clickstream_ksql.transformer.queries import QueryBuilder


class DefinitionBuilder(QueryBuilder):
    """Builds CREATE, INSERT, ALTER and DROP."""

    def query_statement(self, children: list[Any]) -> ast.QueryStatement:
        return ast.QueryStatement(children[0])

    def property(self, children: list[Any]) -> tuple[str, ast.Expression]:
        name = children[0]
        key = unquote(name) if isinstance(name, Token) else name
        return key, children[-1]

    def with_properties(self, children: list[Any]) -> Part:
        properties = without_tokens(children)
        values: dict[str, ast.Literal] = {}
        for name, value in properties:
            if name in values:
                both = f"{name}={formatter.expression(values[name])} and {name}={formatter.expression(value)}"
                raise KsqlSyntaxError(f"Failed to prepare statement: Multiple entries with same key: {both}", 1, 1)
            values[name] = value
        return Part("properties", tuple(properties))

    def key_column(self, _: list[Any]) -> Part:
        return Part("constraint", ("KEY", None))

    def primary_key_column(self, _: list[Any]) -> Part:
        return Part("constraint", ("PRIMARY KEY", None))

    def headers_column(self, _: list[Any]) -> Part:
        return Part("constraint", ("HEADERS", None))

    def header_column(self, children: list[Any]) -> Part:
        return Part("constraint", ("HEADER", unquote(next(c for c in children if c.type == "STRING"))))

    def table_element(self, children: list[Any]) -> ast.TableElement:
        constraint = part(children, "constraint", (None, None))
        return ast.TableElement(str(children[0]), children[1], constraint[0], constraint[1], position_of(children[0]))

    def table_elements(self, children: list[Any]) -> Part:
        return Part("elements", tuple(without_tokens(children)))

    def or_replace(self, _: list[Any]) -> Part:
        return Part("or_replace")

    def if_exists(self, _: list[Any]) -> Part:
        return Part("if_exists")

    def if_not_exists(self, _: list[Any]) -> Part:
        return Part("if_not_exists")

    def source(self, _: list[Any]) -> Part:
        return Part("source")

    def delete_topic(self, _: list[Any]) -> Part:
        return Part("delete_topic")

    def _kind(self, kind: str, children: list[Any]) -> Part:
        flags = {name: part(children, name, False) for name in ("or_replace", "if_not_exists", "source")}
        return Part("kind", (kind, flags))

    def create_stream_kind(self, children: list[Any]) -> Part:
        return self._kind("STREAM", children)

    def create_table_kind(self, children: list[Any]) -> Part:
        return self._kind("TABLE", children)

    def create_source_connector_kind(self, children: list[Any]) -> Part:
        return Part("kind", ("SOURCE", part(children, "if_not_exists", False)))

    def create_sink_connector_kind(self, children: list[Any]) -> Part:
        return Part("kind", ("SINK", part(children, "if_not_exists", False)))

    def create_source(self, children: list[Any]) -> ast.CreateSource:
        kind, flags = part(children, "kind")
        name = check_source_name(named(children)[0])
        return ast.CreateSource(kind, name, part(children, "elements", ()), part(children, "properties", ()), **flags)

    def create_as(self, children: list[Any]) -> ast.CreateAs:
        kind, flags = part(children, "kind")
        if flags.pop("source"):  # of a source over a topic only: that of a query is no grammar of ksqlDB's
            place = next(child for child in children if isinstance(child, Token) and child.type == "AS")
            raise KsqlSyntaxError(f"Syntax error at or near '{place}'", place.line or 1, place.column or 1)
        name = check_source_name(named(children)[0])
        return ast.CreateAs(kind, name, part(children, "properties", ()), children[-1], **flags)

    def create_connector(self, children: list[Any]) -> ast.CreateConnector:
        kind, if_not_exists = part(children, "kind")
        return ast.CreateConnector(kind, named(children)[0], part(children, "properties", ()), if_not_exists)

    def insert_into(self, children: list[Any]) -> ast.InsertInto:
        return ast.InsertInto(check_source_name(named(children)[0]), part(children, "properties", ()), children[-1])

    def column_names(self, children: list[Any]) -> Part:
        return Part("columns", tuple(named(children)))

    def insert_values(self, children: list[Any]) -> ast.InsertValues:
        values = tuple(c for c in children if isinstance(c, ast.Expression))
        return ast.InsertValues(check_source_name(named(children)[0]), part(children, "columns", ()), values)

    def _drop(self, kind: str, children: list[Any]) -> ast.Drop:
        exists, topic = part(children, "if_exists", False), part(children, "delete_topic", False)
        name = named(children)[0]
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
        return ast.CreateType(named(children)[0], children[-1], part(children, "if_not_exists", False))

    def alter_option(self, children: list[Any]) -> ast.TableElement:
        return ast.TableElement(named(children)[0], children[-1])

    def alter_stream(self, children: list[Any]) -> ast.Alter:
        columns = tuple(c for c in children if isinstance(c, ast.TableElement))
        return ast.Alter("STREAM", check_source_name(named(children)[0]), columns)

    def alter_table(self, children: list[Any]) -> ast.Alter:
        columns = tuple(c for c in children if isinstance(c, ast.TableElement))
        return ast.Alter("TABLE", check_source_name(named(children)[0]), columns)
