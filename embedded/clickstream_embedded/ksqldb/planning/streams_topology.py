"""The topology of a query in Kafka Streams' words: its processors, state stores and topics (`TopologyDescription`)."""

from __future__ import annotations

from dataclasses import dataclass, field

from clickstream_embedded.ksqldb.planning.execution_steps import Step


@dataclass
class _Node:
    kind: str
    name: str
    detail: str
    group: int
    behind: list[str] = field(default_factory=list[str])
    before: list[str] = field(default_factory=list[str])


class _Streams:
    """Names processors as Kafka Streams does: each one takes a number, also where it has a name of its own."""

    def __init__(self) -> None:
        self._number = 0
        self._nodes: dict[str, _Node] = {}
        self._groups = 0
        self._stores: dict[str, str] = {}  # the store that a table's last processor reads, by its name

    def _take(self, prefix: str, name: str = "") -> str:
        made = name or f"{prefix}-{self._number:010}"
        self._number += 1
        return made

    def _add(self, kind: str, name: str, detail: str, *before: str) -> str:
        if before:
            group = self._nodes[before[0]].group
            for other in before[1:]:
                self._unite(group, self._nodes[other].group)
        else:
            group = self._groups
            self._groups += 1
        self._nodes[name] = _Node(kind, name, detail, group, before=list(before))
        for other in before:
            self._nodes[other].behind.append(name)
        return name

    def _processor(self, prefix: str, name: str, stores: tuple[str, ...], *before: str) -> str:
        made = self._take(prefix, name)
        self._add("Processor", made, f"(stores: [{', '.join(stores)}])", *before)
        kept = next((self._stores[other] for other in before if other in self._stores), None)
        if kept is not None:
            self._stores[made] = kept
        return made

    def _unite(self, group: int, other: int) -> None:
        for node in self._nodes.values():
            if node.group == other:
                node.group = group

    def _repartitioned(self, name: str, last: str) -> str:
        last = self._processor("", f"{name}-repartition-filter", (), last)
        self._add("Sink", self._take("", f"{name}-repartition-sink"), f"(topic: {name}-repartition)", last)
        return self._add("Source", self._take("", f"{name}-repartition-source"), f"(topics: [{name}-repartition])")

    def build(self, step: Step) -> str:
        """Adds a step and those before it; the name of its last processor."""
        match step.operation:
            case "SOURCE":
                return self._source(step)
            case "JOIN":
                return self._join(step)
            case _:
                last = self.build(step.sources[0])
        name = "-".join(step.context)
        match step.operation:
            case "GROUP_BY":
                return self._grouped(step, name, last)
            case "AGGREGATE":
                return self._aggregated(step, name, last)
            case "REKEY":
                name = name if name.endswith("-SelectKey") else f"{name}-SelectKey"
                return self._processor("", name, (), last)
            case "SUPPRESS":
                store = f"KTABLE-SUPPRESS-STATE-STORE-{self._number + 1:010}"
                return self._processor("KTABLE-SUPPRESS", "", (store,), last)
            case "SINK":
                last = self._processor("KTABLE-TOSTREAM", "", (), last) if step.is_table else last
                return self._add("Sink", self._take("KSTREAM-SINK"), f"(topic: {step.topic})", last)
            case _:
                return self._processor("", name, (), last)

    def _source(self, step: Step) -> str:
        last = self._add("Source", self._take("KSTREAM-SOURCE"), f"(topics: [{step.topic}])")
        if not step.is_table:
            return self._processor("KSTREAM-TRANSFORMVALUES", "", (), last)
        store = f"{step.context[0]}-Reduce"
        last = self._processor("KTABLE-SOURCE", "", (store,), last)
        self._stores[last] = store
        return self._processor("KTABLE-TRANSFORMVALUES", "", (), last)

    def _grouped(self, step: Step, name: str, last: str) -> str:
        if not step.repartitions:
            return last
        if not step.is_table:
            last = self._processor("KSTREAM-FILTER", "", (), last)
        last = self._processor("", name, (), last)
        return self._repartitioned(name, last)

    def _aggregated(self, step: Step, name: str, last: str) -> str:
        prefix = "KTABLE-AGGREGATE" if step.sources[0].is_table else "KSTREAM-AGGREGATE"
        store = f"{name}-Materialize"
        last = self._processor(prefix, "", (store,), last)
        self._stores[last] = store
        last = self._processor("", f"{name}-ToOutputSchema", (), last)
        return self._processor("", f"{name}-WindowSelect", (), last) if step.window else last

    def _join(self, step: Step) -> str:
        name = "-".join(step.context)
        left_step, right_step = step.sources
        left, right = self.build(left_step), self.build(right_step)
        if left_step.operation == "REKEY":
            left = self._repartitioned(f"{name}-left", left)
        if right_step.operation == "REKEY":
            right = self._repartitioned(f"{name}-right", right)
        if step.is_table:
            this = self._processor("KTABLE-JOINTHIS", "", (self._stores.get(right, ""),), left)
            other = self._processor("KTABLE-JOINOTHER", "", (self._stores.get(left, ""),), right)
            return self._processor("KTABLE-MERGE", "", (), this, other)
        if right_step.is_table:
            made = self._processor("", name, (self._stores.get(right, ""),), left)
            self._unite(self._nodes[left].group, self._nodes[right].group)
            return made
        return self._windowed_join(step, name, left, right)

    def _windowed_join(self, step: Step, name: str, left: str, right: str) -> str:
        outer = "" if step.join == "INNER" else "outer-"
        this_store, other_store = (
            f"KSTREAM-{word}-{self._number + place:010}-store"
            for place, word in ((2, "JOINTHIS" if not outer else "OUTERTHIS"), (3, "JOINOTHER" if not outer else "OUTEROTHER"))
        )  # fmt: skip
        this = self._processor("", f"{name}-this-windowed", (this_store,), left)
        other = self._processor("", f"{name}-other-windowed", (other_store,), right)
        this = self._processor("", f"{name}-{outer}this-join", (other_store,), this)
        other = self._processor("", f"{name}-{outer}other-join", (this_store,), other)
        return self._processor("", f"{name}-merge", (), this, other)

    def text(self) -> str:
        groups = list(dict.fromkeys(node.group for node in self._nodes.values()))
        lines = ["Topologies:"]
        for number, group in enumerate(groups):
            lines.append(f"{'   ' if number == 0 else '  '}Sub-topology: {number}")
            for node in self._nodes.values():
                if node.group != group:
                    continue
                lines.append(f"    {node.kind}: {node.name} {node.detail}")
                if node.kind != "Sink":
                    lines.append(f"      --> {', '.join(node.behind) or 'none'}")
                if node.kind != "Source":
                    lines.append(f"      <-- {', '.join(node.before)}")
            lines.append("")
        return "\n".join(lines) + "\n"


def describe_topology(step: Step) -> str:
    """The topology that Kafka Streams builds of a query's steps.

    Args:
        step: The last step of the query.

    Returns:
        The text that EXPLAIN and `TopologyDescription.toString` give.
    """
    streams = _Streams()
    streams.build(step)
    return streams.text()
