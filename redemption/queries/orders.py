"""Orders as seen by their merchant or their member."""

from django.db.models import Q, QuerySet

from accounts.models import User
from hongmi.lib import rls
from redemption.errors import OrderNotFound
from redemption.models import Order


def order(*, order_id: int, merchant_id: int) -> Order:
    """The order with its payments, vouchers and returns. Raises OrderNotFound."""
    found = orders_of(merchant_id=merchant_id).filter(pk=order_id).first()
    if found is None:
        raise OrderNotFound({"order": order_id})
    # Unscoped, because the order stays the merchant's after its member has left.
    with rls.unscoped():
        found.member = User.objects.get(pk=found.member_id)
    return found


def orders_of(*, merchant_id: int) -> QuerySet[Order]:
    own = Order.objects.filter(merchant_id=merchant_id)
    return own.select_related("logo").prefetch_related("payments", "vouchers", "returns")


def orders_by(*, member_id: int) -> QuerySet[Order]:
    """Orders of a member and of accounts merged into theirs, newest first."""
    return (
        Order.objects.filter(Q(member_id=member_id) | Q(member__merged_into_id=member_id))
        .select_related("reward", "merchant", "slot")
        .prefetch_related("payments", "vouchers")
        .order_by("-id")
    )
