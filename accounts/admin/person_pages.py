"""Pages that support's actions on a person share."""

from typing import Any, cast

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.models import User
from hongmi.lib.console.admins import ReadOnlyAdmin


class PersonPages(ReadOnlyAdmin):
    show_full_result_count = False

    @display(description=_("Name"))
    def person(self, person: User) -> str:
        return person.short_name or "–"

    @display(description=_("mobile number"))
    def phone(self, person: User) -> str:
        return person.masked_phone or "–"

    def requested_person(self, request: HttpRequest, object_id: str) -> User:
        """Raises Http404."""
        person = self.get_object(request, object_id)
        if person is None:
            raise Http404
        return cast(User, person)

    def label(self, person: User) -> str:
        return f"{self.person(person)} {self.phone(person)} · {str(person.public_id)[:8]}"

    def page(self, request: HttpRequest, template: str, **context: Any) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, f"accounts/console/{template}.html", context)

    def action_page(self, request: HttpRequest, person: User, form: Form | None, **context: Any) -> HttpResponse:
        """A form, or a question, with the button of an action. `shown` replaces the form by a number."""
        return self.page(request, "action", subject=self.label(person), form=form, back=self.address(person), **context)

    def done(
        self, request: HttpRequest, person: User, sentence: str, level: int = messages.SUCCESS
    ) -> HttpResponseRedirect:
        self.message_user(request, sentence, level)
        return redirect(self.address(person))

    def address(self, person: User) -> str:
        return reverse("admin:accounts_user_change", args=[person.pk])
