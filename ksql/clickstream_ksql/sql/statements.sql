-- The clickstream pipeline: three sources, two enriched streams, seven windowed tables.

-- Clicks as they arrive. `_time` and `time` are counters; the record's own timestamp is ROWTIME.
CREATE STREAM clickstream (
    _time BIGINT, time VARCHAR, ip VARCHAR, request VARCHAR, status INT, userid INT, bytes BIGINT, agent VARCHAR
  ) WITH (kafka_topic = 'clickstream', value_format = 'json');

CREATE TABLE clickstream_codes (code INT PRIMARY KEY, definition VARCHAR)
  WITH (kafka_topic = 'clickstream_codes', value_format = 'json');

CREATE TABLE web_users (
    user_id INT PRIMARY KEY, registered_At BIGINT, username VARCHAR, first_name VARCHAR, last_name VARCHAR,
    city VARCHAR, level VARCHAR
  ) WITH (kafka_topic = 'clickstream_users', value_format = 'json');

-- Clicks with who made them and where: IP address to user to city.
CREATE STREAM user_clickstream AS
  SELECT userid, u.username, ip, u.city, request, status, bytes
  FROM clickstream c
  LEFT JOIN web_users u ON c.userid = u.user_id;

-- Status codes with what they mean.
CREATE STREAM enriched_error_codes AS
  SELECT code, definition
  FROM clickstream
  LEFT JOIN clickstream_codes ON clickstream.status = clickstream_codes.code;

-- Clicks per user and minute.
CREATE TABLE events_per_min AS
  SELECT userid AS k1, AS_VALUE(userid) AS userid, WINDOWSTART AS event_ts, COUNT(*) AS events
  FROM clickstream WINDOW TUMBLING (SIZE 60 SECONDS)
  GROUP BY userid;

-- Page views per user over a minute, renewed every 5 seconds.
CREATE TABLE pages_per_min AS
  SELECT userid AS k1, AS_VALUE(userid) AS userid, WINDOWSTART AS event_ts, COUNT(*) AS pages
  FROM clickstream WINDOW HOPPING (SIZE 60 SECONDS, ADVANCE BY 5 SECONDS)
  WHERE request LIKE '%html%'
  GROUP BY userid;

-- A user's session ends after 30 seconds without a click.
CREATE TABLE click_user_sessions AS
  SELECT username AS k, AS_VALUE(username) AS username, WINDOWEND AS event_ts, COUNT(*) AS events
  FROM user_clickstream WINDOW SESSION (30 SECONDS)
  GROUP BY username;

-- More than five errors of one status within a minute.
CREATE TABLE errors_per_min_alert AS
  SELECT status AS k1, AS_VALUE(status) AS status, WINDOWSTART AS event_ts, COUNT(*) AS errors
  FROM clickstream WINDOW HOPPING (SIZE 60 SECONDS, ADVANCE BY 20 SECONDS)
  WHERE status > 400
  GROUP BY status
  HAVING COUNT(*) > 5 AND COUNT(*) IS NOT NULL;

CREATE TABLE errors_per_min AS
  SELECT status AS k1, AS_VALUE(status) AS status, WINDOWSTART AS event_ts, COUNT(*) AS errors
  FROM clickstream WINDOW HOPPING (SIZE 60 SECONDS, ADVANCE BY 5 SECONDS)
  WHERE status > 400
  GROUP BY status;

-- Which errors, with their meaning, per half minute.
CREATE TABLE enriched_error_codes_count WITH (key_format = 'json') AS
  SELECT code AS k1, definition AS k2, AS_VALUE(code) AS code, WINDOWSTART AS event_ts,
         AS_VALUE(definition) AS definition, COUNT(*) AS count
  FROM enriched_error_codes WINDOW TUMBLING (SIZE 30 SECONDS)
  GROUP BY code, definition
  HAVING COUNT(*) > 1;

-- Who clicks from which address and city.
CREATE TABLE user_ip_activity WITH (key_format = 'json') AS
  SELECT username AS k1, ip AS k2, city AS k3, AS_VALUE(username) AS username, WINDOWSTART AS event_ts,
         AS_VALUE(ip) AS ip, AS_VALUE(city) AS city, COUNT(*) AS count
  FROM user_clickstream WINDOW TUMBLING (SIZE 60 SECONDS)
  GROUP BY username, ip, city
  HAVING COUNT(*) > 1;
