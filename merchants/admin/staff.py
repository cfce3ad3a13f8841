"""Staff of merchants in the console: invitations, roles, stores, ends of jobs."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from accounts import auth
from hongmi.lib.errors import DomainError
from merchants import queries
from merchants.errors import StaffRefused
from merchants.forms.console import Confirmation, InvitationForm, PlaceForm
from merchants.models import Staff, StaffInvitation, StaffRole
from merchants.operations import staff
from merchants.operations.staff import GOVERNS
from merchants.scoped_admin import MERCHANT, ReadOnlyAdmin

# The most usual first and the most powerful last, because the form preselects the first.
OFFERED = (StaffRole.CASHIER, StaffRole.MANAGER, StaffRole.FINANCE, StaffRole.READ_ONLY, StaffRole.OWNER)


@admin.register(Staff)
class StaffAdmin(ReadOnlyAdmin):
    list_display = ("person", "shown_role", "held_in", "merchant", "works")
    list_filter = ("role", "is_active", *MERCHANT)
    list_select_related = ("user__wrapped_key", "merchant")
    ordering = ("-is_active", "merchant", "role")
    fields = ("person", "merchant", "shown_role", "held_in", "works")
    readonly_fields = fields
    actions_list = ("invite",)
    actions_detail = ("change_place", "end_place")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Staff]:
        return super().get_queryset(request).prefetch_related("stores")

    # --- permissions; the operations check the roles again ---

    def has_invite_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "invite")

    def has_govern_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        place = self.get_object(request, object_id) if object_id else None
        if place is None:
            return self.may(request, "govern")
        return place.is_active and place.role in self._governed(request, place.merchant_id)

    # --- actions ---

    @action(description=_("Invite staff"), permissions=["invite"], icon="person_add", url_path="invite")
    def invite(self, request: HttpRequest) -> HttpResponse:
        merchants = self.merchants_where(request, "invite")
        roles = [role for role in OFFERED if any(role in self._governed(request, shop.pk) for shop in merchants)]
        stores = queries.stores_for(auth.me(request), merchants=merchants)
        form = InvitationForm(request.POST or None, merchants=merchants, roles=roles, stores=stores)
        context = {"title": _("Invite staff"), "back": self.address()}
        if request.method == "POST" and form.is_valid():
            data = form.cleaned_data
            try:
                code = staff.invite(
                    merchant_id=data["merchant"].pk, by=auth.me(request), phone=data["phone"] or None,
                    moment=timezone.now(), **form.place(),
                )  # fmt: skip
            except StaffRefused as refusal:
                form.add_error("role", refusal.message)
            else:
                return self._code_shown(request, code, form, **context)
        question = _("You get a code to pass on. It is valid for one person and seven days, and is shown only once.")
        return self.action_page(request, form, question=question, answer=_("Create the code"), **context)

    @action(description=_("Role and stores"), permissions=["govern"], icon="manage_accounts", url_path="place")
    def change_place(self, request: HttpRequest, object_id: str) -> HttpResponse:
        place = self.found(request, object_id)
        roles = self._governed(request, place.merchant_id)
        stores = queries.stores_for(auth.me(request), merchants=self.merchants_where(request, "govern"))
        form = PlaceForm(
            request.POST or None,
            roles=[role for role in OFFERED if role in roles],
            stores=stores.filter(merchant=place.merchant_id),
            initial={"role": place.role, "stores": place.stores.all()},
        )
        if request.method == "POST" and form.is_valid():
            ids = {"merchant_id": place.merchant_id, "by": auth.me(request), "user_id": place.user_id}
            done = self._done(request, place, form, lambda: staff.change_role(**ids, **form.place()))
            if done:
                return done
        return self.action_page(
            request, form, title=_("Role and stores"), subject=self.person(place), answer=_("Change"),
            question=_("The change takes effect with their next request."), back=self.address(place),
        )  # fmt: skip

    @action(description=_("End this place"), permissions=["govern"], icon="person_remove", url_path="end")
    def end_place(self, request: HttpRequest, object_id: str) -> HttpResponse:
        place = self.found(request, object_id)
        form = Confirmation(request)
        if form.is_valid():
            ids = {"merchant_id": place.merchant_id, "by": auth.me(request), "user_id": place.user_id}
            done = self._done(request, place, form, lambda: staff.end(**ids))
            if done:
                return done
        return self.action_page(
            request, form, title=_("End this place"), subject=self.person(place), answer=_("End this place"),
            question=_("From the next request on they have no access here. The history of their work stays."),
            back=self.address(place),
        )  # fmt: skip

    def _done(self, request: HttpRequest, place: Staff, form: Form, act: Callable[[], None]) -> HttpResponse | None:
        try:
            act()
        except StaffRefused as refusal:
            form.add_error(None, refusal.message)
            return None
        self.log_change(request, place, str(request.resolver_match and request.resolver_match.url_name))
        self.message_user(request, _("It is done."), messages.SUCCESS)
        return redirect(self.address())

    def _governed(self, request: HttpRequest, merchant_id: int) -> frozenset[StaffRole]:
        if merchant_id not in set(self.merchants_where(request, "govern").values_list("pk", flat=True)):
            return frozenset()
        own = Staff.objects.filter(merchant_id=merchant_id, user=auth.me(request), is_active=True).first()
        return GOVERNS.get(StaffRole(own.role), frozenset()) if own else frozenset()

    def _code_shown(self, request: HttpRequest, code: str, form: InvitationForm, **context: Any) -> HttpResponse:
        data = form.cleaned_data
        facts = {
            "where": request.build_absolute_uri(reverse("my_work")),
            "role": StaffRole(data["role"]).label,
            "merchant": data["merchant"],
        }
        sentence = gettext(
            "Pass on this code. The person signs in at %(where)s and types it there, and is then %(role)s of "
            "%(merchant)s."
        )
        return self.action_page(request, None, shown=code, question=sentence % facts, **context)

    # --- columns and fields ---

    @display(description=_("person"))
    def person(self, staff: Staff) -> str:
        return str(staff.user)

    @display(description=_("role"), ordering="role", label=True)
    def shown_role(self, staff: Staff) -> str:
        return staff.get_role_display()

    @display(description=_("stores"))
    def held_in(self, staff: Staff) -> str:
        return "、".join(store.name for store in staff.stores.all()) or gettext("all")

    @display(description=_("works here"), boolean=True)
    def works(self, staff: Staff) -> bool:
        return staff.is_active


@admin.register(StaffInvitation)
class StaffInvitationAdmin(ReadOnlyAdmin):
    """Invitations of staff, without their codes, which are stored as hashes."""

    list_display = ("offered", "merchant", "held_in", "for_one_number", "invited_by", "invited_at", "shown_state")
    list_filter = (("ended_at", admin.EmptyFieldListFilter), "role", *MERCHANT)
    list_select_related = ("merchant", "invited_by__wrapped_key", "accepted_by__wrapped_key")
    ordering = ("-pk",)
    fields = (
        "offered", "merchant", "held_in", "for_one_number", "invited_by", "invited_at", "expires_at", "accepted_by",
        "state_now",
    )  # fmt: skip
    readonly_fields = fields
    actions_detail = ("withdraw",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[StaffInvitation]:
        return super().get_queryset(request).prefetch_related("stores")

    def has_withdraw_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        invitation = self.get_object(request, object_id) if object_id else None
        is_open = invitation is None or invitation.ended_at is None
        return is_open and self.may(request, "withdraw", invitation)

    @action(description=_("Withdraw"), permissions=["withdraw"], icon="block", url_path="withdraw")
    def withdraw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        invitation = self.found(request, object_id)
        form = Confirmation(request)
        if form.is_valid():
            try:
                staff.withdraw_invitation(
                    merchant_id=invitation.merchant_id, by=auth.me(request), invitation_id=invitation.pk,
                    moment=timezone.now(),
                )  # fmt: skip
            except DomainError as refusal:
                form.add_error(None, refusal.message)
            else:
                self.message_user(request, _("The invitation is withdrawn; its code is void."), messages.SUCCESS)
                return redirect(self.address())
        return self.action_page(
            request, form, title=_("Withdraw"), subject=str(invitation), answer=_("Withdraw"),
            question=_("Its code becomes void at once."), back=self.address(invitation),
        )  # fmt: skip

    @display(description=_("role"), ordering="role")
    def offered(self, invitation: StaffInvitation) -> str:
        return invitation.get_role_display()

    @display(description=_("stores"))
    def held_in(self, invitation: StaffInvitation) -> str:
        return "、".join(store.name for store in invitation.stores.all()) or gettext("all")

    @display(description=_("for one number only"))
    def for_one_number(self, invitation: StaffInvitation) -> str:
        return gettext("yes") if invitation.phone_index is not None else "–"

    @display(description=_("state"), label={"open": "info", "taken": "success", "over": "warning"})
    def shown_state(self, invitation: StaffInvitation) -> tuple[str, Any]:
        if invitation.accepted_by_id is not None:
            return "taken", _("accepted")
        if invitation.ended_at is not None:
            return "over", _("withdrawn")
        is_open = invitation.expires_at > timezone.now()
        return ("open", _("open")) if is_open else ("over", _("expired"))

    @display(description=_("state"))
    def state_now(self, invitation: StaffInvitation) -> str:
        return str(self.shown_state(invitation)[1])
