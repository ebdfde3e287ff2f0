"""What mends a problem, as far as the console can: one rule for what is shown and for what its key does."""

from __future__ import annotations

from dataclasses import dataclass

from clickstream_pipeline.model import Problem


@dataclass(frozen=True, slots=True)
class Remedy:
    """What is done about a problem.

    Args:
        action: `restart`, `start`, `resume` or `run` of the part itself; `show` where a person has to look at it.
        words: the same beside the key that does it.
    """

    action: str
    words: str


def remedy(problem: Problem) -> Remedy:
    """What mends a problem, by the kind of the part and what is said of it."""
    if problem.kind == "service":
        return Remedy("start", "H starts it") if "is stopped" in problem.why else Remedy("restart", "H restarts it")
    if problem.kind == "connector":
        halted = problem.why.endswith(("is PAUSED", "is STOPPED"))
        return Remedy("resume", "H resumes it") if halted else Remedy("restart", "H restarts it")
    if problem.kind == "stage":
        return Remedy("run", "H runs it")
    return Remedy("show", "H shows it")
