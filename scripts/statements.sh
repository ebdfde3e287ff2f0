#!/usr/bin/env bash
# Sends the tutorial's statements.sql to ksqlDB.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
exec "$here/run-sql.sh" "$here/../ksql/clickstream_ksql/sql/statements.sql"
