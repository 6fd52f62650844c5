"""Every message survives the wire, tells its type, and belongs to one stream."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.unit.common.any_message import messages_of

from poise_common.contracts.message import Message
from poise_common.contracts.streams import STREAMS, Service, StreamKind, consumed_by, published_by, stream_of
from poise_common.platform.bus.wire import DATA_FIELD, Malformed, decoder_of, encode

TYPES = [message for stream in STREAMS for message in stream.messages]


@pytest.mark.parametrize("message_type", TYPES, ids=lambda each: each.__name__)
def test_the_type_of_a_message_is_its_class_name(message_type: type[Message]) -> None:
    assert message_type.model_fields["type"].default == message_type.__name__


def test_a_message_type_belongs_to_one_stream() -> None:
    assert len(TYPES) == len(set(TYPES))


@pytest.mark.parametrize("message_type", TYPES, ids=lambda each: each.__name__)
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_message_survives_the_wire(message_type: type[Message], data: st.DataObject) -> None:
    message = data.draw(messages_of(message_type))
    outgoing = encode(message)
    decoded = decoder_of(stream_of(message_type))({DATA_FIELD: outgoing.payload})
    assert decoded == message
    assert type(decoded) is message_type
    assert outgoing.message_id == message.id
    assert "<tier>" not in outgoing.name


@pytest.mark.parametrize("message_type", TYPES, ids=lambda each: each.__name__)
@settings(max_examples=3, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_another_schema_version_is_malformed_and_says_so(message_type: type[Message], data: st.DataObject) -> None:
    payload = encode(data.draw(messages_of(message_type))).payload.replace(b'"schema_version":1', b'"schema_version":9')
    assert decoder_of(stream_of(message_type))({DATA_FIELD: payload}) == Malformed("unknown schema_version 9")


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_malformed_with_a_reason(data: bytes) -> None:
    for stream in STREAMS:
        decoded = decoder_of(stream)({DATA_FIELD: data})
        assert isinstance(decoded, Malformed)
        assert decoded.reason


@settings(max_examples=20, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_messages_are_frozen_and_take_no_unknown_field(data: st.DataObject) -> None:
    message = data.draw(messages_of(TYPES[0]))
    with pytest.raises(ValidationError):
        message.id = message.trace_id
    wire: dict[str, Any] = message.model_dump(mode="json")
    with pytest.raises(ValidationError):
        TYPES[0].model_validate(wire | {"surprise": 1})


@settings(max_examples=20, suppress_health_check=list(HealthCheck))
@given(cause=messages_of(TYPES[0]), now=st.datetimes(timezones=st.just(UTC)))
def test_what_follows_from_a_cause_keeps_its_trace_and_repeats_its_id(cause: Message, now: datetime) -> None:
    fields = cause.model_dump(exclude={"id", "trace_id", "hops", "schema_version"})
    one = TYPES[0].caused_by(cause, "signals", now, **fields)
    again = TYPES[0].caused_by(cause, "signals", now, **fields)
    other = TYPES[0].caused_by(cause, "signals", now, "another", **fields)
    assert one == again
    assert one.trace_id == cause.trace_id
    assert one.id != other.id
    assert one.hops[:-1] == cause.hops


def test_feeds_and_states_are_capped_and_work_is_not() -> None:
    for stream in STREAMS:
        assert (stream.max_entries is None) == (stream.kind is StreamKind.WORK), stream.name


def test_every_stream_is_written_and_read() -> None:
    for stream in STREAMS:
        assert stream.producers
        assert stream.consumers
    for service in Service:
        assert {stream.name for stream in consumed_by(service)} == {
            stream.name for stream in STREAMS if service in stream.consumers
        }
        assert all(service in stream.producers for stream in published_by(service))
