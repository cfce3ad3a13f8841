"""The console of redemption."""

from redemption.admin import orders, prices, returns, rewards, slots, vouchers

__all__ = ["orders", "prices", "returns", "rewards", "slots", "vouchers"]
