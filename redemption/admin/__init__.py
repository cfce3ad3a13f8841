"""The console of redemption."""

from redemption.admin import offers, offsets, orders, payments, prices, returns, rewards, slots, vouchers

__all__ = ["offers", "offsets", "orders", "payments", "prices", "returns", "rewards", "slots", "vouchers"]
