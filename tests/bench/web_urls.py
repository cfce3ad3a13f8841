"""All URLs, and the trivial view that the purchase call is compared with."""

from django.db import connection
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hongmi.urls import urlpatterns as our_urlpatterns


class Trivial(APIView):
    required_scopes = {"POST": "purchases:write"}  # noqa: RUF012

    def post(self, request: Request) -> Response:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
        return Response({"number": request.data["number"]})


urlpatterns = [path("api/v1/bench/trivial", Trivial.as_view()), *our_urlpatterns]
