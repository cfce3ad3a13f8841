"""Doors of the house itself: the first page, the proofs, is it well, how busy is it, which language."""

import hmac
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.i18n import set_language as set_language
from django_prometheus.exports import ExportToDjangoView

from merchants.models import Merchant, MerchantStatus
from notifications import metrics as outbox_metrics
from points import metrics as book_metrics
from points import queries, verify
from points.transparency import publication


@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What this is, the four doors, and the book's own figures as of its last signed head."""
    signed = publication.public_log().head
    told = {
        "head": signed.head if signed else None,
        "circulation": queries.circulation(),
        "merchants": Merchant.objects.filter(status=MerchantStatus.LIVE, is_platform=False).count(),
    }
    return render(request, "public/home.html", told)


@never_cache
@require_safe
def proofs(request: HttpRequest) -> HttpResponse:
    """How anyone checks the books without asking us."""
    audit = queries.last_audit()
    told = {"log": publication.public_log(), "audit": audit, "laws": len(audit.findings) if audit else 0}
    return render(request, "public/proofs.html", told)


@never_cache
@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest signed note (c2sp.org/tlog-checkpoint), for watchers that keep heads elsewhere."""
    note = publication.public_log().checkpoint
    if note is None:
        raise Http404
    return HttpResponse(note, content_type="text/plain; charset=utf-8")


@never_cache
@require_safe
def verifier_keys(request: HttpRequest) -> HttpResponse:
    """The public keys, one a line, as the verifier's --key takes them."""
    lines = "".join(f"{key}\n" for key in publication.public_log().verifier_keys)
    return HttpResponse(lines, content_type="text/plain; charset=utf-8", headers=_attachment("hongmi-keys.txt"))


@require_safe
def verifier(request: HttpRequest) -> HttpResponse:
    """The verifier itself: one file, standard library and `cryptography`."""
    source = Path(verify.__file__).read_bytes()
    return HttpResponse(source, content_type="text/x-python; charset=utf-8", headers=_attachment("verify.py"))


def _attachment(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}


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
    book_metrics.observe()
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
