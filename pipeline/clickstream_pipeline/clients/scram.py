"""SCRAM (RFC 5802) as Kafka's clients speak it: what is sent first, and last."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from clickstream_pipeline.credentials import Secret
from clickstream_pipeline.errors import Refused


class Scram:
    """One sign-in.

    Args:
        mechanism: SCRAM-SHA-256 or SCRAM-SHA-512.
        username: who signs in.
        password: proved, never sent.
        nonce: the client's own; a new one by default.
    """

    def __init__(self, mechanism: str, username: str, password: Secret, nonce: str = "") -> None:
        self._hash = mechanism.removeprefix("SCRAM-").replace("-", "").lower()
        self._password = password
        self._nonce = nonce or secrets.token_urlsafe(24)
        name = username.replace("=", "=3D").replace(",", "=2C")
        self._bare = f"n={name},r={self._nonce}"

    @property
    def first(self) -> bytes:
        """What is sent first."""
        return f"n,,{self._bare}".encode()

    def last(self, challenge: bytes) -> bytes:
        """The proof for a server's challenge. Raises Refused for one that is not an answer to `first`."""
        parts = dict(part.split("=", 1) for part in challenge.decode().split(",") if "=" in part)
        if not parts.get("r", "").startswith(self._nonce) or not {"s", "i"} <= parts.keys():
            raise Refused("The broker's challenge is no answer to what was sent")
        salted = hashlib.pbkdf2_hmac(
            self._hash, self._password.reveal().encode(), base64.b64decode(parts["s"]), int(parts["i"])
        )
        key = hmac.digest(salted, b"Client Key", self._hash)
        closing = f"c=biws,r={parts['r']}"
        signed = f"{self._bare},{challenge.decode()},{closing}".encode()
        signature = hmac.digest(hashlib.new(self._hash, key).digest(), signed, self._hash)
        proof = bytes(one ^ other for one, other in zip(key, signature, strict=True))
        return f"{closing},p={base64.b64encode(proof).decode()}".encode()
