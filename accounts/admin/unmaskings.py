"""Unmasked numbers in the platform's console."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.models import PhoneUnmasking
from hongmi.lib.console.admins import ReadOnlyAdmin


@admin.register(PhoneUnmasking)
class PhoneUnmaskingAdmin(ReadOnlyAdmin):
    list_display = ("seen_at", "seen_by", "reason", "member_id")
    list_select_related = ("seen_by__wrapped_key", "person")
    list_filter = (("seen_by", admin.RelatedOnlyFieldListFilter),)
    show_full_result_count = False
    ordering = ("-id",)
    fields = ("seen_at", "seen_by", "reason", "member_id")
    readonly_fields = fields

    @display(description=_("member id"))
    def member_id(self, unmasking: PhoneUnmasking) -> str:
        return str(unmasking.person.public_id)
