"""URLs of the merchants' API, and of the member's pages about merchants."""

from django.urls import path

from merchants import views
from merchants.api import (
    codes,
    members,
    problems,  # noqa: F401 - gives the errors their statuses
)

api_urlpatterns = [
    path("members", members.Members.as_view(), name="members"),
    path("members/<uuid:member_id>", members.Member.as_view(), name="member"),
    path("member-codes/resolve", codes.MemberCodeResolution.as_view(), name="resolve_member_code"),
    path("authorisations", codes.Authorisations.as_view(), name="authorisations"),
    path(
        "authorisations/<uuid:authorisation_id>/confirm",
        codes.Confirmation.as_view(),
        name="confirm_authorisation",
    ),
]

urlpatterns = [
    path("me/welcome", views.welcome, name="welcome"),
    path("me/merchants", views.my_merchants, name="my_merchants"),
    path("me/merchants/join", views.join_merchant, name="join_merchant"),
    path("me/merchants/leave", views.leave_merchant, name="leave_merchant"),
    path("me/work", views.my_work, name="my_work"),
    path("me/work/accept", views.accept_place, name="accept_place"),
    path("me/code", views.my_code, name="my_code"),
]
