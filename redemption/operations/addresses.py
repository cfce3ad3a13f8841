"""Delivery addresses of orders, encrypted under the member's own key."""

import json
from collections.abc import Mapping

from accounts.models import User
from hongmi.lib import rls
from redemption.models import Order

_CONTEXT = b"order address"


def encrypt(*, member_id: int, address: Mapping[str, str] | None) -> bytes | None:
    """The ciphertext to store with an order; None without an address."""
    if address is None:
        return None
    key = User.objects.get(pk=member_id).data_key()
    return key.seal(json.dumps(dict(address), ensure_ascii=False).encode(), context=_CONTEXT)


def address_of(order: Order) -> dict[str, str] | None:
    """The address that an order is sent to; None if it is picked up. Raises CannotOpen once the member was erased."""
    if order.address_cipher is None:
        return None
    # A member who has left the merchant since then still waits for the parcel.
    with rls.unscoped():
        key = order.member.data_key()
    address: dict[str, str] = json.loads(key.open(bytes(order.address_cipher), context=_CONTEXT))
    return address
