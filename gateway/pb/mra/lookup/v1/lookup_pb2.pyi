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

class Direction(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DIRECTION_UNSPECIFIED: _ClassVar[Direction]
    DIRECTION_IMPORT: _ClassVar[Direction]
    DIRECTION_EXPORT: _ClassVar[Direction]

class Verdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VERDICT_UNSPECIFIED: _ClassVar[Verdict]
    VERDICT_GRANT: _ClassVar[Verdict]
    VERDICT_NO_GRANT: _ClassVar[Verdict]
    VERDICT_UNDETERMINED: _ClassVar[Verdict]

class FreshnessClass(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FRESHNESS_CLASS_UNSPECIFIED: _ClassVar[FreshnessClass]
    FRESHNESS_CLASS_CURRENT: _ClassVar[FreshnessClass]
    FRESHNESS_CLASS_LATE: _ClassVar[FreshnessClass]
    FRESHNESS_CLASS_STALE: _ClassVar[FreshnessClass]
    FRESHNESS_CLASS_MISSING: _ClassVar[FreshnessClass]

class ChangeKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CHANGE_KIND_UNSPECIFIED: _ClassVar[ChangeKind]
    CHANGE_KIND_ADDED: _ClassVar[ChangeKind]
    CHANGE_KIND_CHANGED: _ClassVar[ChangeKind]
    CHANGE_KIND_REMOVED: _ClassVar[ChangeKind]
    CHANGE_KIND_RESTRICTED: _ClassVar[ChangeKind]
    CHANGE_KIND_RESTRICTION_LIFTED: _ClassVar[ChangeKind]
DIRECTION_UNSPECIFIED: Direction
DIRECTION_IMPORT: Direction
DIRECTION_EXPORT: Direction
VERDICT_UNSPECIFIED: Verdict
VERDICT_GRANT: Verdict
VERDICT_NO_GRANT: Verdict
VERDICT_UNDETERMINED: Verdict
FRESHNESS_CLASS_UNSPECIFIED: FreshnessClass
FRESHNESS_CLASS_CURRENT: FreshnessClass
FRESHNESS_CLASS_LATE: FreshnessClass
FRESHNESS_CLASS_STALE: FreshnessClass
FRESHNESS_CLASS_MISSING: FreshnessClass
CHANGE_KIND_UNSPECIFIED: ChangeKind
CHANGE_KIND_ADDED: ChangeKind
CHANGE_KIND_CHANGED: ChangeKind
CHANGE_KIND_REMOVED: ChangeKind
CHANGE_KIND_RESTRICTED: ChangeKind
CHANGE_KIND_RESTRICTION_LIFTED: ChangeKind

class Question(_message.Message):
    __slots__ = ("code", "on_date", "on_moment", "role", "direction", "name", "test")
    CODE_FIELD_NUMBER: _ClassVar[int]
    ON_DATE_FIELD_NUMBER: _ClassVar[int]
    ON_MOMENT_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    TEST_FIELD_NUMBER: _ClassVar[int]
    code: str
    on_date: str
    on_moment: _timestamp_pb2.Timestamp
    role: str
    direction: Direction
    name: str
    test: bool
    def __init__(self, code: _Optional[str] = ..., on_date: _Optional[str] = ..., on_moment: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., role: _Optional[str] = ..., direction: _Optional[_Union[Direction, str]] = ..., name: _Optional[str] = ..., test: _Optional[bool] = ...) -> None: ...

class LookupRequest(_message.Message):
    __slots__ = ("question", "language")
    QUESTION_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    question: Question
    language: str
    def __init__(self, question: _Optional[_Union[Question, _Mapping]] = ..., language: _Optional[str] = ...) -> None: ...

class LookupResponse(_message.Message):
    __slots__ = ("answer",)
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    answer: Answer
    def __init__(self, answer: _Optional[_Union[Answer, _Mapping]] = ...) -> None: ...

class BatchLookupRequest(_message.Message):
    __slots__ = ("questions", "brief", "language")
    QUESTIONS_FIELD_NUMBER: _ClassVar[int]
    BRIEF_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    questions: _containers.RepeatedCompositeFieldContainer[BatchQuestion]
    brief: bool
    language: str
    def __init__(self, questions: _Optional[_Iterable[_Union[BatchQuestion, _Mapping]]] = ..., brief: _Optional[bool] = ..., language: _Optional[str] = ...) -> None: ...

class BatchQuestion(_message.Message):
    __slots__ = ("key", "question")
    KEY_FIELD_NUMBER: _ClassVar[int]
    QUESTION_FIELD_NUMBER: _ClassVar[int]
    key: str
    question: Question
    def __init__(self, key: _Optional[str] = ..., question: _Optional[_Union[Question, _Mapping]] = ...) -> None: ...

class BatchLookupResponse(_message.Message):
    __slots__ = ("answers",)
    ANSWERS_FIELD_NUMBER: _ClassVar[int]
    answers: _containers.RepeatedCompositeFieldContainer[BatchAnswer]
    def __init__(self, answers: _Optional[_Iterable[_Union[BatchAnswer, _Mapping]]] = ...) -> None: ...

class BatchAnswer(_message.Message):
    __slots__ = ("key", "answer", "error")
    KEY_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    key: str
    answer: Answer
    error: ItemError
    def __init__(self, key: _Optional[str] = ..., answer: _Optional[_Union[Answer, _Mapping]] = ..., error: _Optional[_Union[ItemError, _Mapping]] = ...) -> None: ...

class ItemError(_message.Message):
    __slots__ = ("reason", "message")
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    reason: str
    message: str
    def __init__(self, reason: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class Measure(_message.Message):
    __slots__ = ("code", "parameters")
    class ParametersEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    CODE_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    code: str
    parameters: _containers.ScalarMap[str, str]
    def __init__(self, code: _Optional[str] = ..., parameters: _Optional[_Mapping[str, str]] = ...) -> None: ...

class Freshness(_message.Message):
    __slots__ = ("condition", "sequence", "list_digest", "issued_at", "received_at", "next_update_at", "usable_until", "signer")
    CONDITION_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    LIST_DIGEST_FIELD_NUMBER: _ClassVar[int]
    ISSUED_AT_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_AT_FIELD_NUMBER: _ClassVar[int]
    NEXT_UPDATE_AT_FIELD_NUMBER: _ClassVar[int]
    USABLE_UNTIL_FIELD_NUMBER: _ClassVar[int]
    SIGNER_FIELD_NUMBER: _ClassVar[int]
    condition: FreshnessClass
    sequence: int
    list_digest: bytes
    issued_at: _timestamp_pb2.Timestamp
    received_at: _timestamp_pb2.Timestamp
    next_update_at: _timestamp_pb2.Timestamp
    usable_until: _timestamp_pb2.Timestamp
    signer: str
    def __init__(self, condition: _Optional[_Union[FreshnessClass, str]] = ..., sequence: _Optional[int] = ..., list_digest: _Optional[bytes] = ..., issued_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., received_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., next_update_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., usable_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., signer: _Optional[str] = ...) -> None: ...

class Rung(_message.Message):
    __slots__ = ("number", "question", "passed", "evidence")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    QUESTION_FIELD_NUMBER: _ClassVar[int]
    PASSED_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    number: int
    question: str
    passed: bool
    evidence: str
    def __init__(self, number: _Optional[int] = ..., question: _Optional[str] = ..., passed: _Optional[bool] = ..., evidence: _Optional[str] = ...) -> None: ...

class Answer(_message.Message):
    __slots__ = ("verdict", "reason", "sentence", "next_step", "code", "normalised_code", "agreement", "partner", "operator_id", "operator_name", "match", "authorisation", "measures", "freshness", "hints", "rungs", "valid_on_date", "valid_at_moment", "known_at", "contact", "rule_version", "reference")
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    SENTENCE_FIELD_NUMBER: _ClassVar[int]
    NEXT_STEP_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    NORMALISED_CODE_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_ID_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_NAME_FIELD_NUMBER: _ClassVar[int]
    MATCH_FIELD_NUMBER: _ClassVar[int]
    AUTHORISATION_FIELD_NUMBER: _ClassVar[int]
    MEASURES_FIELD_NUMBER: _ClassVar[int]
    FRESHNESS_FIELD_NUMBER: _ClassVar[int]
    HINTS_FIELD_NUMBER: _ClassVar[int]
    RUNGS_FIELD_NUMBER: _ClassVar[int]
    VALID_ON_DATE_FIELD_NUMBER: _ClassVar[int]
    VALID_AT_MOMENT_FIELD_NUMBER: _ClassVar[int]
    KNOWN_AT_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    RULE_VERSION_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    verdict: Verdict
    reason: str
    sentence: str
    next_step: str
    code: str
    normalised_code: str
    agreement: str
    partner: str
    operator_id: str
    operator_name: str
    match: str
    authorisation: _operator_pb2.Authorisation
    measures: _containers.RepeatedCompositeFieldContainer[Measure]
    freshness: Freshness
    hints: _containers.RepeatedScalarFieldContainer[str]
    rungs: _containers.RepeatedCompositeFieldContainer[Rung]
    valid_on_date: str
    valid_at_moment: _timestamp_pb2.Timestamp
    known_at: _timestamp_pb2.Timestamp
    contact: str
    rule_version: int
    reference: str
    def __init__(self, verdict: _Optional[_Union[Verdict, str]] = ..., reason: _Optional[str] = ..., sentence: _Optional[str] = ..., next_step: _Optional[str] = ..., code: _Optional[str] = ..., normalised_code: _Optional[str] = ..., agreement: _Optional[str] = ..., partner: _Optional[str] = ..., operator_id: _Optional[str] = ..., operator_name: _Optional[str] = ..., match: _Optional[str] = ..., authorisation: _Optional[_Union[_operator_pb2.Authorisation, _Mapping]] = ..., measures: _Optional[_Iterable[_Union[Measure, _Mapping]]] = ..., freshness: _Optional[_Union[Freshness, _Mapping]] = ..., hints: _Optional[_Iterable[str]] = ..., rungs: _Optional[_Iterable[_Union[Rung, _Mapping]]] = ..., valid_on_date: _Optional[str] = ..., valid_at_moment: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., known_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., contact: _Optional[str] = ..., rule_version: _Optional[int] = ..., reference: _Optional[str] = ...) -> None: ...

class SearchOperatorsRequest(_message.Message):
    __slots__ = ("query", "agreement", "page_size", "page_token")
    QUERY_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    query: str
    agreement: str
    page_size: int
    page_token: str
    def __init__(self, query: _Optional[str] = ..., agreement: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class SearchOperatorsResponse(_message.Message):
    __slots__ = ("operators", "next_page_token")
    OPERATORS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    operators: _containers.RepeatedCompositeFieldContainer[FoundOperator]
    next_page_token: str
    def __init__(self, operators: _Optional[_Iterable[_Union[FoundOperator, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class FoundOperator(_message.Message):
    __slots__ = ("agreement", "operator_id", "name", "score", "why")
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    WHY_FIELD_NUMBER: _ClassVar[int]
    agreement: str
    operator_id: str
    name: str
    score: int
    why: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, agreement: _Optional[str] = ..., operator_id: _Optional[str] = ..., name: _Optional[str] = ..., score: _Optional[int] = ..., why: _Optional[_Iterable[str]] = ...) -> None: ...

class GetOperatorRequest(_message.Message):
    __slots__ = ("operator_id", "agreement")
    OPERATOR_ID_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    operator_id: str
    agreement: str
    def __init__(self, operator_id: _Optional[str] = ..., agreement: _Optional[str] = ...) -> None: ...

class GetOperatorResponse(_message.Message):
    __slots__ = ("agreement", "operator", "history", "listed", "restricted")
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    HISTORY_FIELD_NUMBER: _ClassVar[int]
    LISTED_FIELD_NUMBER: _ClassVar[int]
    RESTRICTED_FIELD_NUMBER: _ClassVar[int]
    agreement: str
    operator: _operator_pb2.Operator
    history: _containers.RepeatedCompositeFieldContainer[OperatorVersion]
    listed: bool
    restricted: bool
    def __init__(self, agreement: _Optional[str] = ..., operator: _Optional[_Union[_operator_pb2.Operator, _Mapping]] = ..., history: _Optional[_Iterable[_Union[OperatorVersion, _Mapping]]] = ..., listed: _Optional[bool] = ..., restricted: _Optional[bool] = ...) -> None: ...

class OperatorVersion(_message.Message):
    __slots__ = ("operator", "from_sequence", "known_from", "known_until", "unusable")
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    FROM_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    KNOWN_FROM_FIELD_NUMBER: _ClassVar[int]
    KNOWN_UNTIL_FIELD_NUMBER: _ClassVar[int]
    UNUSABLE_FIELD_NUMBER: _ClassVar[int]
    operator: _operator_pb2.Operator
    from_sequence: int
    known_from: _timestamp_pb2.Timestamp
    known_until: _timestamp_pb2.Timestamp
    unusable: str
    def __init__(self, operator: _Optional[_Union[_operator_pb2.Operator, _Mapping]] = ..., from_sequence: _Optional[int] = ..., known_from: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., known_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., unusable: _Optional[str] = ...) -> None: ...

class ListAgreementsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListAgreementsResponse(_message.Message):
    __slots__ = ("agreements",)
    AGREEMENTS_FIELD_NUMBER: _ClassVar[int]
    agreements: _containers.RepeatedCompositeFieldContainer[AgreementView]
    def __init__(self, agreements: _Optional[_Iterable[_Union[AgreementView, _Mapping]]] = ...) -> None: ...

class AgreementView(_message.Message):
    __slots__ = ("id", "partner", "partner_name", "state", "in_force_at", "in_force_until", "programme", "types", "roles", "directions", "measures", "code_patterns", "freshness", "contact")
    ID_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    PARTNER_NAME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    IN_FORCE_AT_FIELD_NUMBER: _ClassVar[int]
    IN_FORCE_UNTIL_FIELD_NUMBER: _ClassVar[int]
    PROGRAMME_FIELD_NUMBER: _ClassVar[int]
    TYPES_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    DIRECTIONS_FIELD_NUMBER: _ClassVar[int]
    MEASURES_FIELD_NUMBER: _ClassVar[int]
    CODE_PATTERNS_FIELD_NUMBER: _ClassVar[int]
    FRESHNESS_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    id: str
    partner: str
    partner_name: str
    state: str
    in_force_at: _timestamp_pb2.Timestamp
    in_force_until: _timestamp_pb2.Timestamp
    programme: str
    types: _containers.RepeatedScalarFieldContainer[str]
    roles: _containers.RepeatedScalarFieldContainer[str]
    directions: _containers.RepeatedScalarFieldContainer[Direction]
    measures: _containers.RepeatedCompositeFieldContainer[Measure]
    code_patterns: _containers.RepeatedScalarFieldContainer[str]
    freshness: Freshness
    contact: str
    def __init__(self, id: _Optional[str] = ..., partner: _Optional[str] = ..., partner_name: _Optional[str] = ..., state: _Optional[str] = ..., in_force_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., in_force_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., programme: _Optional[str] = ..., types: _Optional[_Iterable[str]] = ..., roles: _Optional[_Iterable[str]] = ..., directions: _Optional[_Iterable[_Union[Direction, str]]] = ..., measures: _Optional[_Iterable[_Union[Measure, _Mapping]]] = ..., code_patterns: _Optional[_Iterable[str]] = ..., freshness: _Optional[_Union[Freshness, _Mapping]] = ..., contact: _Optional[str] = ...) -> None: ...

class WatchChangesRequest(_message.Message):
    __slots__ = ("operator_ids", "agreement", "resume_token")
    OPERATOR_IDS_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    operator_ids: _containers.RepeatedScalarFieldContainer[str]
    agreement: str
    resume_token: str
    def __init__(self, operator_ids: _Optional[_Iterable[str]] = ..., agreement: _Optional[str] = ..., resume_token: _Optional[str] = ...) -> None: ...

class WatchChangesResponse(_message.Message):
    __slots__ = ("resume_token", "agreement", "operator_id", "operator", "sequence", "received_at", "kind")
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_ID_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_AT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    resume_token: str
    agreement: str
    operator_id: str
    operator: _operator_pb2.Operator
    sequence: int
    received_at: _timestamp_pb2.Timestamp
    kind: ChangeKind
    def __init__(self, resume_token: _Optional[str] = ..., agreement: _Optional[str] = ..., operator_id: _Optional[str] = ..., operator: _Optional[_Union[_operator_pb2.Operator, _Mapping]] = ..., sequence: _Optional[int] = ..., received_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., kind: _Optional[_Union[ChangeKind, str]] = ...) -> None: ...
