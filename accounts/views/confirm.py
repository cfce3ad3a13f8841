"""A fresh proof of identity, by code or password, before exporting all data or closing the account."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import auth
from accounts.forms import CodeForm
from accounts.models import ChallengePurpose
from accounts.operations import sign_in
from accounts.operations.sign_in import SignInRefused
from notifications.sms import SmsNotSent

PENDING = "confirm"


@never_cache
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters()
@auth.member_required
def page(request: HttpRequest) -> HttpResponse:
    error = ""
    if request.method == "POST":
        try:
            if _is_proven(request):
                return redirect(auth.safe_next(request) or "privacy")
        except (SignInRefused, SmsNotSent) as refusal:
            error = refusal.message
    context = {
        "code_form": CodeForm(),
        "is_sent": PENDING in request.session,
        "next": auth.safe_next(request),
        "error": error,
    }
    return render(request, "accounts/confirm.html", context)


def _is_proven(request: HttpRequest) -> bool:
    """Whether the posted password or code is right. Sends a code if the member requests one."""
    person, visitor = auth.me(request), auth.visitor(request)
    if "password" in request.POST:
        sign_in.prove_password(person=person, password=request.POST["password"], visitor=visitor)
        auth.note_proof(request, method="password")
        return True
    if "send" in request.POST and person.phone:
        challenge = sign_in.send_code(
            phone=person.phone,
            purpose=ChallengePurpose.CONFIRM,
            visitor=visitor,
            moment=timezone.now(),
            person=person,
        )
        request.session[PENDING] = str(challenge)
    form = CodeForm(request.POST)
    if "code" not in request.POST or PENDING not in request.session or not form.is_valid():
        return False
    sign_in.verify_code(
        challenge_id=UUID(request.session[PENDING]),
        purpose=ChallengePurpose.CONFIRM,
        code=form.cleaned_data["code"],
        visitor=visitor,
        moment=timezone.now(),
    )
    del request.session[PENDING]
    auth.note_proof(request, method="code")
    return True
