"""Which process a query runs in."""

from clickstream_embedded.ksqldb.runtime.placement import Placement


def test_queries_over_one_topic_run_together() -> None:
    placement = Placement(2)
    first = placement.place("a", {"clicks", "users"})
    assert placement.place("b", {"clicks"}) == first
    assert placement.place("c", {"derived"}) == 1 - first
    assert placement.place("d", {"derived"}) == 1 - first
    assert placement.place("e", {"clicks", "codes"}) == first


def test_a_topic_does_not_fill_one_process_for_ever() -> None:
    placement = Placement(2)
    places = [placement.place(str(number), {"clicks"}) for number in range(20)]
    assert set(places) == {0, 1}
    assert abs(places.count(0) - places.count(1)) <= 8


def test_an_ended_query_leaves_its_place() -> None:
    placement = Placement(2)
    assert placement.place("a", {"clicks"}) == 0
    placement.forget("a")
    placement.forget("never there")
    assert placement.place("b", {"users"}) == 0
    assert placement.place("c", {"clicks"}) == 1


def test_one_process_takes_all() -> None:
    placement = Placement(1)
    assert {placement.place(str(number), {f"t{number}"}) for number in range(30)} == {0}
