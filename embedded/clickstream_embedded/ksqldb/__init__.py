"""A ksqlDB server: statements in, continuous queries over Kafka topics, rows out."""

import decimal

# a DECIMAL has as many digits as its type says; Python's own limit is 28
decimal.DefaultContext.prec = 1000  # of threads to come
decimal.getcontext().prec = decimal.DefaultContext.prec
