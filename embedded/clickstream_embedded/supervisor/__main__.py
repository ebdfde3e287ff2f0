"""`python -m clickstream_embedded.supervisor HOME [NAME=PORT …]`, started by the client as a session of its own."""

from __future__ import annotations

import asyncio
import logging
import sys
from pathlib import Path

from clickstream_embedded.process import serve_forever
from clickstream_embedded.supervisor.supervisor import AlreadyRunning, Supervisor


def main() -> int:
    home = Path(sys.argv[1])
    wanted = {name: int(port) for name, port in (argument.split("=", 1) for argument in sys.argv[2:])}

    async def run(stop: asyncio.Event) -> None:
        try:
            supervisor = Supervisor(home, wanted)
        except AlreadyRunning:
            logging.getLogger("supervisor").info("another supervisor runs %s already", home)
            return
        await supervisor.run(stop)

    return serve_forever("supervisor", run)


if __name__ == "__main__":
    sys.exit(main())
