"""`serve`: the console in a browser, with everything that it needs from this machine."""

from __future__ import annotations

import asyncio
import re
import shlex
import sys
from pathlib import Path

from clickstream_pipeline.errors import PipelineError
from clickstream_tui.cli.exit_codes import DONE
from clickstream_tui.cli.session import say
from clickstream_tui.settings import Settings

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
# what the page of textual-serve asks of other hosts: fonts; the console shows well in what the machine has
_OUTSIDE = re.compile(
    r"""<link[^>]+href=["']https?://[^>]+>|@import\s+url\(["']?https?://[^)]+\)\s*;?""", re.IGNORECASE
)


def arguments(settings: Settings) -> list[str]:
    """The command of the served console: this one's own, with every global option that is in force."""
    given = [sys.executable, "-m", "clickstream_tui", "--profile", settings.profile, "--home", str(settings.home)]
    for name, value in (
        ("--config", settings.config),
        ("--dashboard", settings.dashboard),
        ("--replay", settings.replay),
    ):
        if value is not None:
            given += [name, str(Path(value).absolute())]
    if settings.profile_name:
        given[given.index("--profile") + 1] = settings.profile_name
    return given + (["--read-only"] if settings.read_only else []) + (["--verbose"] if settings.verbose else [])


def without_outside(page: str) -> str:
    """A page without what it would fetch from other hosts."""
    return _OUTSIDE.sub("", page)


def serve(settings: Settings, host: str, port: int) -> int:
    """Serves until it is interrupted. Raises PipelineError where the address cannot be had."""
    from aiohttp import web  # only this verb needs a web server
    from rich.console import Console
    from textual_serve import app_service
    from textual_serve import server as textual_server

    if host not in _LOOPBACK:
        say(f"Warning: anybody who can reach {host}:{port} can use this console.")

    class OwnServer(textual_server.Server):
        """Textual's server with its page as it is needed without a network."""

        async def _make_app(self) -> web.Application:
            made = await super()._make_app()

            async def tidy(_: web.Request, response: web.StreamResponse) -> None:
                if isinstance(response, web.Response) and response.content_type in ("text/html", "text/css"):
                    response.text = without_outside(response.text or "")
                response.headers["Content-Security-Policy"] = (
                    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; connect-src 'self' ws: wss:"
                )

            made.on_response_prepare.append(tidy)
            return made

    class OwnService(app_service.AppService):
        """Starts the console by its arguments: textual-serve starts it through a shell."""

        async def _open_app_process(self, width: int = 80, height: int = 24) -> asyncio.subprocess.Process:
            self._process = process = await asyncio.create_subprocess_exec(
                *shlex.split(self.command), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE, env=self._build_environment(width=width, height=height),
            )  # fmt: skip
            assert process.stdin is not None
            self._stdin = process.stdin
            return process

    textual_server.AppService = OwnService  # pyright: ignore[reportPrivateImportUsage]
    server = OwnServer(shlex.join(arguments(settings)), host=host, port=port, title="clickstream-tui")
    server.console = Console(stderr=True)
    try:
        server.serve()
    except OSError as error:
        raise PipelineError(f"The console cannot be served at {host}:{port} ({error.strerror})",
                            hint="Choose another with --port") from error  # fmt: skip
    return DONE
