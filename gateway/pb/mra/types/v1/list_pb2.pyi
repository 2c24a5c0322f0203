import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from gateway.pb.mra.types.v1 import operator_pb2 as _operator_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ListKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LIST_KIND_UNSPECIFIED: _ClassVar[ListKind]
    LIST_KIND_FULL: _ClassVar[ListKind]
    LIST_KIND_DELTA: _ClassVar[ListKind]

class Action(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACTION_UNSPECIFIED: _ClassVar[Action]
    ACTION_ADD: _ClassVar[Action]
    ACTION_REMOVE: _ClassVar[Action]
    ACTION_CHANGE: _ClassVar[Action]
LIST_KIND_UNSPECIFIED: ListKind
LIST_KIND_FULL: ListKind
LIST_KIND_DELTA: ListKind
ACTION_UNSPECIFIED: Action
ACTION_ADD: Action
ACTION_REMOVE: Action
ACTION_CHANGE: Action

class Stream(_message.Message):
    __slots__ = ("issuer", "recipient", "agreement", "test", "epoch")
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    RECIPIENT_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    TEST_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    issuer: str
    recipient: str
    agreement: str
    test: bool
    epoch: int
    def __init__(self, issuer: _Optional[str] = ..., recipient: _Optional[str] = ..., agreement: _Optional[str] = ..., test: _Optional[bool] = ..., epoch: _Optional[int] = ...) -> None: ...

class ListHeader(_message.Message):
    __slots__ = ("version", "list_id", "kind", "stream", "sequence", "previous_digest", "issued_at", "next_update_at", "state_root", "quantity")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    LIST_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    STREAM_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_DIGEST_FIELD_NUMBER: _ClassVar[int]
    ISSUED_AT_FIELD_NUMBER: _ClassVar[int]
    NEXT_UPDATE_AT_FIELD_NUMBER: _ClassVar[int]
    STATE_ROOT_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    version: int
    list_id: str
    kind: ListKind
    stream: Stream
    sequence: int
    previous_digest: bytes
    issued_at: _timestamp_pb2.Timestamp
    next_update_at: _timestamp_pb2.Timestamp
    state_root: bytes
    quantity: int
    def __init__(self, version: _Optional[int] = ..., list_id: _Optional[str] = ..., kind: _Optional[_Union[ListKind, str]] = ..., stream: _Optional[_Union[Stream, _Mapping]] = ..., sequence: _Optional[int] = ..., previous_digest: _Optional[bytes] = ..., issued_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., next_update_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., state_root: _Optional[bytes] = ..., quantity: _Optional[int] = ...) -> None: ...

class SignedHeader(_message.Message):
    __slots__ = ("header", "body_digest", "chunk_count")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    BODY_DIGEST_FIELD_NUMBER: _ClassVar[int]
    CHUNK_COUNT_FIELD_NUMBER: _ClassVar[int]
    header: ListHeader
    body_digest: bytes
    chunk_count: int
    def __init__(self, header: _Optional[_Union[ListHeader, _Mapping]] = ..., body_digest: _Optional[bytes] = ..., chunk_count: _Optional[int] = ...) -> None: ...

class Change(_message.Message):
    __slots__ = ("action", "operator_id", "operator")
    ACTION_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_ID_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    action: Action
    operator_id: str
    operator: _operator_pb2.Operator
    def __init__(self, action: _Optional[_Union[Action, str]] = ..., operator_id: _Optional[str] = ..., operator: _Optional[_Union[_operator_pb2.Operator, _Mapping]] = ...) -> None: ...

class OperatorChunk(_message.Message):
    __slots__ = ("operators", "changes")
    OPERATORS_FIELD_NUMBER: _ClassVar[int]
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    operators: _containers.RepeatedCompositeFieldContainer[_operator_pb2.Operator]
    changes: _containers.RepeatedCompositeFieldContainer[Change]
    def __init__(self, operators: _Optional[_Iterable[_Union[_operator_pb2.Operator, _Mapping]]] = ..., changes: _Optional[_Iterable[_Union[Change, _Mapping]]] = ...) -> None: ...
