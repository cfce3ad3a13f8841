"""Addresses of merchants."""

from django.urls import path

from merchants import api

api_urlpatterns = [
    path("members", api.Members.as_view(), name="members"),
    path("members/<uuid:member_id>", api.Member.as_view(), name="member"),
]
