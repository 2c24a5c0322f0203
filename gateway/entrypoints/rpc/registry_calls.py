"""The calls of the lookup service that decide nothing: agreements, one operator, search."""

from collections.abc import Mapping

from gateway.domain.parties import Caller
from gateway.entrypoints.desks import Clock
from gateway.entrypoints.rpc.guard import Handler
from gateway.entrypoints.rpc.registry_codec import agreement_to_pb, history_to_pb, page_to_pb
from gateway.pb.mra.lookup.v1 import lookup_pb2 as pb
from gateway.services.registry_desk import RegistryDesk
from gateway.services.search import SearchDesk


class RegistryCalls:
    """The handlers: between messages and the desks."""

    def __init__(self, desk: RegistryDesk, search: SearchDesk, clock: Clock) -> None:
        self._desk = desk
        self._search = search
        self._clock = clock

    def handlers(self) -> Mapping[str, Handler]:
        """Return the handlers, by method name."""
        return {
            "ListAgreements": self.list_agreements,
            "GetOperator": self.get_operator,
            "SearchOperators": self.search_operators,
        }

    def list_agreements(
        self, request: pb.ListAgreementsRequest, caller: Caller | None
    ) -> pb.ListAgreementsResponse:
        """Tell what home recognises, and how fresh it is."""
        del request, caller
        views = self._desk.agreements(now=self._clock())
        return pb.ListAgreementsResponse(agreements=map(agreement_to_pb, views))

    def get_operator(
        self, request: pb.GetOperatorRequest, caller: Caller | None
    ) -> pb.GetOperatorResponse:
        """Tell all that is known of one operator."""
        del caller
        agreement = request.agreement or None
        return history_to_pb(self._desk.operator(request.operator_id, agreement=agreement))

    def search_operators(
        self, request: pb.SearchOperatorsRequest, caller: Caller | None
    ) -> pb.SearchOperatorsResponse:
        """Find operators by name and address."""
        del caller
        page = self._search.search(
            request.query,
            agreement=request.agreement or None,
            size=request.page_size,
            token=request.page_token,
        )
        return page_to_pb(page)
