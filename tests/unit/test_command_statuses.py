"""How commands ended is kept, and does not grow without bound."""

from clickstream_embedded.ksqldb.commands.command_log import CommandStatuses


def test_the_latest_are_kept_and_the_oldest_forgotten() -> None:
    statuses = CommandStatuses(most=3)
    for name in ("a", "b", "c"):
        statuses.note(name, "SUCCESS")
    statuses.note("a", "ERROR")  # the same id again is the latest, and takes no second place
    statuses.note("d", "SUCCESS")
    assert statuses.all() == {"c": "SUCCESS", "a": "ERROR", "d": "SUCCESS"}
    assert statuses.get("b") is None
