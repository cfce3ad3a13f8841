"""Outbox, deliveries and sandbox SMS in the platform's console: read-only; parked deliveries can be sent again."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hongmi.lib.console.admins import ReadOnlyAdmin
from hongmi.lib.console.columns import number
from notifications import operations, sms
from notifications.models import Delivery, Outbox, SandboxSms


@admin.register(Outbox)
class OutboxAdmin(ReadOnlyAdmin):
    list_display = (number, "topic", "created_at")
    list_filter = ("topic",)
    ordering = ("id",)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = (number, "topic", "consumer", "attempts", "last_error", "due_at", "parked_at")
    list_filter = ("topic", "consumer", ("parked_at", admin.EmptyFieldListFilter))
    ordering = ("id",)
    actions = ("send_again",)

    @admin.action(description=_("Send again"), permissions=["send_again"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        sent = operations.send_again(delivery_ids=list(queryset.values_list("id", flat=True)), moment=timezone.now())
        self.message_user(request, _("%(count)d parked deliveries are on their way again.") % {"count": sent})

    def has_send_again_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("notifications.change_delivery")


@admin.register(SandboxSms)
class SandboxSmsAdmin(ReadOnlyAdmin):
    """SMS that the sandbox stored instead of sending. Production has no sandbox (hongmi.E020), so shows no codes."""

    list_display = (number, "sent_at", "phone", "text")
    ordering = ("-id",)

    @admin.display(description=_("phone"))
    def phone(self, message: SandboxSms) -> str:
        return sms.read_sandbox(message)[0]

    @admin.display(description=_("text"))
    def text(self, message: SandboxSms) -> str:
        return sms.read_sandbox(message)[1]
