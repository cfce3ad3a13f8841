"""The console of merchants: credentials, shops, staff, terms."""

from merchants.admin import keys, shops, staff, terms
from merchants.admin.keys import PartnerCredentialAdmin

# PartnerCredentialAdmin is exported, because a setting names it and the OAuth library registers it.
__all__ = ["PartnerCredentialAdmin", "keys", "shops", "staff", "terms"]
