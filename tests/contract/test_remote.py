"""The profile remote: clusters that exist, reached by addresses and credentials of the settings."""

from __future__ import annotations

import contextlib
import json
import ssl
import threading
import time
from collections.abc import Generator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from clickstream_pipeline.clients.connect import ConnectClient
from clickstream_pipeline.clients.http import explain
from clickstream_pipeline.clients.kafka import KafkaClient
from clickstream_pipeline.credentials import Credentials, Secret
from clickstream_pipeline.errors import PipelineError, Refused, Unreachable
from clickstream_pipeline.session import PipelineSession
from clickstream_tui.settings import ConfigError, load
from tests.certificates import openssl
from tests.e2e.test_pipeline import cli
from tests.processes import free_port

PASSWORD = "correct-horse"
# five seconds on a machine with nothing else to do; more would be the minute of a client's own timeout
IN_TIME = 20


class Guarded(BaseHTTPRequestHandler):
    """A Connect worker's door: it knows one user."""

    def do_GET(self) -> None:
        import base64

        wanted = "Basic " + base64.b64encode(f"ada:{PASSWORD}".encode()).decode()
        known = self.headers.get("Authorization") in (wanted, "Bearer token-1")
        body = b"{}" if known else b"<html>who are you</html>"
        self.send_response(200 if known else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on stderr."""


@pytest.fixture
def guarded() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Guarded)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


async def refused(client: ConnectClient) -> PipelineError:
    started = time.monotonic()
    try:
        with pytest.raises(PipelineError) as caught:
            await client.connectors()
    finally:
        await client.close()
    assert time.monotonic() - started < IN_TIME
    return caught.value


async def test_each_way_to_be_kept_out_has_its_own_sentence(guarded: ThreadingHTTPServer, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{guarded.server_port}"
    good = ConnectClient(url, access=Credentials(url, "ada", Secret(PASSWORD)))
    assert await good.connectors() == ()
    await good.close()
    token = ConnectClient(url, access=Credentials(url, token=Secret("token-1")))
    assert await token.connectors() == ()
    await token.close()
    wrong = await refused(ConnectClient(url, access=Credentials(url, "ada", Secret("guessed"))))
    assert "did not accept the credentials" in str(wrong)
    assert "guessed" not in str(wrong)
    closed = await refused(ConnectClient(f"http://127.0.0.1:{free_port()}"))
    assert isinstance(closed, Unreachable)
    assert "does not answer" in str(closed)


@contextlib.contextmanager
def behind_tls(certificate: Path, key: Path) -> Generator[str]:
    """The door behind this certificate: its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Guarded)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


async def test_a_certificate_that_is_not_known(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(certificate), "-days", "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")  # fmt: skip
    with behind_tls(certificate, key) as url:
        unknown = await refused(ConnectClient(url, access=Credentials(url, "ada", Secret(PASSWORD))))
        assert "is not trusted: its certificate is signed by itself" in str(unknown)
        trusted = ConnectClient(url, access=Credentials(url, "ada", Secret(PASSWORD), ca=str(certificate)))
        assert await trusted.connectors() == ()
        await trusted.close()


async def test_a_certificate_that_has_expired(tmp_path: Path) -> None:
    key, request, certificate = tmp_path / "key.pem", tmp_path / "request.pem", tmp_path / "cert.pem"
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(request), "-subj", "/CN=localhost")
    names = tmp_path / "names"
    names.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    openssl("x509", "-req", "-in", str(request), "-signkey", str(key), "-days", "-1", "-extfile", str(names), "-out",
            str(certificate))  # fmt: skip
    with behind_tls(certificate, key) as url:
        expired = await refused(
            ConnectClient(url, access=Credentials(url, "ada", Secret(PASSWORD), ca=str(certificate)))
        )
    assert "is not trusted: its certificate has expired" in str(expired)
    assert PASSWORD not in str(expired)


@pytest.mark.parametrize(("code", "words"), [(10, "has expired"), (62, "is for another name"), (20, "not known here")])
def test_what_is_wrong_with_a_certificate(code: int, words: str) -> None:
    cause = ssl.SSLCertVerificationError(1, "certificate verify failed")
    cause.verify_code, cause.verify_message = code, "x"
    error = httpx.ConnectError("failed")
    error.__cause__ = cause
    assert words in str(explain("Kafka Connect", "https://h", error))


async def test_a_closed_kafka_port_is_told_in_time() -> None:
    client = KafkaClient(f"127.0.0.1:{free_port()}", Credentials("", "ada", Secret(PASSWORD), mechanism="PLAIN"))
    started = time.monotonic()
    with pytest.raises((Unreachable, Refused)) as caught:
        await client.topics()
    assert time.monotonic() - started < IN_TIME
    assert PASSWORD not in str(caught.value)


