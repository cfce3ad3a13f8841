"""Doors of the house itself: is it well, how busy is it, which language."""

import hmac
from collections.abc import Callable

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.i18n import set_language as set_language
from django_prometheus.exports import ExportToDjangoView

from notifications import metrics as outbox_metrics


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when the database and Redis answer, else 503; says which, and nothing more."""
    state = {"database": _answers(_ask_database), "redis": _answers(_ask_redis)}
    return JsonResponse(state, status=200 if all(state.values()) else 503)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For Prometheus, with METRICS_TOKEN as bearer token; not there for anyone else."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.METRICS_TOKEN or not hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode()):
        raise Http404
    outbox_metrics.observe(moment=timezone.now())
    answer: HttpResponse = ExportToDjangoView(request)
    return answer


def _answers(question: Callable[[], object]) -> bool:
    try:
        question()
    except Exception:  # noqa: BLE001 - whatever went wrong, the answer is "not well"
        return False
    return True


def _ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _ask_redis() -> None:
    cache.get("healthz")
