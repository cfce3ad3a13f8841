"""What the API answers when a registration is refused, and of a member nobody may see."""

from django.utils.translation import gettext_lazy as _

from hongmi.lib.idempotency import KEY_REUSED
from hongmi.lib.problems import register
from merchants import operations

MEMBER_NOT_FOUND = register("member_not_found", 404, _("No such member of this merchant"))

register("key_reused", KEY_REUSED.status, KEY_REUSED.title, operations.KeyReused)
register("member_has_left", 422, _("The member left; only they can come back"), operations.MemberHasLeft)
register("member_ref_taken", 422, _("The number is another member's"), operations.MemberRefTaken)
register("referrer_not_found", 422, _("The referrer is no member here"), operations.ReferrerNotFound)