def test_secrets_do_not_show() -> None:
    access = Credentials("h", "ada", Secret(PASSWORD), token=Secret("token-1"))
    assert PASSWORD not in repr(access)
    assert "token-1" not in f"{access}"


def test_settings_take_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "c.toml"
    file.write_text('[remote.ksqldb]\nurl = "http://h:8088"\npassword = "x"\n')
    with pytest.raises(ConfigError, match="password_env or password_file"):
        load(file, {})
    file.write_text('[remote.ksqldb]\nurl = "http://h:8088"\nusername = "u"\npassword_env = "KSQL_PASSWORD"\n')
    with pytest.raises(PipelineError, match="KSQL_PASSWORD is not set"):
        load(file, {})
    monkeypatch.setenv("KSQL_PASSWORD", PASSWORD)
    assert load(file, {}).remote["ksqldb"].password.reveal() == PASSWORD
    with pytest.raises(ConfigError, match=r"\[remote.connect\]"):
        load(file, {}, profile="remote")


@pytest.mark.long
async def test_remote_drives_servers_that_run(pipeline: PipelineSession, tmp_path: Path) -> None:
    found, file, home = pipeline.addresses, tmp_path / "remote.toml", tmp_path / "home"
    file.write_text(
        f'[remote.kafka]\nbootstrap = "{found.kafka}"\n[remote.connect]\nurl = "{found.connect}"\n'
        f'[remote.ksqldb]\nurl = "{found.ksqldb}"\n[remote.elasticsearch]\nurl = "{found.elasticsearch}"\n'
    )
    options = ("--profile", "remote", "--config", str(file))
    status = cli(home, *options, "status", "--json")
    assert status.returncode == 0, status.stderr
    assert json.loads(status.stdout)["ready"] is True
    rows = cli(
        home, *options, "query", "SELECT COUNT(*) FROM CLICKSTREAM GROUP BY STATUS EMIT CHANGES LIMIT 1;", "--json"
    )
    assert rows.returncode == 0, rows.stderr
    changed = cli(home, *options, "topics", "create", "t-remote")
    assert changed.returncode == 1
    assert "read-only" in changed.stderr
    file.write_text("read_only = false\n" + file.read_text())
    assert cli(home, *options, "topics", "create", "t-remote").returncode == 0
    assert cli(home, *options, "topics", "delete", "t-remote").returncode == 0


@pytest.fixture
def closed(tmp_path: Path) -> tuple[str, ...]:
    """The options of a profile whose servers are all away."""
    file, url = tmp_path / "closed.toml", "http://127.0.0.1:{}"
    file.write_text(
        f'read_only = false\n[remote.kafka]\nbootstrap = "127.0.0.1:{free_port()}"\n'
        + "".join(
            f'[remote.{name}]\nurl = "{url.format(free_port())}"\n' for name in ("connect", "ksqldb", "elasticsearch")
        )
    )
    return "--profile", "remote", "--config", str(file)


@pytest.mark.long
def test_servers_that_are_all_away_are_down_with_address_and_cause(closed: tuple[str, ...], tmp_path: Path) -> None:
    status = cli(tmp_path / "home", *closed, "status", "--json")
    assert status.returncode == 2
    found = json.loads(status.stdout)
    assert (found["status"], found["ready"]) == ("down", False)
    why = {problem["name"]: problem["why"] for problem in found["problems"] if problem["kind"] == "service"}
    assert set(why) == {"kafka", "connect", "ksqldb", "elasticsearch"}
    assert all("127.0.0.1:" in text and "connection refused" in text for text in why.values())
    assert not [stage["name"] for stage in found["stages"] if stage["state"] == "done"]
    doctor = cli(tmp_path / "home", *closed, "doctor")
    assert doctor.returncode == 1
    assert doctor.stdout.count("connection refused") == 4


@pytest.mark.long
def test_what_is_said_of_servers_that_are_away_is_said_for_their_profile(
    closed: tuple[str, ...], tmp_path: Path
) -> None:
    tail = cli(tmp_path / "home", *closed, "tail", "clickstream")
    assert (tail.returncode, tail.stdout) == (2, "")
    assert "connection refused" in tail.stderr
    up = cli(tmp_path / "home", *closed, "up", "--timeout", "15")
    assert up.returncode != 0
    assert "waiting: kafka is unreachable" in up.stderr
    down = cli(tmp_path / "home", *closed, "down")
    assert down.returncode == 1
    said = tail.stderr + up.stderr + down.stderr
    assert "clickstream-tui up" not in said
    assert "starting the servers" not in said
