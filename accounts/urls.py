"""Sign-in under /sign-in/, the member's own pages under /me/."""

from allauth.account import views as allauth_views
from allauth.mfa.totp.views import activate_totp
from allauth.usersessions import views as session_views
from django.urls import include, path
from django.views.generic import RedirectView

from accounts import auth
from accounts.views import confirm, family, privacy, profile, sign_in

urlpatterns = [
    path("sign-in/", sign_in.request_code, name="account_login"),
    path("sign-in/code", sign_in.answer_code, name="account_code"),
    path("sign-in/dormant", sign_in.dormant, name="account_dormant"),
    path("sign-in/card", sign_in.with_card, name="account_card"),
    path("sign-in/password", sign_in.with_password, name="account_password"),
    # Proving a number without an account creates one, so signing up is signing in.
    path("sign-in/up", RedirectView.as_view(pattern_name="account_login"), name="account_signup"),
    path("sign-in/out", allauth_views.logout, name="account_logout"),
    path("sign-in/inactive", allauth_views.account_inactive, name="account_inactive"),
    path("sign-in/again", allauth_views.reauthenticate, name="account_reauthenticate"),
    # Before the library's own view, which requires no proof from people without a password, so that the finder of an
    # unlocked device could lock the owner out by adding an authenticator.
    path(
        "sign-in/second-factor/totp/activate/",
        auth.member_required(auth.fresh_proof_required(activate_totp)),
        name="mfa_activate_totp",
    ),
    path("sign-in/second-factor/", include("allauth.mfa.urls")),
    path("me/", profile.overview, name="me"),
    path("me/confirm", confirm.page, name="confirm"),
    path("me/profile", profile.edit, name="profile"),
    path("me/pets", profile.pets, name="pets"),
    path("me/phone", profile.change_phone, name="change_phone"),
    path("me/password", allauth_views.password_change, name="account_change_password"),
    # A fresh proof first, because the password is itself a proof: who finds an open device would make one of their own.
    path(
        "me/password/set",
        auth.member_required(auth.fresh_proof_required(allauth_views.password_set)),
        name="account_set_password",
    ),
    path("me/devices", session_views.list_usersessions, name="usersessions_list"),
    path("me/guardian", profile.guardian, name="guardian"),
    path("me/guardian/agree", profile.agree_as_guardian, name="agree_as_guardian"),
    path("me/guardian/withdraw", profile.withdraw_as_guardian, name="withdraw_as_guardian"),
    path("me/family", family.page, name="family"),
    path("me/family/found", family.found, name="found_family"),
    path("me/family/invite", family.invite, name="invite_to_family"),
    path("me/family/join", family.join, name="join_family"),
    path("me/family/leave", family.leave, name="leave_family"),
    path("me/family/remove", family.remove, name="remove_from_family"),
    path("me/family/caps", family.set_caps, name="family_caps"),
    path("me/data", privacy.page, name="privacy"),
    path("me/data/export", privacy.export, name="export_my_data"),
    path("me/close", privacy.close, name="close_account"),
]
