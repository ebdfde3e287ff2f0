#!/usr/bin/env bash
# Sends ksqlDB's tables to Elasticsearch, each by a sink connector, and makes a Grafana data source of each.
# Usage: ksql-tables-to-grafana.sh [TABLE…]; without a name, the tutorial's seven. NO_GRAFANA=1 leaves Grafana out.
# ELASTICSEARCH_INSIDE is the address of Elasticsearch as Connect and Grafana see it, where that is another one.
set -u
# shellcheck source=scripts/requests
. "$(dirname "${BASH_SOURCE[0]}")/requests"

# Runs in the image of ksqldb-server too, which has bash and curl.
inside=${ELASTICSEARCH_INSIDE:-$ELASTICSEARCH_URL}
inside=${inside%/}
plugin=io.confluent.connect.elasticsearch.ElasticsearchSinkConnector
[ $# -gt 0 ] || set -- CLICK_USER_SESSIONS USER_IP_ACTIVITY ENRICHED_ERROR_CODES_COUNT ERRORS_PER_MIN_ALERT \
    ERRORS_PER_MIN EVENTS_PER_MIN PAGES_PER_MIN
if [ -z "${NO_GRAFANA:-}" ]; then
    want GET "$GRAFANA_URL/api/datasources"
    known=$reply
fi
want GET "$ELASTICSEARCH_URL/"
version=$(search_version "$reply") || fail "what answers at $ELASTICSEARCH_URL does not tell its version: $reply"
# documents have a type in Elasticsearch 6, and old versions of the plugin cannot do without its setting
want PUT "$CONNECT_URL/connector-plugins/${plugin##*.}/config/validate" "{\"connector.class\": \"$plugin\", \"topics\": \"any\"}"
typed=''
if [ "${version%%.*}" -lt 7 ] || [[ $reply =~ \"name\":\ ?\"type.name\",[^}]*\"required\":\ ?true ]]; then
    typed='"type.name": "_doc",'
fi
case $version in 6*) kind=60 ;; 5*) kind=56 ;; *) kind=70 ;; esac
if [ -z "${NO_GRAFANA:-}" ]; then
    want GET "$GRAFANA_URL/api/health"
    # Grafana from 8 on wants the version itself
    [[ $reply =~ \"version\"[[:space:]]*:[[:space:]]*\"[5-7]\. ]] || kind="\"$version\""
fi
for name in "$@"; do
    case $name in *[!A-Za-z0-9_]*) fail "'$name' is not the name of a table" ;; esac
    table=${name^^} index=${name,,}
    want PUT "$CONNECT_URL/connectors/es_sink_$table/config" "{
        \"connector.class\": \"$plugin\",
        \"topics\": \"$table\", \"key.ignore\": \"true\", \"schema.ignore\": \"true\", $typed
        \"key.converter\": \"org.apache.kafka.connect.converters.ByteArrayConverter\",
        \"value.converter\": \"org.apache.kafka.connect.json.JsonConverter\",
        \"value.converter.schemas.enable\": \"false\", \"topic.index.map\": \"$table:$index\",
        \"connection.url\": $(quoted "$inside"),
        \"behavior.on.null.values\": \"ignore\", \"connection.timeout.ms\": \"10000\", \"read.timeout.ms\": \"30000\",
        \"max.retries\": \"10\", \"retry.backoff.ms\": \"1000\"}"
    done="$table goes to the index $index"
    if [ -z "${NO_GRAFANA:-}" ] && ! [[ $known =~ \"name\":\ *\"$index\" ]]; then
        want POST "$GRAFANA_URL/api/datasources" "{\"name\": \"$index\", \"type\": \"elasticsearch\", \"access\": \"proxy\",
            \"url\": $(quoted "$inside"), \"database\": \"$index\",
            \"jsonData\": {\"timeField\": \"EVENT_TS\", \"esVersion\": $kind, \"index\": \"$index\"}}"
        done="$done, with a data source in Grafana"
    fi
    echo "$done."
done
