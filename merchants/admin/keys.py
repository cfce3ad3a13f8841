"""Credentials of partner systems in the console."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextInputWidget

from merchants import credentials
from merchants.models import PartnerCredential
from merchants.scoped_admin import MERCHANT, ScopedAdmin
from merchants.scopes import SCOPES


class CredentialForm(forms.ModelForm):  # type: ignore[type-arg]
    name = forms.CharField(label=_("Which system is it for?"), max_length=100, widget=UnfoldAdminTextInputWidget)
    scopes = forms.MultipleChoiceField(
        label=_("It may"),
        choices=list(SCOPES.items()),
        initial=list(SCOPES),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    class Meta:
        model = PartnerCredential
        fields = ("merchant", "name", "scopes")


class PartnerCredentialAdmin(ScopedAdmin):
    """A credential is never changed, only revoked; its secret is shown once.

    The OAuth library registers this class, which a setting names.
    """

    form = CredentialForm
    list_display = ("name", "merchant", "client_id", "created", "shown_state")
    list_filter = (*MERCHANT, ("revoked_at", admin.EmptyFieldListFilter))
    list_select_related = ("merchant",)
    ordering = ("-created",)
    actions_detail = ("revoke",)

    def has_change_permission(self, request: HttpRequest, obj: PartnerCredential | None = None) -> bool:
        return False

    def has_revoke_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self.may(request, "revoke", self.get_object(request, object_id) if object_id else None)

    def get_fields(self, request: HttpRequest, obj: PartnerCredential | None = None) -> tuple[str, ...]:
        return (
            ("merchant", "name", "scopes") if obj is None else ("merchant", "name", "client_id", "scopes", "revoked_at")
        )

    def save_model(self, request: HttpRequest, obj: PartnerCredential, form: Any, change: bool) -> None:
        issued, secret = credentials.issue(
            merchant_id=obj.merchant_id, name=obj.name, scopes=form.cleaned_data["scopes"]
        )
        obj.__dict__.update(issued.__dict__)
        # Only on this object and never stored, because it is shown once.
        obj.secret_to_show = secret

    def response_add(
        self, request: HttpRequest, obj: PartnerCredential, post_url_continue: str | None = None
    ) -> HttpResponse:
        page = self.page(
            request,
            "console/credential_issued.html",
            title=_("Key issued"),
            credential=obj,
            secret=obj.secret_to_show,
        )
        page.headers["Cache-Control"] = "no-store"
        return page

    @action(description=_("Revoke this key"), permissions=["revoke"], icon="block")
    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        credential = self.found(request, object_id)
        if request.method != "POST":
            return self.page(
                request,
                "console/confirm.html",
                title=_("Revoke this key"),
                subject=credential.name,
                question=_("From the next request on the system that uses it has no access. This cannot be undone."),
                answer=_("Revoke"),
                back=reverse("admin:merchants_partnercredential_change", args=[object_id]),
            )
        credentials.revoke(credential, moment=timezone.now())
        self.message_user(request, _("The key is revoked."))
        return redirect(reverse("admin:merchants_partnercredential_changelist"))

    @display(description=_("state"), label={"in use": "success", "revoked": "danger"})
    def shown_state(self, credential: PartnerCredential) -> tuple[str, Any]:
        return ("revoked", _("revoked")) if credential.revoked_at else ("in use", _("in use"))
