from gateway.pb.mra.types.v1 import list_pb2 as _list_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetListHeadRequest(_message.Message):
    __slots__ = ("stream", "acknowledgement")
    STREAM_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGEMENT_FIELD_NUMBER: _ClassVar[int]
    stream: _list_pb2.Stream
    acknowledgement: bytes
    def __init__(self, stream: _Optional[_Union[_list_pb2.Stream, _Mapping]] = ..., acknowledgement: _Optional[bytes] = ...) -> None: ...

class GetListHeadResponse(_message.Message):
    __slots__ = ("document", "acknowledgement", "none_issued")
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGEMENT_FIELD_NUMBER: _ClassVar[int]
    NONE_ISSUED_FIELD_NUMBER: _ClassVar[int]
    document: bytes
    acknowledgement: bytes
    none_issued: bool
    def __init__(self, document: _Optional[bytes] = ..., acknowledgement: _Optional[bytes] = ..., none_issued: _Optional[bool] = ...) -> None: ...

class GetListRequest(_message.Message):
    __slots__ = ("stream", "sequence")
    STREAM_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    stream: _list_pb2.Stream
    sequence: int
    def __init__(self, stream: _Optional[_Union[_list_pb2.Stream, _Mapping]] = ..., sequence: _Optional[int] = ...) -> None: ...

class ListPart(_message.Message):
    __slots__ = ("document", "chunk")
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    document: bytes
    chunk: bytes
    def __init__(self, document: _Optional[bytes] = ..., chunk: _Optional[bytes] = ...) -> None: ...

class SubmitListRequest(_message.Message):
    __slots__ = ("stream", "list")
    STREAM_FIELD_NUMBER: _ClassVar[int]
    LIST_FIELD_NUMBER: _ClassVar[int]
    stream: _list_pb2.Stream
    list: ListPart
    def __init__(self, stream: _Optional[_Union[_list_pb2.Stream, _Mapping]] = ..., list: _Optional[_Union[ListPart, _Mapping]] = ...) -> None: ...

class SubmitListResponse(_message.Message):
    __slots__ = ("acknowledgement",)
    ACKNOWLEDGEMENT_FIELD_NUMBER: _ClassVar[int]
    acknowledgement: bytes
    def __init__(self, acknowledgement: _Optional[bytes] = ...) -> None: ...

class AcknowledgeRequest(_message.Message):
    __slots__ = ("stream", "document")
    STREAM_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    stream: _list_pb2.Stream
    document: bytes
    def __init__(self, stream: _Optional[_Union[_list_pb2.Stream, _Mapping]] = ..., document: _Optional[bytes] = ...) -> None: ...

class AcknowledgeResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
