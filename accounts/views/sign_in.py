"""Sign-in by code, card or password, and the choice for a dormant account."""

from uuid import UUID

from allauth.account.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import auth, phones
from accounts.forms import CardSignInForm, CodeForm, CodeRequestForm
from accounts.models import ChallengePurpose, ConsentPurpose
from accounts.operations import cards, phone_numbers, privacy, sign_in
from accounts.operations.phone_numbers import DormantAccount, OpenedAccount
from accounts.operations.sign_in import CodeEnded, SignInRefused
from notifications.sms import SmsNotSent

PENDING = "sign_in"
STATUS_OF = {"too_many_codes": 429, "too_many_answers": 429, "sign_in_paused": 429, "sms_not_sent": 503}


@never_cache
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters()
def request_code(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("me")
    form = CodeRequestForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        phone = form.cleaned_data["phone"]
        try:
            challenge = sign_in.send_code(
                phone=phone, purpose=ChallengePurpose.SIGN_IN, visitor=auth.visitor(request), moment=timezone.now()
            )
        except (SignInRefused, SmsNotSent) as refusal:
            form.add_error(None, refusal.message)
            status = STATUS_OF[refusal.code]
        else:
            request.session[PENDING] = {
                "challenge": str(challenge),
                "masked": phones.masked(phone),
                "next": auth.safe_next(request),
            }
            return redirect("account_code")
    context = {"form": form, "next": auth.safe_next(request)}
    return render(request, "accounts/sign_in.html", context, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters()
def answer_code(request: HttpRequest) -> HttpResponse:
    pending = request.session.get(PENDING)
    if not pending:
        return redirect("account_login")
    form = CodeForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            phone = sign_in.verify_code(
                challenge_id=UUID(pending["challenge"]),
                purpose=ChallengePurpose.SIGN_IN,
                code=form.cleaned_data["code"],
                visitor=auth.visitor(request),
                moment=timezone.now(),
            )
            return _signed_in(request, phone_numbers.open_account(phone=phone, moment=timezone.now()))
        except DormantAccount:
            return redirect("account_dormant")
        except SignInRefused as refusal:
            form.add_error("code", refusal.message)
            status = STATUS_OF.get(refusal.code, 200)
    return render(request, "accounts/code.html", {"form": form, "masked": pending["masked"]}, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def dormant(request: HttpRequest) -> HttpResponse:
    """Nobody used the number's account for half a year: the person proves more, or starts a new account."""
    pending = request.session.get(PENDING)
    if not pending:
        return redirect("account_login")
    if request.method == "POST":
        try:
            opened = phone_numbers.start_new_account(challenge_id=UUID(pending["challenge"]), moment=timezone.now())
        except CodeEnded:
            return redirect("account_login")
        return _signed_in(request, opened)
    return render(request, "accounts/dormant.html", {"masked": pending["masked"]})


@never_cache
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters()
def with_card(request: HttpRequest) -> HttpResponse:
    form = CardSignInForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            person = cards.sign_in(
                number=form.cleaned_data["number"], pin=form.cleaned_data["pin"], visitor=auth.visitor(request)
            )
            return auth.sign_in(request, person, method="card", next_url=auth.safe_next(request))
        except SignInRefused as refusal:
            form.add_error(None, refusal.message)
            status = STATUS_OF.get(refusal.code, 200)
    return render(request, "accounts/card_sign_in.html", {"form": form, "next": auth.safe_next(request)}, status=status)


class PasswordView(LoginView):
    template_name = "accounts/password_sign_in.html"


with_password = sensitive_post_parameters()(PasswordView.as_view())


def _signed_in(request: HttpRequest, opened: OpenedAccount) -> HttpResponse:
    pending = request.session.pop(PENDING)
    privacy.record_agreement(person=opened.person, purpose=ConsentPurpose.PROGRAMME, moment=timezone.now())
    next_url = "/me/profile" if opened.is_new else pending["next"]
    return auth.sign_in(request, opened.person, method="code", next_url=next_url)
