"""Status of a merchant: applied, licence checked, contracted, live, suspended or exiting, closed (SPEC D10)."""

import json
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.utils import DatabaseError

from accounts.models import User
from merchants import partner_tokens
from merchants.errors import NothingCovers, StepRefused
from merchants.models import Merchant, MerchantStatus, Staff, StaffRole

REFUSED_STEP, NOTHING_COVERS = "HM301", "HM302"


def apply_for_contract(
    *,
    code: str,
    name: str,
    category: str,
    owner_id: int,
    licence_number: str = "",
    name_en: str = "",
    actor_id: int | None = None,
) -> Merchant:
    """Create a merchant in status `applied`, without any rights yet, and its owner as first member of staff."""
    with transaction.atomic():
        if actor_id is not None:
            _set_step_details({"actor": actor_id})
        merchant = Merchant.objects.create(
            code=code, name=name, name_en=name_en, category=category, licence_number=licence_number
        )
        Staff.objects.create(merchant=merchant, user_id=owner_id, role=StaffRole.OWNER)
        User.objects.filter(pk=owner_id).update(is_staff=True)
    return merchant


def agree_limit(*, merchant_id: int, deposit_fen: int, credit_limit_fen: int) -> None:
    """Set the deposit and the credit that cover the points the merchant issues."""
    Merchant.objects.filter(pk=merchant_id).update(deposit_fen=deposit_fen, credit_limit_fen=credit_limit_fen)


def take_step(*, merchant_id: int, to: MerchantStatus, reason: str, actor_id: int, moment: datetime) -> None:
    """Change the status, recorded with actor and reason. A suspended merchant's systems are refused from the next
    request on. Raises StepRefused for a change that is not allowed, NothingCovers if no deposit or credit covers the
    points it would issue."""
    try:
        with transaction.atomic():
            _set_step_details({"reason": reason, "actor": actor_id, "at": moment.isoformat()})
            if not Merchant.objects.filter(pk=merchant_id).exclude(status=to).update(status=to):
                raise StepRefused
            transaction.on_commit(partner_tokens.forget_all)
    except DatabaseError as error:
        sqlstate = getattr(error.__cause__, "sqlstate", None)
        if sqlstate == NOTHING_COVERS:
            raise NothingCovers from None
        if sqlstate == REFUSED_STEP:
            raise StepRefused from None
        raise


def _set_step_details(details: dict[str, Any]) -> None:
    """For the trigger that records the change; valid until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('hongmi.step', %s, true)", [json.dumps(details)])
