"""The console of merchants, by what it is about."""

from merchants.admin import keys, shops, staff, terms
from merchants.admin.keys import PartnerCredentialAdmin

# The last one by its own name, because settings name it to the OAuth library, which registers it.
__all__ = ["PartnerCredentialAdmin", "keys", "shops", "staff", "terms"]
