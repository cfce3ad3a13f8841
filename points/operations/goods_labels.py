"""Labels on a merchant's goods, which rules match."""

from datetime import datetime

from django.db import transaction

from points.models import GoodsLabel
from points.rules import rulebook


def assign(
    *, merchant_id: int, sku: str, label: str, valid_from: datetime, valid_to: datetime | None = None
) -> GoodsLabel:
    """Put a label on a merchant's goods for a time; rules match the label, not its reason."""
    with transaction.atomic():
        row, _ = GoodsLabel.objects.update_or_create(
            merchant_id=merchant_id, sku=sku, label=label, valid_from=valid_from, defaults={"valid_to": valid_to}
        )
        rulebook.announce_change(merchant_id)
    return row
