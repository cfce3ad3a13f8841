"""Vouchers are among what a rotation of keys seals again."""

from typing import Any

from django.core.management import call_command

from redemption.operations import vouchers
from tests.redemption import shopping

NEW = "n3w-kZ8-Qw3_rT6yUi9oPa2sDf5gHj8kLz1xCv4bNm7qWe0rTy3uI"


def test_codes_of_vouchers_can_be_read_after_the_old_key_is_gone(own_db: str, settings: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(vouchers, "RESEAL_BATCH", 2)
    shop = shopping.shop()
    alice = shopping.buyer("Alice", shop, points=10_000)
    orders = [shopping.placed(shopping.reward(shop, 500), alice) for _ in range(3)]
    codes = [vouchers.code_of(order.vouchers.get()) for order in orders]
    settings.HONGMI_FIELD_KEYS = [NEW, *settings.HONGMI_FIELD_KEYS]
    call_command("reseal_identities")
    settings.HONGMI_FIELD_KEYS = [NEW]
    assert [vouchers.code_of(order.vouchers.get()) for order in orders] == codes
    assert vouchers.reseal_codes() == 0
