"""The console of bills paid with points."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from merchants.scoped_admin import MERCHANT, ReadOnlyAdmin, yuan
from redemption.models import Offset


@admin.register(Offset)
class OffsetAdmin(ReadOnlyAdmin):
    list_display = ("reference", "merchant", "bill", "points", "paid_with_points", "given_back", "created_at")
    list_filter = MERCHANT
    list_select_related = ("merchant",)
    search_fields = ("reference",)
    ordering = ("-id",)
    exclude = ("request_hash",)

    @display(description=_("bill"), ordering="bill_fen")
    def bill(self, offset: Offset) -> str:
        return _money(offset.bill_fen)

    @display(description=_("paid with points"), ordering="offset_fen")
    def paid_with_points(self, offset: Offset) -> str:
        return _money(offset.offset_fen)

    @display(description=_("given back"))
    def given_back(self, offset: Offset) -> str:
        return f"{offset.refunded_points:,} + {_money(offset.refunded_fen)}"


def _money(fen: int) -> str:
    return f"¥{yuan(fen)}"
