import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class StatusCode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STATUS_CODE_UNSPECIFIED: _ClassVar[StatusCode]
    STATUS_CODE_ACTIVE: _ClassVar[StatusCode]
    STATUS_CODE_SUSPENDED: _ClassVar[StatusCode]
    STATUS_CODE_REVOKED: _ClassVar[StatusCode]
    STATUS_CODE_WITHDRAWN: _ClassVar[StatusCode]
STATUS_CODE_UNSPECIFIED: StatusCode
STATUS_CODE_ACTIVE: StatusCode
STATUS_CODE_SUSPENDED: StatusCode
STATUS_CODE_REVOKED: StatusCode
STATUS_CODE_WITHDRAWN: StatusCode

class Identifier(_message.Message):
    __slots__ = ("scheme", "value")
    SCHEME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    scheme: str
    value: str
    def __init__(self, scheme: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class Name(_message.Message):
    __slots__ = ("text", "language", "script")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    SCRIPT_FIELD_NUMBER: _ClassVar[int]
    text: str
    language: str
    script: str
    def __init__(self, text: _Optional[str] = ..., language: _Optional[str] = ..., script: _Optional[str] = ...) -> None: ...

class Address(_message.Message):
    __slots__ = ("lines", "city", "country", "subdivision", "postcode")
    LINES_FIELD_NUMBER: _ClassVar[int]
    CITY_FIELD_NUMBER: _ClassVar[int]
    COUNTRY_FIELD_NUMBER: _ClassVar[int]
    SUBDIVISION_FIELD_NUMBER: _ClassVar[int]
    POSTCODE_FIELD_NUMBER: _ClassVar[int]
    lines: _containers.RepeatedScalarFieldContainer[str]
    city: str
    country: str
    subdivision: str
    postcode: str
    def __init__(self, lines: _Optional[_Iterable[str]] = ..., city: _Optional[str] = ..., country: _Optional[str] = ..., subdivision: _Optional[str] = ..., postcode: _Optional[str] = ...) -> None: ...

class Status(_message.Message):
    __slots__ = ("code", "effective_at", "change_reason")
    CODE_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_AT_FIELD_NUMBER: _ClassVar[int]
    CHANGE_REASON_FIELD_NUMBER: _ClassVar[int]
    code: StatusCode
    effective_at: _timestamp_pb2.Timestamp
    change_reason: str
    def __init__(self, code: _Optional[_Union[StatusCode, str]] = ..., effective_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., change_reason: _Optional[str] = ...) -> None: ...

class Authorisation(_message.Message):
    __slots__ = ("id", "category", "programme", "issuing_office", "accepted_at", "effective_at", "expires_at", "status")
    ID_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    PROGRAMME_FIELD_NUMBER: _ClassVar[int]
    ISSUING_OFFICE_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_AT_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_AT_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    id: str
    category: str
    programme: str
    issuing_office: str
    accepted_at: _timestamp_pb2.Timestamp
    effective_at: _timestamp_pb2.Timestamp
    expires_at: _timestamp_pb2.Timestamp
    status: Status
    def __init__(self, id: _Optional[str] = ..., category: _Optional[str] = ..., programme: _Optional[str] = ..., issuing_office: _Optional[str] = ..., accepted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., effective_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., status: _Optional[_Union[Status, _Mapping]] = ...) -> None: ...

class Operator(_message.Message):
    __slots__ = ("id", "alternate_ids", "names", "trade_names", "addresses", "roles", "authorisations")
    ID_FIELD_NUMBER: _ClassVar[int]
    ALTERNATE_IDS_FIELD_NUMBER: _ClassVar[int]
    NAMES_FIELD_NUMBER: _ClassVar[int]
    TRADE_NAMES_FIELD_NUMBER: _ClassVar[int]
    ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    AUTHORISATIONS_FIELD_NUMBER: _ClassVar[int]
    id: str
    alternate_ids: _containers.RepeatedCompositeFieldContainer[Identifier]
    names: _containers.RepeatedCompositeFieldContainer[Name]
    trade_names: _containers.RepeatedCompositeFieldContainer[Name]
    addresses: _containers.RepeatedCompositeFieldContainer[Address]
    roles: _containers.RepeatedScalarFieldContainer[str]
    authorisations: _containers.RepeatedCompositeFieldContainer[Authorisation]
    def __init__(self, id: _Optional[str] = ..., alternate_ids: _Optional[_Iterable[_Union[Identifier, _Mapping]]] = ..., names: _Optional[_Iterable[_Union[Name, _Mapping]]] = ..., trade_names: _Optional[_Iterable[_Union[Name, _Mapping]]] = ..., addresses: _Optional[_Iterable[_Union[Address, _Mapping]]] = ..., roles: _Optional[_Iterable[str]] = ..., authorisations: _Optional[_Iterable[_Union[Authorisation, _Mapping]]] = ...) -> None: ...
