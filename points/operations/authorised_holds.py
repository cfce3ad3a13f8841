"""Holds through a partner system, which need the member's authorisation (SPEC D13); both are written or neither."""

from datetime import datetime
from uuid import UUID

from hongmi.lib.retry import in_one_transaction
from merchants import authorisations
from merchants.models import SpendingAct
from points.operations import spending
from points.types import Booking, Purse


def hold(
    *,
    merchant_id: int,
    member: UUID,
    purse: Purse,
    points: int,
    reference: str,
    authorisation: UUID,
    key: str,
    moment: datetime,
    expires_at: datetime | None = None,
) -> Booking:
    """Hold points with an authorisation for `hold` of at least as many. Raises authorisations.AuthorisationRefused or
    DomainError; then the authorisation is still unused. The act stores its id."""

    def take() -> Booking:
        authorisations.use(
            authorisation_id=authorisation,
            merchant_id=merchant_id,
            member=member,
            act=SpendingAct.HOLD,
            points=points,
            reference=reference,
            moment=moment,
        )
        return spending.hold(
            merchant_id=merchant_id,
            member=member,
            purse=purse,
            points=points,
            reference=reference,
            key=key,
            moment=moment,
            expires_at=expires_at,
            about={"authorisation": str(authorisation)},
        )

    return in_one_transaction(take)
