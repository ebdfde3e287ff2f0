"""What Docker refuses, as one sentence with its cure."""

from __future__ import annotations

import re


class EngineError(Exception):
    """Docker refused or cannot be reached; `hint` says what to do next."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


# part of Docker's, compose's or confluent-hub's own words -> cause, cure; the first that is found holds
CAUSES = (
    ("connect: permission denied", "This user may not use Docker", "Add the user to the group `docker`, or use sudo"),
    ("permission denied while trying to connect", "This user may not use Docker", "Add the user to the group `docker`, or use sudo"),
    ("permissionerror(13", "This user may not use Docker", "Add the user to the group `docker`, or use sudo"),
    ("cannot connect to the docker daemon", "The Docker engine does not run", "Start it: sudo systemctl start docker"),
    ("couldn't connect to docker daemon", "The Docker engine does not run", "Start it: sudo systemctl start docker"),
    ("error while fetching server api version", "The Docker engine does not run", "Start it: sudo systemctl start docker"),
    ("executable file not found", "An image has no such program", "Check the image's version in .env"),
    ("permission denied: unknown", "A script of the stack may not be run", "clickstream-tui --profile docker doctor --fix"),
    ("error setting rlimit", "This host refuses to raise resource limits", "Add the overlay no-ulimits.yml"),
    ("port is already allocated", "A port of the stack is taken", "Stop what uses it, or set BIND or the ports in .env"),
    ("address already in use", "A port of the stack is taken", "Stop what uses it, or set BIND or the ports in .env"),
    ("is already in use by container", "A container of that name is left over", "Remove it: docker rm NAME"),
    ("no space left on device", "The disk is full", "Free some: docker system prune"),
    ("no matching manifest", "An image does not exist for this processor", "Set another version in .env"),
    ("manifest unknown", "An image of that version does not exist", "Set another version in .env"),
    ("manifest for", "An image of that version does not exist", "Set another version in .env"),
    ("exec format error", "An image is made for another processor", "Set another version in .env, or install its emulation"),
    ("pull access denied", "An image cannot be had", "Check its name and version in .env"),
    ("toomanyrequests", "The image registry refuses more pulls for now", "Log in with docker login, or wait"),
    ("unable to find a component", "Confluent's hub has no connector of that version",
     "Set another version in .env, or put its archive into the volume plugins as archives/OWNER-NAME-VERSION.zip"),
    ("cannot be had from the hub", "Confluent's hub has no connector of that version",
     "Set another version in .env, or put its archive into the volume plugins as archives/OWNER-NAME-VERSION.zip"),
    ("i/o timeout", "An image registry does not answer", "Check the network and the proxy"),
    ("no such host", "A name cannot be resolved", "Check DNS and the proxy"),
    ("context not found", "The Docker context does not exist", "Choose one: docker context use NAME"),
)  # fmt: skip


def explain(text: str, what: str) -> EngineError:
    """Docker's error text as a sentence with its cure.

    Args:
        text: What Docker, compose or a container's log said; the last line is quoted.
        what: What was tried, for the sentence.
    """
    for part, cause, cure in CAUSES:
        for line in reversed(text.splitlines()):
            if part in line.lower():
                return EngineError(f"{cause}, so {what} failed: {line.strip()}", cure)
    return EngineError(f"{what} failed: {telling_line(text)}")


def telling_line(text: str) -> str:
    """The last line that speaks of an error and says which; else the last that is not blank."""
    for line in reversed(text.splitlines()):
        if (
            re.search(r"error|cannot|failed|denied|refused|invalid", line, re.IGNORECASE)
            and "Encountered errors" not in line
        ):
            return line.strip()
    return last_line(text)


def last_line(text: str) -> str:
    """The last line that is not blank."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"
