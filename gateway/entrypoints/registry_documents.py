"""Agreements as JSON: what `mra agreement --json` prints and HTTP sends."""

from msgspec import Struct

from gateway.domain.agreements import Interval, Lifecycle, Rules
from gateway.domain.answers import Freshness
from gateway.services.registry_desk import AgreementView


class AgreementDocument(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What home recognises of one partner, and how fresh it is. What is empty is absent."""

    id: str
    partner: str
    """The administration: ISO 3166-1 alpha-2, or EU."""
    partner_name: str
    state: Lifecycle
    in_force: Interval | None = None
    suspensions: tuple[Interval, ...] = ()
    rules: Rules | None = None
    """Those that hold now; absent: nothing is recognised now."""
    freshness: Freshness
    contact: str | None = None
    """Whom to ask."""


class AgreementsDocument(Struct, frozen=True, kw_only=True):
    """All agreements, by id."""

    agreements: list[AgreementDocument]


def agreement_document(view: AgreementView) -> AgreementDocument:
    """Return what is told of an agreement."""
    agreement = view.agreement
    return AgreementDocument(
        id=agreement.id,
        partner=agreement.partner,
        partner_name=agreement.partner_name,
        state=agreement.state,
        in_force=agreement.in_force,
        suspensions=agreement.suspensions,
        rules=view.rules,
        freshness=view.freshness,
        contact=agreement.contact,
    )
