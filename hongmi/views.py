"""Pages of no app: the first page, the proofs, health, metrics, language."""

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

from hongmi.lib.metrics import shared
from merchants.models import Merchant, MerchantStatus
from notifications import metrics as outbox_metrics
from points import metrics as book_metrics
from points import queries, verify
from points.transparency import publication


@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The first page: an introduction, four links, and the ledger's figures as of its last signed head."""
    signed = publication.public_log().head
    context = {
        "head": signed.head if signed else None,
        "circulation": queries.circulation(),
        "merchants": Merchant.objects.filter(status=MerchantStatus.LIVE, is_platform=False).count(),
    }
    return render(request, "public/home.html", context)


@never_cache
@require_safe
def proofs(request: HttpRequest) -> HttpResponse:
    """How anyone can verify the ledger without our help."""
    audit = queries.last_audit()
    context = {"log": publication.public_log(), "audit": audit, "laws": len(audit.findings) if audit else 0}
    return render(request, "public/proofs.html", context)


@never_cache
@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest signed note (c2sp.org/tlog-checkpoint), for monitors that store heads elsewhere."""
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
    """200 when the database and Redis answer, else 503, with the state of each and nothing more."""
    state = {"database": _answers(_query_database), "redis": _answers(_query_redis)}
    return JsonResponse(state, status=200 if all(state.values()) else 503)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For Prometheus, with METRICS_TOKEN as bearer token; 404 for anyone else."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.METRICS_TOKEN or not hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode()):
        raise Http404
    moment = timezone.now()
    outbox_metrics.observe(moment=moment)
    book_metrics.observe(moment=moment)
    response: HttpResponse = ExportToDjangoView(request)
    response.write(shared.exposition())
    return response


def _answers(query: Callable[[], object]) -> bool:
    try:
        query()
    except Exception:  # noqa: BLE001 - any failure means "not healthy"
        return False
    return True


def _query_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _query_redis() -> None:
    cache.get("healthz")
