-- The six tasks of the tutorial, on top of its statements. They need clickstream, web_users and clickstream_codes.
-- Users are grouped by their id: a click that comes before its user is known counts all the same.

-- Task 1, hits and visitors, and the total of task 2: one row a minute.
CREATE STREAM click_traffic AS
  SELECT 'site' AS site, userid, ip, status, bytes
  FROM clickstream;

CREATE TABLE traffic_per_min AS
  SELECT site AS k1, AS_VALUE(site) AS site, WINDOWSTART AS event_ts,
         COUNT(*) AS hits, COUNT_DISTINCT(ip) AS visitors, SUM(bytes) AS bytes
  FROM click_traffic WINDOW TUMBLING (SIZE 60 SECONDS)
  GROUP BY site;

-- Task 2, bandwidth use per user and per address.
CREATE TABLE user_bandwidth_per_min AS
  SELECT userid AS k1, AS_VALUE(userid) AS userid, WINDOWSTART AS event_ts, COUNT(*) AS hits, SUM(bytes) AS bytes
  FROM clickstream WINDOW TUMBLING (SIZE 60 SECONDS)
  GROUP BY userid;

CREATE TABLE ip_bandwidth_per_min AS
  SELECT ip AS k1, AS_VALUE(ip) AS ip, WINDOWSTART AS event_ts, COUNT(*) AS hits, SUM(bytes) AS bytes
  FROM clickstream WINDOW TUMBLING (SIZE 60 SECONDS)
  GROUP BY ip;

-- Task 3, which user came from which address; cities are in user_names.
CREATE TABLE ip_users_per_min WITH (key_format = 'json') AS
  SELECT ip AS k1, userid AS k2, AS_VALUE(ip) AS ip, AS_VALUE(userid) AS userid, WINDOWSTART AS event_ts,
         COUNT(*) AS hits
  FROM clickstream WINDOW TUMBLING (SIZE 60 SECONDS)
  GROUP BY ip, userid;

CREATE TABLE user_names AS
  SELECT user_id, username, first_name, last_name, city, level
  FROM web_users;

-- Tasks 4 and 6, sessions with their hits and bytes. A session ends after 30 seconds without a click.
CREATE TABLE user_session_traffic AS
  SELECT userid AS k1, AS_VALUE(userid) AS userid, WINDOWSTART AS started, WINDOWEND AS event_ts,
         COUNT(*) AS hits, SUM(bytes) AS bytes
  FROM clickstream WINDOW SESSION (30 SECONDS)
  GROUP BY userid;

CREATE TABLE high_bandwidth_sessions AS
  SELECT userid AS k1, AS_VALUE(userid) AS userid, WINDOWSTART AS started, WINDOWEND AS event_ts,
         COUNT(*) AS hits, SUM(bytes) AS bytes
  FROM clickstream WINDOW SESSION (30 SECONDS)
  GROUP BY userid
  HAVING SUM(bytes) > 100000;

-- Task 5, errors by code and minute, and an alert where a code comes more than five times a minute.
CREATE TABLE errors_by_code_per_min AS
  SELECT status AS k1, AS_VALUE(status) AS status, WINDOWSTART AS event_ts, COUNT(*) AS errors
  FROM clickstream WINDOW TUMBLING (SIZE 60 SECONDS)
  WHERE status >= 400
  GROUP BY status;

CREATE TABLE error_alerts AS
  SELECT status AS k1, AS_VALUE(status) AS status, WINDOWSTART AS event_ts, COUNT(*) AS errors
  FROM clickstream WINDOW TUMBLING (SIZE 60 SECONDS)
  WHERE status >= 400
  GROUP BY status
  HAVING COUNT(*) > 5;

CREATE TABLE code_names AS
  SELECT code, definition
  FROM clickstream_codes;
