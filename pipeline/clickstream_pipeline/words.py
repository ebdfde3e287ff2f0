"""What is said differently in each profile: what to do about a server that does not answer, and why nothing is changed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """The sentences of one profile.

    Args:
        start: what to do where a server does not answer.
        absent: that the servers do not run.
        read_only: how to have changes allowed again.
    """

    start: str
    absent: str
    read_only: str = "Start without --read-only to change things"


EMBEDDED = Words("Start it with: clickstream-tui up --through services", "The embedded servers do not run")
DOCKER = Words("Start it with: clickstream-tui --profile docker up --through services", "The containers do not run")
REMOTE = Words(
    "See that it runs and that its address in the settings is right: clickstream-tui profiles test",
    "The servers of the profile do not answer",
)
BUSY = "It may be busy or hanging: see its log"  # what to do about a server that takes too long, in any profile
BY_PROFILE = {"embedded": EMBEDDED, "docker": DOCKER, "remote": REMOTE}
