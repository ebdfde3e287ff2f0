"""The ASGI application of one worker."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from clickstream_embedded.connect.config.catalog import KAFKA_VERSION
from clickstream_embedded.connect.rest import connectors, plugins
from clickstream_embedded.connect.rest.router import Router, json_response
from clickstream_embedded.connect.worker.herder import Herder


def application(herder: Herder, cluster_id: Callable[[], Awaitable[str]]) -> Router:
    """All routes over one herder.

    Args:
        herder: the worker's connectors.
        cluster_id: asks the broker for the id of its cluster.
    """
    router = Router(herder.ready)

    async def root(_: Request) -> Response:
        return json_response({"version": KAFKA_VERSION, "commit": "embedded", "kafka_cluster_id": await cluster_id()})

    async def health(_: Request) -> Response:  # KIP-1017; before the worker is ready, too
        if herder.is_ready:
            message = "Worker has completed startup and is ready to handle requests."
            return json_response({"status": "healthy", "message": message})
        return json_response({"status": "starting", "message": "Worker is still starting up."}, 503)

    router.add("GET", "/", root)
    router.add("GET", "/health", health)
    connectors.routes(router, herder)
    plugins.routes(router, herder)
    return router
