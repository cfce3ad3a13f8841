"""A new kind of rule is one file and one entry in the list of kinds; every generic module then supports it."""

from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import trans_real

from accounts.models import User
from merchants.models import Merchant
from points.models import Act, EarningRule
from points.operations import purchases
from points.purchase import Line, PurchaseRequest
from points.rules import descriptions, evaluation, rule_json, validation
from points.rules.kinds import registry
from points.rules.reader import DefinitionInvalid
from points.rules.rule_form import RuleVersionForm, initial_of
from points.statement import explanations
from tests import factories
from tests.points.console.staff import staff
from tests.points.rules.examples import RATE, basket, book, line
from tests.points.rules.variety import Variety

VARIETY = {"kind": "variety", "points": 5, "at_least": 3}
CHINESE = {
    "variety": "品种",
    "Every different article earns %(points)s.": "每种不同商品得 %(points)s。",
    "Different goods": "不同商品",
    "at least %(number)s": "至少 %(number)s 种",
    "%(rule)s: %(skus)s different goods, %(points)s points.": "%(rule)s：%(skus)s 种商品，得 %(points)s 积分。",
}


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any) -> None:
    """The one entry in the list, and the Chinese of the kind's messages."""
    monkeypatch.setattr(registry, "KINDS", (*registry.KINDS, Variety))
    catalogue = Catalog(locale="zh_Hans")
    for message, chinese in CHINESE.items():
        catalogue.add(message, chinese)
    folder = tmp_path / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "django.mo").open("wb") as file:
        write_mo(file, catalogue)
    settings.LOCALE_PATHS = [*settings.LOCALE_PATHS, str(tmp_path)]
    monkeypatch.setattr(trans_real, "_translations", {})


def test_it_is_read_strictly_and_written_in_one_form() -> None:
    assert rule_json.parse(VARIETY).effect == Variety(5, 3)
    assert rule_json.canonical(rule_json.parse(VARIETY)) == VARIETY
    assert rule_json.canonical(rule_json.parse(VARIETY | {"at_least": 1})) == {"kind": "variety", "points": 5}
    with pytest.raises(DefinitionInvalid) as refusal:
        rule_json.parse({"kind": "variety", "at_least": 0, "percent": 200})
    assert [(problem.where, problem.code) for problem in refusal.value.problems] == [
        ("points", "not_a_number"),
        ("at_least", "not_a_number"),
        ("percent", "unknown_field"),
    ]


@pytest.mark.parametrize(
    ("language", "sentence", "term"),
    [
        ("en", "Every different article earns 5 points.", ("Different goods", "at least 3")),
        ("zh-hans", "每种不同商品得 5 积分。", ("不同商品", "至少 3 种")),
    ],
)
def test_it_is_described_in_both_languages(language: str, sentence: str, term: tuple[str, str]) -> None:
    definition = rule_json.parse(VARIETY)
    with translation.override(language):
        assert descriptions.sentence(definition) == sentence
        assert descriptions.terms(definition, stores={})[0] == term


@pytest.mark.parametrize(
    ("definition", "codes"),
    [
        (VARIETY, []),
        (VARIETY | {"at_least": 21}, ["too_many_goods"]),
        (VARIETY | {"stacking": "best"}, ["stacking_refused"]),
        (VARIETY | {"valid_days": 30}, ["expiry_not_disclosed"]),
    ],
)
def test_it_is_validated(definition: dict[str, Any], codes: list[str]) -> None:
    problems = validation.validate(rule_json.parse(definition), "stationery")
    assert [problem.code for problem in problems] == codes


def test_it_earns_beside_the_other_rules() -> None:
    order = basket(line("nib", 3_000), line("ink", 2_000), line("nib", 3_000), line("pad", 2_000), line("gift", 0))
    rate, variety = evaluation.award_for(book(RATE, VARIETY), order)
    assert (rate.points, variety.points, variety.reason, variety.note) == (100, 15, "variety", {"skus": 3})
    assert [award.reason for award in evaluation.award_for(book(RATE, VARIETY), basket(line("nib", 100)))] == ["rate"]


@pytest.mark.django_db
def test_its_fields_stand_in_the_form() -> None:
    shop = factories.merchant()
    entered = {"kind": "variety", "points": "5", "at_least": "3", "percent": "200", "stacking": "add"}
    form = RuleVersionForm(entered | {"starts_at": "2026-01-01T00:00"}, merchant=shop)
    assert form.is_valid(), form.errors
    assert form.definition() == VARIETY | {"stacking": "add"}
    assert initial_of(VARIETY)["at_least"] == 3
    with translation.override("zh-hans"):
        (_, grants), *_ = RuleVersionForm(merchant=shop).sections()
        assert ("variety", "品种") in grants[0].field.choices  # type: ignore[attr-defined]


@pytest.fixture
def stationer() -> Merchant:
    return factories.merchant("stationer")


@pytest.mark.django_db
def test_it_is_previewed_published_and_explained_to_the_member(stationer: Merchant) -> None:
    rule = EarningRule.objects.create(merchant=stationer, code="variety", name="Mixed basket")
    owner, path = staff("owner", "owner", stationer), reverse("admin:points_earningrule_publish", args=[rule.pk])
    alice = factories.member("Alice", stationer)
    entered = {"kind": "variety", "points": "5", "at_least": "1", "stacking": "add", "sample_yuan": "10"}
    entered |= {"starts_at": "2026-01-01T00:00"}
    page = owner.post(path, entered | {"preview": "1"}).content.decode()
    assert "A purchase of 10 yuan earns 5 points" in page
    assert "Mixed basket: 1 different goods, 5 points." in page
    assert owner.post(path, entered | {"publish": "1"}).status_code == 302
    act = _buy(stationer, alice, "pencil", "ink")
    with translation.override("zh-hans"):
        assert explanations.sentences(act, {rule.pk: "混搭"}) == ["混搭：2 种商品，得 10 积分。"]


def _buy(shop: Merchant, member: User, *skus: str) -> Act:
    now = timezone.now()
    lines = tuple(Line(sku, quantity=1, amount_fen=1_000) for sku in skus)
    request = PurchaseRequest(
        member=member.public_id,
        reference="receipt-1",
        occurred_at=now,
        amount_fen=1_000 * len(lines),
        lines=lines,
    )
    booking = purchases.record(merchant_id=shop.pk, purchase=request, key=None, moment=now)
    return Act.objects.get(pk=booking.act_id)
