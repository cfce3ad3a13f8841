"""Contexts of the console pages that show something beneath or instead of a form."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from merchants.models import Membership, Merchant
from points import queries
from points.console import labels
from points.models import Act, Draw, EarningRule, EarningRuleVersion, Journal, Lot, Posting, Seal
from points.operations import earning_rules
from points.operations.earning_rules import InvalidRule
from points.rules import descriptions, preview, rule_form, rule_json, validation
from points.rules.reader import DefinitionInvalid
from points.statement import explanations, listing
from points.types import AccountKind, ActKind

LATEST = 30


@dataclass(frozen=True, slots=True)
class PublishPage:
    """`published` after success, else the context of the page with the form."""

    published: EarningRuleVersion | None
    context: dict[str, Any]


@dataclass(frozen=True, slots=True)
class DescribedVersion:
    """A version of a rule with its description; `raw` is the definition as JSON."""

    row: EarningRuleVersion
    state: str
    sentence: str
    terms: list[tuple[str, str]]
    raw: str


def versions(rule: EarningRule) -> dict[str, Any]:
    """The versions of a rule, newest first, each with its description."""
    now = timezone.now()
    stores = dict(rule.merchant.stores.values_list("pk", "name"))
    described = [_described(row, stores, now) for row in rule.versions.order_by("-version")]
    begun = max((one.row.starts_at for one in described if one.state == "begun"), default=None)
    # A version that a later one has replaced has ended, even without an end of its own.
    return {
        "versions": [
            replace(one, state="ended") if one.state == "begun" and one.row.starts_at != begun else one
            for one in described
        ]
    }


def sentence(definition: dict[str, Any]) -> str:
    """The sentence of a definition."""
    return descriptions.sentence(rule_json.parse(definition))


def publish_rule(request: HttpRequest, rule: EarningRule) -> PublishPage:
    """Show the form, preview its rule, or publish it. Each problem is shown at its field."""
    form = rule_form.RuleVersionForm(request.POST or None, merchant=rule.merchant, initial=_initial(rule))
    context: dict[str, Any] = {"form": form}
    if request.method != "POST" or not form.is_valid():
        return PublishPage(None, context)
    given = form.cleaned_data
    try:
        if "preview" in request.POST:
            return PublishPage(None, context | _preview(rule, form))
        published = earning_rules.publish(
            rule=rule,
            definition=form.definition(),
            starts_at=given["starts_at"],
            ends_at=given["ends_at"],
            created_by_id=request.user.pk,
        )
    except (InvalidRule, DefinitionInvalid) as refusal:
        form.add_problems(refusal.problems)
    else:
        return PublishPage(published, context)
    return PublishPage(None, context)


def act(found: Act, *, sees_balances: bool) -> dict[str, Any]:
    """The act in sentences, and every row of the ledger that it wrote."""
    postings = list(Posting.objects.filter(act_id=found.pk).order_by("line"))
    holders = _holders(postings)
    return {
        "sentences": explanations.sentences(found, explanations.names_of_rules([found])),
        "journal": Journal.objects.filter(act_id=found.pk).order_by("purse"),
        "sees_balances": sees_balances,
        "postings": [
            (
                one,
                labels.account(one.debit_kind, holders(one.debit_kind, one.debit_holder)),
                labels.account(one.credit_kind, holders(one.credit_kind, one.credit_holder)),
            )
            for one in postings
        ],
        "lots": Lot.objects.filter(act_id=found.pk).select_related("issuer").order_by("id"),
        "draws": Draw.objects.filter(act_id=found.pk).select_related("lot__issuer").order_by("lot_id"),
        "answers": Act.objects.filter(parent_id=found.pk, merchant_id=found.merchant_id).order_by("id"),
        "leaf": Seal.objects.filter(act_id=found.pk).first(),
    }


def member(membership: Membership, *, moment: datetime) -> dict[str, Any]:
    """The merchant's view of a member: its own entries, and the wallets once the member has consented."""
    lines = list(queries.statement(member_id=membership.member_id, merchant_id=membership.merchant_id)[:LATEST])
    acts = list({line.act_id: line.act for line in lines}.values())
    wallets = queries.wallets(member_id=membership.member_id, moment=moment) if membership.consented_at else []
    return {"wallets": wallets, "entries": listing.entries(acts, lines)}


def _holders(postings: Sequence[Posting]) -> Callable[[str, int], str]:
    """Names the holders of accounts: a merchant's name, the start of a member's id, or a dash for a hidden one."""
    of_people = (AccountKind.MEMBER, AccountKind.HELD)
    accounts = {
        account for one in postings
        for account in ((one.debit_kind, one.debit_holder), (one.credit_kind, one.credit_holder))
    }  # fmt: skip
    members = User.objects.filter(pk__in={holder for kind, holder in accounts if kind in of_people})
    people = {pk: str(public_id)[:8] for pk, public_id in members.values_list("pk", "public_id")}
    shops = {shop.pk: str(shop) for shop in Merchant.objects.all()}
    return lambda kind, holder: (people if kind in of_people else shops).get(holder, "–")


def _initial(rule: EarningRule) -> dict[str, Any]:
    last = rule.versions.order_by("-version").first()
    start = timezone.localtime(timezone.now() + timedelta(minutes=5)).replace(second=0, microsecond=0)
    initial: dict[str, Any] = {"starts_at": start, "kind": "rate", "points": 1, "per_yuan": 1}
    if last is not None:
        initial |= rule_form.initial_of(last.definition)
        if rule_form.needs_raw(last.definition, rule.merchant):
            initial["raw"] = _pretty(last.definition)
    return initial


def _preview(rule: EarningRule, form: rule_form.RuleVersionForm) -> dict[str, Any]:
    given = form.cleaned_data
    window = {"starts_at": given["starts_at"], "ends_at": given["ends_at"]}
    definition = rule_json.parse(form.definition())
    if problems := validation.validate(definition, rule.merchant.category, **window):
        form.add_problems(problems)
        return {}
    amount_fen = int((given["sample_yuan"] or 0) * 100)
    granted = preview.awards_of(
        rule=rule, definition=definition, amount_fen=amount_fen, moment=timezone.now(), **window
    )
    sample = Act(kind=ActKind.PURCHASE, breakdown={"awards": granted}, amount_fen=amount_fen)
    return {
        "preview": explanations.sentences(sample, explanations.names_of_rules([sample])),
        "preview_fen": amount_fen,
        "preview_points": sum(award["points"] for award in granted),
    }


def _described(row: EarningRuleVersion, stores: dict[int, str], now: datetime) -> DescribedVersion:
    definition = rule_json.parse(row.definition)
    terms = descriptions.terms(definition, stores=stores)
    return DescribedVersion(row, _state(row, now), descriptions.sentence(definition), terms, _pretty(row.definition))


def _pretty(definition: dict[str, Any]) -> str:
    return json.dumps(definition, ensure_ascii=False, indent=2)


def _state(row: EarningRuleVersion, now: Any) -> str:
    if row.starts_at > now:
        return "coming"
    return "ended" if row.ends_at is not None and row.ends_at <= now else "begun"
