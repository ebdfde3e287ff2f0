"""What Docker refuses, as one sentence with its cure."""

from __future__ import annotations


class EngineError(Exception):
    """Docker refused or cannot be reached; `hint` says what to do next."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


# part of Docker's, compose's or confluent-hub's own words -> cause, cure; the first that is found holds
CAUSES = (
    ("permission denied", "This user may not use Docker", "Add the user to the group `docker`, or use sudo"),
    ("cannot connect to the docker daemon", "The Docker engine does not run", "Start it: sudo systemctl start docker"),
    ("connection refused", "The Docker engine does not run", "Start it: sudo systemctl start docker"),
    ("no such file or directory: 'docker-compose'", "Docker has no compose", "Install docker-compose-plugin"),
    ("no such file or directory", "The Docker engine does not run", "Start it: sudo systemctl start docker"),
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
        if part in text.lower():
            return EngineError(f"{cause}, so {what} failed: {last_line(text)}", cure)
    return EngineError(f"{what} failed: {last_line(text)}")


def last_line(text: str) -> str:
    """The last line that is not blank."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"
