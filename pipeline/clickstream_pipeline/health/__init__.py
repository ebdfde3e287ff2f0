"""How well each part of the pipeline is: computed here only, for panes, flow, alerts, `status` and its exit code alike."""

from clickstream_pipeline.health.explain import explain
from clickstream_pipeline.health.judge import Judge
from clickstream_pipeline.health.memory import Memory, MemoryFile

__all__ = ["Judge", "Memory", "MemoryFile", "explain"]
