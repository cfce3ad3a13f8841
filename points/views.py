"""Member pages: the statement, one entry with its receipt, the inbox."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import auth
from notifications import operations as notifications
from notifications import queries as notification_queries
from points import queries
from points.forms import StatementFilter
from points.statement import listing
from points.transparency import receipts

PAGE_SIZE = 20


@never_cache
@require_safe
@auth.member_required
def statement(request: HttpRequest) -> HttpResponse:
    """Balance, worth and expiry of the member's points, and the filtered statement."""
    member, moment = auth.me(request), timezone.now()
    base, green = queries.wallets(member_id=member.pk, moment=moment)
    form = StatementFilter(request.GET)
    lines = queries.statement(member_id=member.pk, **form.filters())
    filters = {name: value for name, value in request.GET.dict().items() if name in form.fields and value}
    page = listing.page(lines, before=_number(request.GET.get("before", "")), filters=filters)
    context = {
        "base": base,
        "green": green,
        "parts": queries.parts(member_id=member.pk, moment=moment),
        "form": form,
        "page": page,
        "is_filtered": bool(filters),
    }
    return render(request, "points/statement.html", context)


@never_cache
@require_safe
@auth.member_required
def entry(request: HttpRequest, act_id: int) -> HttpResponse:
    """One act: its reason, its lots and its receipt."""
    member = auth.me(request)
    lines = list(queries.statement(member_id=member.pk, act_id=act_id))
    if not lines:
        raise Http404
    (found,) = listing.entries([lines[0].act], lines)
    context = {
        "entry": found,
        "moves": queries.lot_moves(act_id=act_id, member_id=member.pk),
        "is_sealed": queries.is_sealed(act_id),
    }
    return render(request, "points/entry.html", context)


@never_cache
@require_safe
@auth.member_required
def receipt(request: HttpRequest, act_id: int) -> HttpResponse:
    """The proof of an act as a file; 202 until it is sealed, which takes seconds.

    With `since`, the tree size of a head the member kept, it also proves that nothing sealed by then has changed.
    """
    if not queries.statement(member_id=auth.me(request).pk, act_id=act_id).exists():
        raise Http404
    try:
        found = receipts.receipt(act_id, since=_number(request.GET.get("since", "")))
    except receipts.UnknownTreeSize as error:
        raise Http404 from error
    if found is None:
        return JsonResponse({"status": "pending"}, status=202, headers={"Retry-After": "3"})
    return HttpResponse(
        receipts.to_text(found),
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="hongmi-receipt-{act_id}.json"'},
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@auth.member_required
def inbox(request: HttpRequest) -> HttpResponse:
    member = auth.me(request)
    before = _number(request.GET.get("before", ""))
    found = notification_queries.inbox(
        recipient=member, language=request.LANGUAGE_CODE, before_id=before, limit=PAGE_SIZE + 1
    )
    shown = found[:PAGE_SIZE]
    if request.method == "POST":
        ids = [number for number in map(_number, request.POST.getlist("notification")) if number]
        notifications.mark_read(recipient_id=member.pk, message_ids=ids, moment=timezone.now())
        return redirect(request.get_full_path())
    older = shown[-1].id if len(found) > PAGE_SIZE else None
    return render(request, "points/inbox.html", {"notifications": shown, "older": older})


def _number(typed: str) -> int | None:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else None
