"""What the planner refuses: each check's words, once, as ksqlDB's planner has them, by the stage that finds it.

`docs/ksqldb-refusals.md` lists them all; a test keeps the two alike.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from clickstream_embedded.ksqldb.errors import KsqlError


class Stage(enum.Enum):
    """The stages of a statement, in ksqlDB's order: what an earlier one refuses, a later one never sees."""

    PREPARE = "building the statement"
    NAMES = "resolution of names"
    ANALYSIS = "analysis of the query"
    TYPES = "inference of types"
    JOINS = "joins and keys"
    PROJECTION = "the result's columns"
    SINK = "the sink and its formats"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A template in which `{name}` stands for a parameter."""

    stage: Stage
    template: str

    def __call__(self, /, **values: object) -> KsqlError:
        return KsqlError(self.template.format(**values))


def _stage(stage: Stage, **templates: str) -> dict[str, Refusal]:
    return {name: Refusal(stage, template) for name, template in templates.items()}


_KEY_ONCE = (
    "\nEach key column must only be in the projection once. If you intended to copy the key into the value, then "
    "consider using the AS_VALUE function to indicate which key reference should be copied."
)
_KAFKA = "\nSee https://github.com/confluentinc/ksql/issues/4385 for more information."
_BY_KIND = (
    "\nTables have PRIMARY KEYs, which are unique and NON NULL.\n"
    "Streams have KEYs, which have no uniqueness or NON NULL constraints."
)

REFUSALS: dict[str, Refusal] = {
    # `Failed to prepare statement: ` stands before those that ksqlDB's statement builder finds (see `preparing`)
    **_stage(
        Stage.PREPARE,
        unknown_properties="Invalid config variable(s) in the WITH clause: {names}",
        missing_property='Missing required property "{name}" which has no default value.',
        bad_property="Invalid value {value} for property {name}: {why}",
        bad_parsed_property="Configuration {name} is invalid: {why}",
        time_format="Invalid datetime format for config:TIMESTAMP_FORMAT, reason:{why}",
        both_formats="Cannot supply both '{name}' and 'FORMAT' properties, as 'FORMAT' sets both key and value formats. "
        "Either use just 'FORMAT', or use 'KEY_FORMAT' and 'VALUE_FORMAT'.",
        window_needs_size="{window} windows require 'WINDOW_SIZE' to be provided in the WITH clause. "
        "For example: 'WINDOW_SIZE'='10 SECONDS'",
        window_size_positive="Size must be positive, but was: {size}",
        window_has_size="'WINDOW_SIZE' should not be set for SESSION windows.",
        protobuf_only="Property {name} can only be enabled with protobuf format",
        duplicate_columns="Duplicate column names: {names}",
        headers_type="Invalid type for HEADERS column: expected {expected}, got {type}",
        header_type="Invalid type for HEADER('{key}') column: expected BYTES, got {type}",
        headers_twice="Schema already contains a HEADERS column.",
        header_twice="Schema already contains a HEADER('{key}') column.",
        limit_in_sink="CREATE {kind} AS SELECT statements don't support LIMIT clause.",
        unknown_alias="'{alias}' is not a valid stream/table name or alias.",
        key_in_table="{where}Column `{name}` is a 'KEY' column: please use 'PRIMARY KEY' for tables." + _BY_KIND,
        primary_key_in_stream="{where}Column `{name}` is a 'PRIMARY KEY' column: please use 'KEY' for streams." + _BY_KIND,
        no_value_format="Statement is missing the 'VALUE_FORMAT' property from the WITH clause. "
        "Either provide one or set a default via the 'ksql.persistence.default.format.value' config.",
    ),
    **_stage(
        Stage.NAMES,
        unknown_source="{name} does not exist.",
        unknown_target="{where}Source `{name}` does not exist.",
        insert_into_table="INSERT INTO can only be used to insert into a stream. {name} is a table.",
        insert_into_headers="Cannot insert into {name} because it has header columns",
        insert_into_read_only="Cannot insert into read-only {kind}: {name}",
        lambda_is_column="Lambda function argument can't be a column name: {name}",
        lambda_reused="Reusing lambda arguments in nested lambda is not allowed",
    ),
    **_stage(
        Stage.ANALYSIS,
        no_columns="The statement does not define any columns.",
        no_columns_supplied="No columns supplied.",
        reserved_name="'{name}' is a reserved column name. You cannot use it as a name for a column.",
        no_primary_key="Tables require a PRIMARY KEY. Please define the PRIMARY KEY.",
        windowed_without_key="Windowed sources require a key column.",
        no_timestamp_column="The TIMESTAMP column set in the WITH clause does not exist in the schema: '{name}'",
        text_timestamp="A String timestamp field has been specified without also specifying the timestamp_format",
        format_of_no_text="'TIMESTAMP_FORMAT' set in the WITH clause can only be used when the timestamp column in of "
        "type STRING.",
        timestamp_type="Timestamp column, `{name}`, should be LONG(INT64), TIMESTAMP, or a String with a "
        "timestamp_format specified",
        replace_source="Cannot add {kind} '{name}': CREATE OR REPLACE is not supported on source {kind}s.",
        self_join="Can not join '{name}' to '{name}': self joins are not yet supported.",
        source_twice="N-way joins do not support multiple occurrences of the same source. Source: '{name}'.",
        many_conditions="Invalid join condition: joins on multiple conditions are not yet supported. Got {condition}.",
        join_expression="Unsupported join expression: {condition}",
        join_not_equality="Only equality join criteria is supported.",
        join_side="Invalid comparison expression '{side}' in join '{condition}'. Each side of the join comparision must "
        "contain references from exactly one source.",
        join_same_source="Each side of the join must reference exactly one source and not the same source. "
        "Left side references `{left}` and right references `{right}`",
        join_other_source="A join criteria is expected to reference the source (`{source}`) in the FROM clause, instead "
        "the right source references `{right}` and the left source references `{left}`",
        join_windowed="Can not join windowed source to non-windowed source.\n`{left}` is {left_window} windowed\n"
        "`{right}` is {right_window} windowed",
        join_windows="Incompatible windowed sources.\nLeft source: {left}\nRight source: {right}\n"
        "Session windowed sources can only be joined to other session windowed sources, and may still not result in "
        "expected behaviour as session bounds must be an exact match for the join to work\n"
        "Hopping and tumbling windowed sources can only be joined to other hopping and tumbling windowed sources",
        reserved_alias="`{name}` is a reserved column name. You cannot use it as an alias for a column.",
        reserved_in_select="Reserved column name in select: `{name}`. Please remove or alias the column.",
        kafka_join="Source(s) {names} are using the 'KAFKA' value format. This format does not yet support JOIN." + _KAFKA,
        kafka_group_by="Source(s) {names} are using the 'KAFKA' value format. This format does not yet support GROUP BY."
        + _KAFKA,
        table_function_nested="Table functions cannot be nested: `{outer}`(`{inner}`())",
        table_function_aggregated="Table functions cannot be used with aggregations.",
        table_function_in_case="Table functions cannot be used in CASE: {case}",
        table_function_of_table="Table source is not supported with table functions",
        table_function_misplaced="Can't find any functions with the name '{name}'",
        windowed_table="KSQL does not support persistent queries on windowed tables.",
        null_key_format="Key format specified for stream without key columns.",
        null_among_many="Cannot PARTITION BY multiple columns including NULL",
        no_partition_by="PARTITION BY requires at least one expression",
        having_alone="HAVING requires GROUP BY.",
        window_size="Size must be positive",
        window_retention="The retention period of the window store must be no smaller than its window size plus the grace "
        "period. Got size=[{size}], grace=[{grace}], retention=[{retention}]",
        window_grace="Grace period must not be negative.",
        within_negative="Window interval (ie, beforeMs+afterMs) must not be negative.",
        window_advance="Advance must be positive",
        window_advance_size="Window advancement interval should be more than zero and less than window duration "
        "{size} ms.",
    ),
    **_stage(
        Stage.TYPES,
        filter_type="Type error in {clause} expression: Should evaluate to boolean but is {expression} ({type}) instead.",
        null_type="Can't infer a type of null. Please explicitly cast it to a required type, e.g. CAST(null AS VARCHAR).",
        not_a_struct_column="Column `{name}` is not a STRUCT type.",
        not_a_struct_field="Field {name} is not a STRUCT type.",
        no_struct_field="Field {name} was not found on STRUCT.",
        nested_aggregate="Aggregate functions can not be nested: {outer}({inner}())",
        not_literal="Parameter {number} passed to function {name} must be a literal constant, but was expression: "
        "'{expression}'",
        grouped_by_aggregate="GROUP BY does not support aggregate functions: {name} is an aggregate function.",
        no_aggregate="GROUP BY requires aggregate functions in either the SELECT or HAVING clause.",
        not_grouped="Non-aggregate SELECT expression(s) not part of GROUP BY: {expressions}\n"
        "Either add the column(s) to the GROUP BY or remove them from the SELECT.",
        having_not_grouped="Non-aggregate HAVING expression not part of GROUP BY: {expressions}\n"
        "Consider switching the HAVING clause to a WHERE clause before the GROUP BY.",
        window_bounds="Window bounds column {name} can only be used in the SELECT clause of windowed aggregations and can "
        "not be passed to aggregate functions.\nSee https://github.com/confluentinc/ksql/issues/4397",
        aggregate_in_where="Can't find any functions with the name '{name}'",
        window_without_group="{where}WINDOW clause requires a GROUP BY clause.",
        final_unwindowed="EMIT FINAL is only supported for windowed aggregations.",
        window_on_table="Windowing not supported for table aggregations.",
        no_undo="The aggregation function{plural} {names} cannot be applied to a table source, only to a stream source.",
        intermediate_type="One of the functions used in the statement has an intermediate type that the value format can "
        "not handle. Please remove the function or change the format.",
    ),
    **_stage(
        Stage.JOINS,
        table_stream="Invalid join order: table-stream joins are not supported; only stream-table joins. "
        "Got {left} {join} {right}.",
        table_table_key="Invalid join condition: table-table joins require to join on the primary key of the right input "
        "table. Got {condition}.",
        stream_table_outer="Invalid join type: full-outer join not supported for stream-table join. "
        "Got {left} {join} {right}.",
        stream_table_key="Invalid join condition: stream-table joins require to join on the table's primary key. "
        "Got {condition}.",
        foreign_outer="Invalid join type: full-outer join not supported for foreign-key table-table join. "
        "Got {left} {join} {right}.",
        foreign_nway="Invalid join condition: foreign-key table-table joins are not supported as part of n-way joins. "
        "Got {condition}.",
        foreign_right="RIGHT OUTER JOIN on a foreign key is not supported",
        foreign_windowed="Foreign-key table-table joins are not supported on windowed tables.",
        join_types="Invalid join condition: types don't match. Got {left}{{{left_type}}} = {right}{{{right_type}}}.",
        join_key_types="Invalid join. Key types differ: {left} vs {right}",
        no_within="Stream-Stream joins must have a WITHIN clause specified. None was provided. To learn about how to "
        "specify a WITHIN clause with a stream-stream join, please visit: "
        "https://docs.confluent.io/current/ksql/docs/syntax-reference.html#create-stream-as-select",
        within_stream_table="A window definition was provided for a Stream-Table join. These joins are not windowed. "
        "Please drop the window definition (ie. the WITHIN clause) and try to execute your join again.",
        within_table_table="A window definition was provided for a Table-Table join. These joins are not windowed. "
        "Please drop the window definition (i.e. the WITHIN clause) and try to execute your Table-Table join again.",
        join_type="Invalid join type encountered: {join}",
        map_key="Map keys, including types that contain maps, are not supported as they may lead to unexpected behavior "
        "due to inconsistent serialization. Key column name: `{name}`. Column type: {type}. See "
        "https://github.com/confluentinc/ksql/issues/6621 for more.",
        circular_join="Cannot perform circular join - both {right} and {left} are already included in the current join "
        "tree: {tree}",
        copartitioning="Can't join `{left}` with `{right}` since the number of partitions don't match. "
        "`{left}` partitions = {left_count}; `{right}` partitions = {right_count}. Please repartition either one so that "
        "the number of partitions match.",
        windowed_repartition="Implicit repartitioning of windowed sources is not supported. "
        "See https://github.com/confluentinc/ksql/issues/4385.",
        table_repartition="Cannot repartition a TABLE source. If this is a join, make sure that the criteria uses the "
        "TABLE's key column {key} instead of [{expression}]",
        table_repartition_keys="Cannot repartition a TABLE source. If this is a join, joins on tables with multiple "
        "columns is not yet supported.",
    ),
    **_stage(
        Stage.PROJECTION,
        unknown_column="{where}Column '{name}' cannot be resolved.",
        duplicate_values="Duplicate value columns found in schema: `{name}` {type}",
        duplicate_keys="Duplicate key columns found in schema: `{name}` {type} KEY",
        key_twice="The projection contains a key column (`{key}`) more than once, aliased as: {names}." + _KEY_ONCE,
        group_key_twice="The projection contains a key column more than once: {names}." + _KEY_ONCE,
        no_value_columns="The projection contains no value columns.",
        key_clash="Value columns clash with key columns: {names}",
        key_missing="Key missing from projection (ie, SELECT). See https://cnfl.io/2LV7ouS.\nThe query used to build "
        "`{sink}` must include the {what} {keys} in its projection (eg, SELECT {example}...).{more}",
        primary_key_missing="Primary key {columns} missing in projection. For foreign-key table-table joins, the "
        "projection must include all primary key columns from the left input table (`{table}`). Missing {columns}: {names}.",
        ungrouped_sink="CREATE TABLE AS SELECT statement does not support aggregate function [{functions}] without a "
        "GROUP BY clause.",
    ),
    **_stage(
        Stage.SINK,
        result_type="Invalid result type. Your SELECT query produces a {produced}. Please use CREATE {produced} AS SELECT "
        "statement instead.",
        exists="Cannot add {kind} '{name}': A {known} with the same name already exists",
        query_id_characters="Query IDs may contain only alphanumeric characters and '_'. Got: '{name}'",
        query_id_reserved="Query IDs must not start with a reserved query ID prefix ({prefixes}). Got '{name}'",
        query_id_known="Query ID '{name}' already exists.",
        sink_type="Incompatible data sink and query result. Data sink ({name}) type is {known} but select query result "
        "is {produced}.",
        sink_schema="Incompatible schema between results and sink.\nResult schema is {result}\nSink schema is {sink}",
        wrapping_format="Format '{format}' does not support 'WRAP_SINGLE_VALUE' set to '{value}'.",
        wrapping_columns="'WRAP_SINGLE_VALUE' is only valid for single-field value schemas",
        no_inference="{side}_FORMAT should support schema inference when {side}_SCHEMA_ID is provided. Current format is "
        "{format}.",
        format_config="{format} does not support the following configs: [{names}]",
    ),
}  # fmt: skip


def refused(check: str, /, **values: object) -> KsqlError:
    """The error of `check`, which is a name in REFUSALS, to be raised."""
    return REFUSALS[check](**values)


def preparing(error: KsqlError) -> KsqlError:
    """An error of ksqlDB's statement builder, in its words."""
    return KsqlError(f"Failed to prepare statement: {error.message}", error.statement)


def sanitizing(error: KsqlError) -> KsqlError:
    """An error of ksqlDB's resolution of names, in its words."""
    return KsqlError(f"Exception while preparing statement: {error.message}", error.statement)
