"""The names that SET takes: ksqlDB's own properties and those of Kafka Streams and its clients (their documentation)."""

from __future__ import annotations

from clickstream_embedded.ksqldb.errors import KsqlError

_STREAMS = """
acceptable.recovery.lag application.id application.server auto.include.jmx.reporter bootstrap.servers
buffered.records.per.partition built.in.metrics.version cache.max.bytes.buffering client.id commit.interval.ms
connections.max.idle.ms default.client.supplier default.deserialization.exception.handler default.dsl.store
default.key.serde default.list.key.serde.inner default.list.key.serde.type default.list.value.serde.inner
default.list.value.serde.type default.production.exception.handler default.timestamp.extractor default.value.serde
max.task.idle.ms max.warmup.replicas metadata.max.age.ms metric.reporters metrics.num.samples metrics.recording.level
metrics.sample.window.ms num.standby.replicas num.stream.threads partition.grouper poll.ms probing.rebalance.interval.ms
processing.guarantee rack.aware.assignment.tags receive.buffer.bytes reconnect.backoff.max.ms reconnect.backoff.ms
repartition.purge.interval.ms replication.factor request.timeout.ms retries retry.backoff.ms rocksdb.config.setter
security.protocol send.buffer.bytes state.cleanup.delay.ms state.dir statestore.cache.max.bytes task.timeout.ms
topology.optimization upgrade.from window.size.ms windowed.inner.class.serde windowstore.changelog.additional.retention.ms
"""
_CONSUMER = """
allow.auto.create.topics auto.commit.interval.ms auto.offset.reset check.crcs client.dns.lookup client.rack
default.api.timeout.ms enable.auto.commit exclude.internal.topics fetch.max.bytes fetch.max.wait.ms fetch.min.bytes
group.id group.instance.id heartbeat.interval.ms interceptor.classes internal.leave.group.on.close isolation.level
key.deserializer max.partition.fetch.bytes max.poll.interval.ms max.poll.records partition.assignment.strategy
session.timeout.ms value.deserializer socket.connection.setup.timeout.ms socket.connection.setup.timeout.max.ms
security.providers
"""
_PRODUCER = """
acks batch.size buffer.memory compression.type delivery.timeout.ms enable.idempotence key.serializer linger.ms max.block.ms
max.in.flight.requests.per.connection max.request.size metadata.max.idle.ms partitioner.class
partitioner.adaptive.partitioning.enable partitioner.availability.timeout.ms partitioner.ignore.keys transaction.timeout.ms
transactional.id value.serializer
"""
_SECURITY = """
sasl.client.callback.handler.class sasl.jaas.config sasl.kerberos.kinit.cmd sasl.kerberos.min.time.before.relogin
sasl.kerberos.service.name sasl.kerberos.ticket.renew.jitter sasl.kerberos.ticket.renew.window.factor
sasl.login.callback.handler.class sasl.login.class sasl.login.refresh.buffer.seconds
sasl.login.refresh.min.period.seconds sasl.login.refresh.window.factor sasl.login.refresh.window.jitter sasl.mechanism
ssl.cipher.suites ssl.enabled.protocols ssl.endpoint.identification.algorithm ssl.engine.factory.class ssl.key.password
ssl.keymanager.algorithm ssl.keystore.certificate.chain ssl.keystore.key ssl.keystore.location ssl.keystore.password
ssl.keystore.type ssl.protocol ssl.provider ssl.secure.random.implementation ssl.trustmanager.algorithm
ssl.truststore.certificates ssl.truststore.location ssl.truststore.password ssl.truststore.type
"""
_KSQL = """
ksql.access.validator.enable ksql.any.key.name.enabled ksql.assert.schema.default.timeout.ms
ksql.assert.topic.default.timeout.ms ksql.authorization.cache.expiry.time.secs ksql.authorization.cache.max.entries
ksql.cast.strings.preserve.nulls ksql.connect.basic.auth.credentials.file ksql.connect.basic.auth.credentials.source
ksql.connect.errors.skip ksql.connect.request.headers.plugin ksql.connect.request.timeout.ms ksql.connect.url
ksql.connect.worker.config ksql.create.or.replace.enabled ksql.endpoint.logging.log.queries ksql.error.classifier.regex
ksql.extension.dir ksql.fail.on.deserialization.error ksql.fail.on.production.error ksql.functions.collect_list.limit
ksql.functions.collect_set.limit ksql.headers.columns.enabled ksql.heartbeat.enable ksql.hidden.topics
ksql.insert.into.values.enabled ksql.internal.topic.min.insync.replicas ksql.internal.topic.replicas
ksql.lag.reporting.enable ksql.lambdas.enabled ksql.metastore.backup.location ksql.metrics.tags.custom
ksql.new.query.planner.enabled ksql.nested.error.set.null ksql.output.topic.name.prefix ksql.persistence.default.format.key
ksql.persistence.default.format.value ksql.persistence.ensure.topic.exists.wait.ms ksql.persistence.wrap.single.values
ksql.properties.overrides.denylist ksql.pull.queries.enable ksql.query.cleanup.shutdown.timeout.ms
ksql.query.error.max.queue.size ksql.query.persistent.active.limit ksql.query.persistent.max.bytes.buffering.total
ksql.query.pull.consistency.token.enabled ksql.query.pull.enable.standby.reads ksql.query.pull.forwarding.timeout.ms
ksql.query.pull.interpreter.enabled ksql.query.pull.limit.clause.enabled ksql.query.pull.max.allowed.offset.lag
ksql.query.pull.max.concurrent.requests ksql.query.pull.max.hourly.bandwidth.megabytes ksql.query.pull.max.qps
ksql.query.pull.metrics.enabled ksql.query.pull.range.scan.enabled ksql.query.pull.router.thread.pool.size
ksql.query.pull.stream.enabled ksql.query.pull.table.scan.enabled ksql.query.pull.thread.pool.size
ksql.query.push.v2.alos.enabled ksql.query.push.v2.catchup.consumer.msg.window ksql.query.push.v2.continuation.tokens.enabled
ksql.query.push.v2.enabled ksql.query.push.v2.interpreter.enabled ksql.query.push.v2.latest.reset.age.ms
ksql.query.push.v2.max.hourly.bandwidth.megabytes ksql.query.push.v2.metrics.enabled
ksql.query.push.v2.new.latest.delay.ms ksql.query.push.v2.registry.installed ksql.query.retry.backoff.initial.ms
ksql.query.retry.backoff.max.ms ksql.query.status.running.threshold.seconds ksql.query.transient.max.bytes.buffering.total
ksql.readonly.topics ksql.rowpartition.rowoffset.enabled ksql.runtime.feature.shared.enabled ksql.schema.registry.url
ksql.security.extension.class ksql.service.id ksql.sink.partitions ksql.sink.replicas ksql.sink.window.change.log.additional.retention
ksql.source.table.materialization.enabled ksql.stream.stream.join.zero.grace.period.enabled ksql.suppress.buffer.size.bytes
ksql.suppress.enabled ksql.timestamp.throw.on.invalid ksql.transient.prefix ksql.udf.collect.metrics
ksql.udf.enable.security.manager ksql.udfs.enabled ksql.variable.substitution.enable ksql.websocket.connection.max.timeout.ms
ksql.windowed.session.key.legacy ksql.wrap.single.values
"""
_CLIENTS = frozenset((_STREAMS + _CONSUMER + _PRODUCER + _SECURITY).split())
_OWN = frozenset(_KSQL.split())
_PREFIXES = ("main.consumer.", "restore.consumer.", "global.consumer.", "consumer.", "producer.", "admin.")


def bare(name: str) -> str:
    """A property without what says whose it is."""
    name = name.removeprefix("ksql.streams.")
    return name.removeprefix(next((each for each in _PREFIXES if name.startswith(each)), ""))


def is_known(name: str) -> bool:
    """Whether a property of that name can be set."""
    if name in _OWN or name.startswith(("ksql.functions.", "topic.", "ksql.streams.topic.")):
        return True
    return bare(name) in _CLIENTS


def check_name(name: str) -> None:
    """Raises KsqlError for a property that there is not."""
    if not is_known(name):
        raise KsqlError(f"Unknown property: {name}")
