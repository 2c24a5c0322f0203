import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from gateway.pb.mra.types.v1 import list_pb2 as _list_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Outcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OUTCOME_UNSPECIFIED: _ClassVar[Outcome]
    OUTCOME_APPLIED: _ClassVar[Outcome]
    OUTCOME_HELD: _ClassVar[Outcome]
    OUTCOME_REFUSED: _ClassVar[Outcome]
    OUTCOME_REJECTED: _ClassVar[Outcome]
    OUTCOME_SUPERSEDED: _ClassVar[Outcome]
OUTCOME_UNSPECIFIED: Outcome
OUTCOME_APPLIED: Outcome
OUTCOME_HELD: Outcome
OUTCOME_REFUSED: Outcome
OUTCOME_REJECTED: Outcome
OUTCOME_SUPERSEDED: Outcome

class Reason(_message.Message):
    __slots__ = ("code", "text", "pointer")
    CODE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    POINTER_FIELD_NUMBER: _ClassVar[int]
    code: str
    text: str
    pointer: str
    def __init__(self, code: _Optional[str] = ..., text: _Optional[str] = ..., pointer: _Optional[str] = ...) -> None: ...

class Acknowledgement(_message.Message):
    __slots__ = ("acknowledgement_id", "stream", "sequence", "list_digest", "outcome", "revision", "applied_sequence", "applied_root", "acknowledged_at", "reasons")
    ACKNOWLEDGEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    STREAM_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    LIST_DIGEST_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    APPLIED_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    APPLIED_ROOT_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGED_AT_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    acknowledgement_id: str
    stream: _list_pb2.Stream
    sequence: int
    list_digest: bytes
    outcome: Outcome
    revision: int
    applied_sequence: int
    applied_root: bytes
    acknowledged_at: _timestamp_pb2.Timestamp
    reasons: _containers.RepeatedCompositeFieldContainer[Reason]
    def __init__(self, acknowledgement_id: _Optional[str] = ..., stream: _Optional[_Union[_list_pb2.Stream, _Mapping]] = ..., sequence: _Optional[int] = ..., list_digest: _Optional[bytes] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., revision: _Optional[int] = ..., applied_sequence: _Optional[int] = ..., applied_root: _Optional[bytes] = ..., acknowledged_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reasons: _Optional[_Iterable[_Union[Reason, _Mapping]]] = ...) -> None: ...
