"""The integration tier skips, and says why, what a machine cannot install."""

from __future__ import annotations

import pytest

from tests.integration.jvm import packages


@pytest.fixture(scope="session")
def jvm() -> None:
    """Java, Maven and Apache Kafka's jars are here after this."""
    try:
        packages.program("java")
        packages.kafka_jars()
    except packages.NotInstallable as error:
        pytest.skip(f"the tier of real Kafka and Elasticsearch did not run: {error}")


@pytest.fixture(scope="session")
def elasticsearches(jvm: None) -> None:
    """The Elasticsearch distributions are here after this."""
    try:
        for version in ("6.3.0", "7.5.2"):
            packages.elasticsearch(version)
    except packages.NotInstallable as error:
        pytest.skip(f"the tier of real Kafka and Elasticsearch did not run: {error}")
