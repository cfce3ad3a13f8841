"""The platform's console of people."""

from accounts.admin import people

__all__ = ["people"]
