"""All other statements, and the whole of one."""

from __future__ import annotations

from typing import Any

from lark import Token, Tree, v_args

from clickstream_ksql import ast
from clickstream_ksql.errors import KsqlSyntaxError
from clickstream_ksql.names import Name
from clickstream_ksql.source_names import check_source_name
from clickstream_ksql.transformer.definitions import DefinitionBuilder
from clickstream_ksql.transformer.parts import Part, named, part, unquote


class StatementBuilder(DefinitionBuilder):
    """Builds the statement of a parsed text that begins at `line` and `column` of the whole."""

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

    def describe_source(self, children: list[Any]) -> ast.Describe:
        name = check_source_name(named(children)[0])
        kind = name if name == "TABLES" else "SOURCE"  # a keyword that may be a name
        return ast.Describe(kind, name, self._has(children, "EXTENDED"))

    def describe_streams(self, children: list[Any]) -> ast.Describe:
        return ast.Describe("STREAMS", "STREAMS", self._has(children, "EXTENDED"))

    def describe_function(self, children: list[Any]) -> ast.Describe:
        return ast.Describe("FUNCTION", named(children)[0])

    def describe_connector(self, children: list[Any]) -> ast.Describe:
        return ast.Describe("CONNECTOR", named(children)[0])

    def print_name(self, children: list[Any]) -> str:
        """A topic keeps its case, quoted or not (seen on ksqlDB 7.4)."""
        if isinstance(children[0], Token):
            return unquote(children[0])
        name = children[0]
        plain = isinstance(name, Name) and name.written.upper() == name
        return str(name.written) if plain else str(name)

    def print_from(self, _: list[Any]) -> Part:
        return Part("from")

    def print_interval(self, children: list[Any]) -> Part:
        return Part("interval", self._whole(children[-1], "INTERVAL"))

    def print_limit(self, children: list[Any]) -> Part:
        return Part("limit", self._whole(children[-1], "LIMIT"))

    def print_topic(self, children: list[Any]) -> ast.Print:
        name = named(children)[0]
        return ast.Print(name, part(children, "from", False), part(children, "interval"), part(children, "limit"))

    def terminate(self, children: list[Any]) -> ast.QueryControl:
        return ast.QueryControl("TERMINATE", named(children)[0])

    def terminate_all(self, _: list[Any]) -> ast.QueryControl:
        return ast.QueryControl("TERMINATE", None)

    def pause(self, children: list[Any]) -> ast.QueryControl:
        return ast.QueryControl("PAUSE", named(children)[0])

    def pause_all(self, _: list[Any]) -> ast.QueryControl:
        return ast.QueryControl("PAUSE", None)

    def resume(self, children: list[Any]) -> ast.QueryControl:
        return ast.QueryControl("RESUME", named(children)[0])

    def resume_all(self, _: list[Any]) -> ast.QueryControl:
        return ast.QueryControl("RESUME", None)

    @staticmethod
    def _strings(children: list[Any]) -> list[str]:
        return [unquote(c) for c in children if isinstance(c, Token) and c.type == "STRING"]

    def set_property(self, children: list[Any]) -> ast.SetProperty:
        return ast.SetProperty(*self._strings(children))

    def unset_property(self, children: list[Any]) -> ast.UnsetProperty:
        return ast.UnsetProperty(*self._strings(children))

    def alter_system(self, children: list[Any]) -> ast.AlterSystem:
        return ast.AlterSystem(*self._strings(children))

    def define(self, children: list[Any]) -> ast.Define:
        return ast.Define(named(children)[0], *self._strings(children))

    def undefine(self, children: list[Any]) -> ast.Undefine:
        return ast.Undefine(named(children)[0])

    def explain_query(self, children: list[Any]) -> ast.Explain:
        return ast.Explain(named(children)[0], None)

    def explain_statement(self, children: list[Any]) -> ast.Explain:
        return ast.Explain(None, children[-1])

    def run_script(self, children: list[Any]) -> ast.RunScript:
        return ast.RunScript(*self._strings(children))

    def assert_not(self, _: list[Any]) -> Part:
        return Part("not")

    def timeout(self, children: list[Any]) -> Part:
        return Part("timeout", children[-1].milliseconds)

    def assert_subject(self, children: list[Any]) -> Part:
        return Part("subject", children[-1])

    def assert_id(self, children: list[Any]) -> Part:
        if not isinstance(children[-1], ast.Literal) or type(children[-1].value) is not int:
            raise KsqlSyntaxError("ID must be an integer", 1, 1)
        return Part("id", children[-1].value)

    @staticmethod
    def _assert(kind: str, name: str, children: list[Any]) -> ast.Assert:
        return ast.Assert(
            kind, name, not part(children, "not", False), part(children, "properties", ()),
            part(children, "timeout"), part(children, "id"),
        )  # fmt: skip

    def assert_topic(self, children: list[Any]) -> ast.Assert:
        return self._assert("TOPIC", named(children)[0], children)

    def assert_schema(self, children: list[Any]) -> ast.Assert:
        if part(children, "subject") is None and part(children, "id") is None:
            raise KsqlSyntaxError("ASSERT SCHEMA statements much include a subject name or an id", 1, 1)
        return self._assert("SCHEMA", part(children, "subject", ""), children)
