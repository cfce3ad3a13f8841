"""The member's consents, export of all data, closing of the account."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import auth, data_subjects, queries
from accounts.models import ConsentChannel, ConsentPurpose
from accounts.operations import privacy
from accounts.operations.privacy import MayNotClose

# Consents besides the one to membership itself.
QUESTIONS = [
    (ConsentPurpose.MARKETING, ConsentChannel.SMS),
    (ConsentPurpose.MARKETING, ConsentChannel.PUSH),
    (ConsentPurpose.PERSONALISATION, ConsentChannel.ANY),
]


@never_cache
@require_http_methods(["GET", "POST"])
@auth.member_required
def page(request: HttpRequest) -> HttpResponse:
    person = auth.me(request)
    answers = queries.consents_of(person)
    if request.method == "POST":
        for purpose, channel in QUESTIONS:
            is_given = f"{purpose}-{channel}" in request.POST
            if is_given != answers.get((purpose, channel), False):
                privacy.set_consent(
                    person=person, purpose=purpose, channel=channel, is_given=is_given, moment=timezone.now()
                )
        messages.success(request, _("Your choices are saved."))
        return redirect("privacy")
    questions = [
        {
            "field": f"{purpose}-{channel}",
            "purpose": purpose.label,
            "channel": channel.label if channel else "",
            "is_given": answers.get((purpose, channel), False),
        }
        for purpose, channel in QUESTIONS
    ]
    context = {"questions": questions, "history": person.consents.order_by("-id")[:50]}
    return render(request, "accounts/privacy.html", context)


@require_POST
@auth.member_required
@auth.fresh_proof_required
def export(request: HttpRequest) -> HttpResponse:
    archive = data_subjects.export_everything(auth.me(request), timezone.now())
    response = HttpResponse(archive, content_type="application/zip")
    response["Content-Disposition"] = 'attachment; filename="hongmi-my-data.zip"'
    response["Cache-Control"] = "no-store"
    return response


@never_cache
@require_http_methods(["GET", "POST"])
@auth.member_required
@auth.fresh_proof_required
def close(request: HttpRequest) -> HttpResponse:
    person, moment = auth.me(request), timezone.now()
    if request.method == "POST" and "is_sure" in request.POST:
        try:
            closure = privacy.request_closure(person=person, moment=moment)
        except MayNotClose as refusal:
            messages.error(request, refusal.message)
            return redirect("me")
        logout(request)
        return render(request, "accounts/closing.html", {"closure": closure})
    context = {"unspent": data_subjects.unspent(person, moment), "days": settings.CLOSING_COOLING_OFF_DAYS}
    return render(request, "accounts/close.html", context)
