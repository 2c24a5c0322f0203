"""What is told of agreements, operators and hits, as messages."""

from gateway.domain.agreements import Direction, Interval
from gateway.entrypoints.rpc.answer_writer import freshness_to_pb, measures_to_pb
from gateway.exchange.grpc_feed.fields import find_moment_to_pb, moment_to_pb
from gateway.exchange.grpc_feed.operator_codec import operator_to_pb
from gateway.pb.mra.lookup.v1 import lookup_pb2 as pb
from gateway.services.registry_desk import AgreementView, KnownVersion, OperatorHistory
from gateway.services.search_hits import FoundPage

DIRECTION_TO_PB: dict[Direction, pb.Direction] = {
    Direction.IMPORT: pb.DIRECTION_IMPORT,
    Direction.EXPORT: pb.DIRECTION_EXPORT,
}


def agreement_to_pb(view: AgreementView) -> pb.AgreementView:
    """Write an agreement; without rules their fields stay empty."""
    agreement, rules = view.agreement, view.rules
    in_force = agreement.in_force
    written = pb.AgreementView(
        id=agreement.id,
        partner=agreement.partner,
        partner_name=agreement.partner_name,
        state=agreement.state.value,
        freshness=freshness_to_pb(view.freshness),
        contact=agreement.contact,
    )
    if in_force is not None:
        _write_interval(written, in_force)
    if rules is not None:
        written.programme = rules.programme
        written.types.extend(rules.types)
        written.roles.extend(rules.roles)
        written.directions.extend(DIRECTION_TO_PB[one] for one in rules.directions)
        written.measures.extend(measures_to_pb(rules.measures))
        written.code_patterns.extend(scheme.pattern for scheme in rules.schemes)
    return written


def history_to_pb(history: OperatorHistory) -> pb.GetOperatorResponse:
    """Write an operator with its history."""
    return pb.GetOperatorResponse(
        agreement=history.agreement,
        operator=operator_to_pb(history.operator),
        history=map(_version_to_pb, history.versions),
        listed=history.listed,
        restricted=history.restricted,
    )


def page_to_pb(page: FoundPage) -> pb.SearchOperatorsResponse:
    """Write a page of hits."""
    return pb.SearchOperatorsResponse(
        operators=[
            pb.FoundOperator(
                agreement=found.agreement,
                operator_id=found.operator_id,
                name=found.name,
                score=found.score,
                why=found.why,
            )
            for found in page.operators
        ],
        next_page_token=page.next_page_token,
    )


def _write_interval(written: pb.AgreementView, interval: Interval) -> None:
    written.in_force_at.CopyFrom(moment_to_pb(interval.effective_at))
    if interval.until is not None:
        written.in_force_until.CopyFrom(moment_to_pb(interval.until))


def _version_to_pb(version: KnownVersion) -> pb.OperatorVersion:
    return pb.OperatorVersion(
        operator=operator_to_pb(version.operator),
        from_sequence=version.sequence,
        known_from=moment_to_pb(version.known_from),
        known_until=find_moment_to_pb(version.known_until),
        unusable=None if version.unusable is None else version.unusable.code,
    )
