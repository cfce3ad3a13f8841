"""The platform's console of people."""

from accounts.admin import unmaskings, user_admin

__all__ = ["unmaskings", "user_admin"]
