"""Whether a configuration is one that its connector's class takes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from clickstream_embedded.connect.config import catalog
from clickstream_embedded.connect.config.catalog import Plugin
from clickstream_embedded.connect.config.validation import Validation, validate
from clickstream_embedded.connect.data import java_text
from clickstream_embedded.connect.java_errors import ConfigError, JavaError
from clickstream_embedded.connect.java_hashes import hash_order
from clickstream_embedded.connect.worker.refusal import RequestRefused


def find_plugin(config: Mapping[str, str | None]) -> Plugin:
    """The class that a configuration names. Raises RequestRefused."""
    name = config.get("connector.class")
    if name is None:
        shown = ", ".join(f"{key}={java_text(config[key])}" for key in hash_order(config, copied=True))
        raise RequestRefused(400, f"Connector config {{{shown}}} contains no connector type")
    plugin = catalog.find_connector(name)
    if plugin is None:
        listed = ", ".join(
            f"PluginDesc{{klass=class {each.class_name}, name='{each.class_name}', version='{each.version}', "
            f"encodedVersion={each.version}, type={each.kind}, typeName='{each.kind}', location='classpath'}}"
            for each in catalog.CONNECTORS
        )
        raise RequestRefused(
            500,
            f"Failed to find any class that implements Connector and which name matches {name}, "
            f"available connectors are: {listed}",
        )
    return plugin


async def validation(config: Mapping[str, str | None], group: str) -> Validation:
    """What is wrong with a configuration. Raises RequestRefused."""
    plugin = find_plugin(config)
    try:
        return await asyncio.to_thread(validate, plugin, config, group)
    except ConfigError as error:  # settings of a client that it cannot read
        raise RequestRefused(500, str(error)) from None


async def check(config: Mapping[str, str | None], group: str) -> None:
    """Raises RequestRefused for a configuration that the connector does not accept."""
    try:
        found = (await validation(config, group)).errors
    except JavaError as error:  # what its validation throws is wrapped, and told with its class
        raise RequestRefused(500, error.line) from None
    if found:
        lines = "\n".join(found)
        raise RequestRefused(
            400,
            f"Connector configuration is invalid and contains the following {len(found)} error(s):\n{lines}\n"
            "You can also find the above list of errors at the endpoint "
            "`/connector-plugins/{connectorType}/config/validate`",
        )
