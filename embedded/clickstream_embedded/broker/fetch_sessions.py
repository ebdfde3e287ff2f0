"""Incremental fetch sessions (KIP-227): a consumer names its partitions once, then only what changes."""

from __future__ import annotations

import secrets
import uuid
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from kio.schema.errors import ErrorCode

from clickstream_embedded.broker.errors import KafkaApiError
from clickstream_embedded.broker.transactions import Place

_MAX_SESSIONS = 1000  # max.incremental.fetch.session.cache.slots
_FINAL_EPOCH, _FIRST_EPOCH = -1, 0
_LAST_EPOCH = 2**31 - 1
_KNOWS_IDS = 13  # the version of Fetch from which on topics have ids and no names
_ZERO_ID = uuid.UUID(int=0)


def _has_ids(request: Any) -> bool:
    return request.__version__ >= _KNOWS_IDS


def epoch_of(request: Any) -> int:
    """The epoch of the session that a fetch is of."""
    return getattr(request, "session_epoch", _FINAL_EPOCH)


@dataclass(slots=True)
class Session:
    """A consumer's partitions, as its requests named them, and what it was last told of each."""

    session_id: int
    epoch: int = 1
    uses_ids: bool = False  # of topics, in place of their names (KIP-516)
    wanted: OrderedDict[Place, Any] = field(default_factory=OrderedDict[Place, Any])
    told: dict[Place, tuple[int, int, int]] = field(default_factory=dict[Place, tuple[int, int, int]])
    ids: dict[str, uuid.UUID] = field(default_factory=dict[str, uuid.UUID])  # by name, where the client gives ids

    def update(self, request: Any, name_of: Callable[[uuid.UUID], str]) -> None:
        for topic in request.topics:
            name = self._name(topic, name_of)
            for each in topic.partitions:
                self.wanted[name, each.partition] = each
        if epoch_of(request) in (_FINAL_EPOCH, _FIRST_EPOCH):
            return  # a session that begins has nothing to forget
        for topic in getattr(request, "forgotten_topics_data", ()):
            name = self._name(topic, name_of)
            for number in topic.partitions:
                self.wanted.pop((name, number), None)
                self.told.pop((name, number), None)

    def _name(self, topic: Any, name_of: Callable[[uuid.UUID], str]) -> str:
        if hasattr(topic, "topic"):
            return topic.topic
        topic_id = topic.topic_id or _ZERO_ID
        name = name_of(topic_id)
        self.ids[name] = topic_id
        return name

    def news(self, answers: dict[Place, dict[str, Any]]) -> dict[Place, dict[str, Any]]:
        """The answers that say something new: records, an error, or other offsets than the last time."""
        new: dict[Place, dict[str, Any]] = {}
        for place, answer in answers.items():
            state = answer["high_watermark"], answer["last_stable_offset"], answer["log_start_offset"]
            if answer["records"] or answer["error_code"] != 0 or self.told.get(place) != state:
                new[place] = answer
                self.told[place] = state
                if answer["records"] and place in self.wanted:  # others first the next time
                    self.wanted.move_to_end(place)
        return new


class FetchSessions:
    """The sessions of all consumers; the longest unused goes when there are too many."""

    def __init__(self) -> None:
        self._sessions: OrderedDict[int, Session] = OrderedDict()

    def _new_id(self) -> int:
        """One that nobody has, and nobody can guess."""
        while (found := secrets.randbelow(_LAST_EPOCH) + 1) in self._sessions:
            pass
        return found

    def of(self, request: Any, name_of: Callable[[uuid.UUID], str]) -> tuple[Session | None, bool]:
        """(the request's session, whether the request is incremental). Raises KafkaApiError."""
        session_id, epoch = getattr(request, "session_id", 0), getattr(request, "session_epoch", _FINAL_EPOCH)
        if epoch in (_FINAL_EPOCH, _FIRST_EPOCH):
            self._sessions.pop(session_id, None)
            if epoch == _FINAL_EPOCH or not request.topics:
                return None, False
            session = Session(self._new_id(), uses_ids=_has_ids(request))
            session.update(request, name_of)
            self._sessions[session.session_id] = session
            if len(self._sessions) > _MAX_SESSIONS:
                self._sessions.popitem(last=False)
            return session, False
        session = self._sessions.get(session_id)
        if session is None:
            raise KafkaApiError(ErrorCode.fetch_session_id_not_found)
        if epoch != session.epoch:
            raise KafkaApiError(ErrorCode.invalid_fetch_session_epoch)
        if session.uses_ids != _has_ids(request):
            raise KafkaApiError(ErrorCode.fetch_session_topic_id_error)
        session.epoch = 1 if epoch == _LAST_EPOCH else epoch + 1
        session.update(request, name_of)
        if not session.wanted:  # one that has nothing to read any more is none
            del self._sessions[session_id]
            return None, False
        self._sessions.move_to_end(session_id)
        return session, True
