"""From Lark's tree to the classes of `ast`: one method a rule of the grammar."""

from clickstream_ksql.transformer.statements import StatementBuilder

__all__ = ["StatementBuilder"]
