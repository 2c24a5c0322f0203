from gateway.pb.mra.types.v1 import list_pb2 as _list_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class WatchHeadsRequest(_message.Message):
    __slots__ = ("stream", "acknowledgement")
    STREAM_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGEMENT_FIELD_NUMBER: _ClassVar[int]
    stream: _list_pb2.Stream
    acknowledgement: bytes
    def __init__(self, stream: _Optional[_Union[_list_pb2.Stream, _Mapping]] = ..., acknowledgement: _Optional[bytes] = ...) -> None: ...

class WatchHeadsResponse(_message.Message):
    __slots__ = ("document", "beat", "none_issued")
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    BEAT_FIELD_NUMBER: _ClassVar[int]
    NONE_ISSUED_FIELD_NUMBER: _ClassVar[int]
    document: bytes
    beat: bool
    none_issued: bool
    def __init__(self, document: _Optional[bytes] = ..., beat: _Optional[bool] = ..., none_issued: _Optional[bool] = ...) -> None: ...

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

class GetChangesRequest(_message.Message):
    __slots__ = ("stream", "since", "full", "resume")
    STREAM_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    FULL_FIELD_NUMBER: _ClassVar[int]
    RESUME_FIELD_NUMBER: _ClassVar[int]
    stream: _list_pb2.Stream
    since: int
    full: bool
    resume: Resume
    def __init__(self, stream: _Optional[_Union[_list_pb2.Stream, _Mapping]] = ..., since: _Optional[int] = ..., full: _Optional[bool] = ..., resume: _Optional[_Union[Resume, _Mapping]] = ...) -> None: ...

class Resume(_message.Message):
    __slots__ = ("sequence", "document_digest", "chunks")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    CHUNKS_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    document_digest: bytes
    chunks: int
    def __init__(self, sequence: _Optional[int] = ..., document_digest: _Optional[bytes] = ..., chunks: _Optional[int] = ...) -> None: ...

class ListPart(_message.Message):
    __slots__ = ("document", "chunk", "sequence")
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    document: bytes
    chunk: bytes
    sequence: int
    def __init__(self, document: _Optional[bytes] = ..., chunk: _Optional[bytes] = ..., sequence: _Optional[int] = ...) -> None: ...

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
