#!/usr/bin/env bash
# Sends ksqlDB's tables to Elasticsearch, each by a sink connector, and makes a Grafana data source of each.
# Usage: ksql-tables-to-grafana.sh [TABLE…]; without a name, the tutorial's seven. NO_GRAFANA=1 leaves Grafana out.
# ELASTICSEARCH_INSIDE is the address of Elasticsearch as Connect and Grafana see it, where that is another one.
set -u
# shellcheck source=scripts/requests
. "$(dirname "${BASH_SOURCE[0]}")/requests"

inside=${ELASTICSEARCH_INSIDE:-$ELASTICSEARCH_URL}
[ $# -gt 0 ] || set -- CLICK_USER_SESSIONS USER_IP_ACTIVITY ENRICHED_ERROR_CODES_COUNT ERRORS_PER_MIN_ALERT \
    ERRORS_PER_MIN EVENTS_PER_MIN PAGES_PER_MIN
if [ -z "${NO_GRAFANA:-}" ]; then
    want GET "$GRAFANA_URL/api/datasources"
    known=$reply
fi
for name in "$@"; do
    case $name in *[!A-Za-z0-9_]*) fail "'$name' is not the name of a table" ;; esac
    table=$(printf '%s' "$name" | tr '[:lower:]' '[:upper:]')
    index=$(printf '%s' "$name" | tr '[:upper:]' '[:lower:]')
    want PUT "$CONNECT_URL/connectors/es_sink_$table/config" "{
        \"connector.class\": \"io.confluent.connect.elasticsearch.ElasticsearchSinkConnector\",
        \"topics\": \"$table\", \"key.ignore\": \"true\", \"schema.ignore\": \"true\", \"type.name\": \"_doc\",
        \"key.converter\": \"org.apache.kafka.connect.converters.ByteArrayConverter\",
        \"value.converter\": \"org.apache.kafka.connect.json.JsonConverter\",
        \"value.converter.schemas.enable\": \"false\", \"topic.index.map\": \"$table:$index\",
        \"connection.url\": $(quoted "$inside"), \"transforms\": \"FilterNulls\",
        \"transforms.FilterNulls.type\": \"io.confluent.transforms.NullFilter\"}"
    done="$table goes to the index $index"
    if [ -z "${NO_GRAFANA:-}" ] && ! printf '%s' "$known" | grep -q "\"name\": *\"$index\""; then
        want POST "$GRAFANA_URL/api/datasources" "{\"name\": \"$index\", \"type\": \"elasticsearch\", \"access\": \"proxy\",
            \"url\": $(quoted "$inside"), \"database\": \"$index\",
            \"jsonData\": {\"timeField\": \"EVENT_TS\", \"esVersion\": 70, \"index\": \"$index\"}}"
        done="$done, with a data source in Grafana"
    fi
    echo "$done."
done
