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

class Outcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OUTCOME_UNSPECIFIED: _ClassVar[Outcome]
    OUTCOME_ADDED: _ClassVar[Outcome]
    OUTCOME_CHANGED: _ClassVar[Outcome]
    OUTCOME_REMOVED: _ClassVar[Outcome]
    OUTCOME_UNCHANGED: _ClassVar[Outcome]
OUTCOME_UNSPECIFIED: Outcome
OUTCOME_ADDED: Outcome
OUTCOME_CHANGED: Outcome
OUTCOME_REMOVED: Outcome
OUTCOME_UNCHANGED: Outcome

class HomeOperator(_message.Message):
    __slots__ = ("operator", "consents", "etag")
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    CONSENTS_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    operator: _operator_pb2.Operator
    consents: _containers.RepeatedScalarFieldContainer[str]
    etag: str
    def __init__(self, operator: _Optional[_Union[_operator_pb2.Operator, _Mapping]] = ..., consents: _Optional[_Iterable[str]] = ..., etag: _Optional[str] = ...) -> None: ...

class ReportOperatorRequest(_message.Message):
    __slots__ = ("operator", "request_id", "etag", "validate_only")
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    operator: HomeOperator
    request_id: str
    etag: str
    validate_only: bool
    def __init__(self, operator: _Optional[_Union[HomeOperator, _Mapping]] = ..., request_id: _Optional[str] = ..., etag: _Optional[str] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class ReportStatusRequest(_message.Message):
    __slots__ = ("operator_id", "authorisation_id", "category", "status", "effective_at", "change_reason", "request_id", "etag", "validate_only")
    OPERATOR_ID_FIELD_NUMBER: _ClassVar[int]
    AUTHORISATION_ID_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_AT_FIELD_NUMBER: _ClassVar[int]
    CHANGE_REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    operator_id: str
    authorisation_id: str
    category: str
    status: _operator_pb2.StatusCode
    effective_at: _timestamp_pb2.Timestamp
    change_reason: str
    request_id: str
    etag: str
    validate_only: bool
    def __init__(self, operator_id: _Optional[str] = ..., authorisation_id: _Optional[str] = ..., category: _Optional[str] = ..., status: _Optional[_Union[_operator_pb2.StatusCode, str]] = ..., effective_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., change_reason: _Optional[str] = ..., request_id: _Optional[str] = ..., etag: _Optional[str] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class RemoveOperatorRequest(_message.Message):
    __slots__ = ("operator_id", "reason", "request_id", "etag", "validate_only")
    OPERATOR_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    operator_id: str
    reason: str
    request_id: str
    etag: str
    validate_only: bool
    def __init__(self, operator_id: _Optional[str] = ..., reason: _Optional[str] = ..., request_id: _Optional[str] = ..., etag: _Optional[str] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class Report(_message.Message):
    __slots__ = ("operator_id", "outcome", "etag")
    OPERATOR_ID_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    operator_id: str
    outcome: Outcome
    etag: str
    def __init__(self, operator_id: _Optional[str] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., etag: _Optional[str] = ...) -> None: ...

class GetOperatorRequest(_message.Message):
    __slots__ = ("operator_id",)
    OPERATOR_ID_FIELD_NUMBER: _ClassVar[int]
    operator_id: str
    def __init__(self, operator_id: _Optional[str] = ...) -> None: ...

class ListOperatorsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListOperatorsResponse(_message.Message):
    __slots__ = ("operators", "next_page_token")
    OPERATORS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    operators: _containers.RepeatedCompositeFieldContainer[HomeOperator]
    next_page_token: str
    def __init__(self, operators: _Optional[_Iterable[_Union[HomeOperator, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
