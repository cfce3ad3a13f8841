"""Adapter for django-allauth: phone numbers, SMS, and our work after a sign-in.

The library's forms for signing up and in by code are not used: they store code and number in the session in clear and
do different work for unknown numbers (docs/decisions, "sign-in by code").
"""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Field
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import devices, queries
from accounts.models import User
from accounts.operations import phone_moves, privacy
from hongmi.lib import field_crypto
from hongmi.lib.client_address import client_address
from notifications import sms


class AccountAdapter(DefaultAccountAdapter):
    def phone_form_field(self, **kwargs: Any) -> Field:
        from accounts.forms import PhoneField

        return PhoneField(**kwargs)

    def get_user_by_phone(self, phone: str) -> User | None:
        return queries.person_by_phone(phone)

    def get_phone(self, user: User) -> tuple[str, bool] | None:
        """Every stored number is verified, because only proven numbers are stored."""
        return (user.phone, True) if user.phone else None

    def set_phone(self, user: User, phone: str, verified: bool) -> None:
        user.phone = phone
        user.save(update_fields=["identity"])

    def set_phone_verified(self, user: User, phone: str) -> None:
        self.set_phone(user, phone, True)

    def send_verification_code_sms(self, user: User, phone: str, code: str, **kwargs: Any) -> None:
        sms.send(sms.Sms(phone=phone, template="code", facts={"code": code, "minutes": "5"}))

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **kwargs)
        devices.remember(request, response, user.public_id)
        if privacy.withdraw_closure(person=user, moment=timezone.now()):
            messages.success(request, _("Welcome back. Your account stays open; closing it has been cancelled."))
        if phone_moves.stop_open(person=user, moment=timezone.now()):
            messages.success(request, _("You are here, so the move of your account to another number was stopped."))
        return response

    def get_client_ip(self, request: HttpRequest) -> str:
        # The library's limits and session list must use the same address as ours.
        address = client_address(request)
        if not address:
            raise PermissionDenied
        return address

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("me")

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # The library counts by email or name; our people sign in by number, which must not be in the cache in clear.
        login = credentials.get("phone") or credentials.get("username") or ""
        return field_crypto.ring().index(login.lower(), purpose="limits").hex()
