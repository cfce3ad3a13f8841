"""The member's own pages: statement, one entry with its receipt, letters."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import auth
from notifications import operations as post_office
from notifications import queries as letters
from points import queries
from points.forms import StatementFilter
from points.statement import listing
from points.transparency import receipts

LETTERS = 20


@never_cache
@require_safe
@auth.member_required
def statement(request: HttpRequest) -> HttpResponse:
    """What I have, what it is worth, what expires when, and everything that happened to it."""
    member, moment = auth.me(request), timezone.now()
    base, green = queries.wallets(member_id=member.pk, moment=moment)
    form = StatementFilter(request.GET)
    asked = form.asked()
    lines = queries.statement(member_id=member.pk, **asked)
    filters = {name: value for name, value in request.GET.dict().items() if name in form.fields and value}
    page = listing.page(lines, before=_number(request.GET.get("before", "")), asked=filters)
    told = {
        "base": base,
        "green": green,
        "parts": queries.parts(member_id=member.pk, moment=moment),
        "form": form,
        "page": page,
        "is_filtered": bool(filters),
    }
    return render(request, "points/statement.html", told)


@never_cache
@require_safe
@auth.member_required
def entry(request: HttpRequest, act_id: int) -> HttpResponse:
    """One act: why, from which lots, and its receipt."""
    member = auth.me(request)
    lines = list(queries.statement(member_id=member.pk, act_id=act_id))
    if not lines:
        raise Http404
    (found,) = listing.entries([lines[0].act], lines)
    told = {
        "entry": found,
        "moves": queries.lot_moves(act_id=act_id, member_id=member.pk),
        "is_sealed": queries.is_sealed(act_id),
    }
    return render(request, "points/entry.html", told)


@never_cache
@require_safe
@auth.member_required
def receipt(request: HttpRequest, act_id: int) -> HttpResponse:
    """The proof of an act as a file; 202 until it is sealed, which takes seconds.

    With `since`, the tree size of a head the member kept, it also proves that nothing of then has changed.
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
    found = letters.inbox(recipient=member, language=request.LANGUAGE_CODE, before_id=before, limit=LETTERS + 1)
    shown = found[:LETTERS]
    if request.method == "POST":
        ids = [number for number in map(_number, request.POST.getlist("letter")) if number]
        post_office.mark_read(recipient_id=member.pk, message_ids=ids, moment=timezone.now())
        return redirect(request.get_full_path())
    older = shown[-1].id if len(found) > LETTERS else None
    return render(request, "points/inbox.html", {"letters": shown, "older": older})


def _number(typed: str) -> int | None:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else None
