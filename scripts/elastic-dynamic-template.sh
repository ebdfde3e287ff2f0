#!/usr/bin/env bash
# Writes the index template: EVENT_TS becomes a date and strings become keywords. Must run before the first document.
# Elasticsearch 6 and 7 each refuse the other's form, so the server is asked for its version first. Safe to repeat.
set -u
# shellcheck source=scripts/requests
. "$(dirname "${BASH_SOURCE[0]}")/requests"

want GET "$ELASTICSEARCH_URL/"
version=$(search_version "$reply") || fail "what answers at $ELASTICSEARCH_URL does not tell its version: $reply"
rules='[{"dates":{"match":"EVENT_TS","mapping":{"type":"date"}}},{"strings":{"match":"*","match_mapping_type":"string","mapping":{"type":"keyword"}}}]'
settings='{"number_of_shards":1,"number_of_replicas":0}'
if [ "${version%%.*}" -lt 7 ]; then
    body="{\"template\":\"*\",\"settings\":$settings,\"mappings\":{\"_default_\":{\"dynamic_templates\":$rules}}}"
else
    body="{\"index_patterns\":[\"*\"],\"settings\":$settings,\"mappings\":{\"dynamic_templates\":$rules}}"
fi
want PUT "$ELASTICSEARCH_URL/_template/kafkaconnect" "$body"
echo "The template kafkaconnect is written for Elasticsearch $version."
