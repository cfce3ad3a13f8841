"""The catalogue's verbs and nouns through the database. Alice has points at the Stationer; the mall is everybody's."""

from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from merchants.models import Merchant, MerchantStatus
from notifications.models import InboxMessage, Outbox
from notifications.outbox import Message
from redemption import price_rise_notifications, queries
from redemption.models import FaceValueBasis, Order, PriceRise, Reward, RewardPrice, RewardStatus
from redemption.operations import catalogue, offers, prices, value_index
from redemption.operations.catalogue import NotPublishable
from redemption.operations.price_refusals import BelowGuarantee, NoEvidence, PromotionNotCheaper, RiseAlreadyAnnounced
from redemption.operations.prices import PriceTerms
from tests import factories
from tests.points import cast
from tests.redemption import sample_rewards
from tests.redemption.sample_rewards import DAY, OPENING, SECOND

pytestmark = pytest.mark.django_db

SEPTEMBER = datetime.fromisoformat("2026-09-01T00:00:00+08:00")


@pytest.fixture
def shop() -> Merchant:
    return factories.merchant()


@pytest.fixture
def notebooks(shop: Merchant) -> Reward:
    return sample_rewards.on_sale(shop)


@pytest.fixture
def alice(shop: Merchant) -> User:
    return factories.member("Alice", shop)


def terms(points: int, *, cash_fen: int = 0, on: date | None = None, **changes: object) -> PriceTerms:
    values = {
        "face_value_fen": points * 5 + cash_fen,
        "face_value_on": on or timezone.localdate(),
        "face_value_evidence": "收银小票 20261120-0031",
    } | changes
    return PriceTerms(points=points, cash_fen=cash_fen, **values)  # type: ignore[arg-type]


def shown(reward: Reward, moment: datetime) -> queries.RewardView:
    view = queries.reward(reward_id=reward.pk, moment=moment)
    assert view is not None
    return view


def notify(rise: PriceRise, moment: datetime) -> PriceRise:
    """Deliver the notice of a rise, as the worker does."""
    message = Outbox.objects.get(topic="rewards.price_rises", payload__rise=rise.pk)
    price_rise_notifications.deliver([Message(message.pk, message.topic, message.payload)], moment=moment)
    rise.refresh_from_db()
    return rise


# Publishing


def test_a_draft_is_in_no_catalogue(shop: Merchant) -> None:
    reward = sample_rewards.draft(shop)
    sample_rewards.row(reward)
    assert queries.reward(reward_id=reward.pk, moment=SEPTEMBER) is None


def test_it_refuses_to_publish_with_every_reason_at_once(shop: Merchant) -> None:
    reward = sample_rewards.draft(shop, terms="", goods_category="tobacco")
    with pytest.raises(NotPublishable) as refusal:
        catalogue.publish(reward_id=reward.pk, moment=SEPTEMBER)
    assert [one.code for one in refusal.value.objections] == ["missing_disclosure", "banned_goods", "no_price"]
    reward.refresh_from_db()
    assert reward.status == RewardStatus.DRAFT


def test_R37_it_refuses_to_publish_on_a_face_value_charged_31_days_ago(shop: Merchant) -> None:
    reward = sample_rewards.draft(shop)
    charged_on = (OPENING - 10 * DAY).date()
    sample_rewards.row(reward, face_value_basis=FaceValueBasis.CHARGED, face_value_on=charged_on)
    with pytest.raises(NotPublishable) as refusal:
        catalogue.publish(reward_id=reward.pk, moment=OPENING + 22 * DAY)
    assert [one.code for one in refusal.value.objections] == ["stale_face_value"]
    assert catalogue.publish(reward_id=reward.pk, moment=OPENING + 19 * DAY).published_at


def test_a_merchant_that_is_not_live_publishes_nothing() -> None:
    reward = sample_rewards.draft(factories.merchant(status=MerchantStatus.CONTRACTED))
    sample_rewards.row(reward)
    with pytest.raises(NotPublishable):
        catalogue.publish(reward_id=reward.pk, moment=SEPTEMBER)


def test_R47_hours_cannot_shrink_after_publishing() -> None:
    week = {"sat": [["08:00", "17:30"]]}
    after_sales = {"after_sales": "未使用可退。", "cash_after_sales": "未使用可退。"}
    spot = factories.merchant("scenic", category="scenic")
    ticket = sample_rewards.on_sale(
        spot, 1_200, kind="ticket", goods_category="travel", details={"hours": week, "cash_hours": week} | after_sales
    )
    narrower = ticket.details | {"hours": {"sat": [["10:00", "17:30"]]}}
    with pytest.raises(NotPublishable) as refusal:
        catalogue.revise(reward_id=ticket.pk, moment=SEPTEMBER, details=narrower)
    assert refusal.value.objections[0].difference == ("周六 sat 08:00–10:00",)


def test_a_revision_changes_the_description_and_not_the_sku(notebooks: Reward) -> None:
    catalogue.revise(reward_id=notebooks.pk, moment=SEPTEMBER, title="笔记本礼盒")
    assert shown(notebooks, SEPTEMBER).reward.title == "笔记本礼盒"
    with pytest.raises(ValueError, match="sku"):
        catalogue.revise(reward_id=notebooks.pk, moment=SEPTEMBER, sku="OTHER")


def test_delisted_it_is_gone_and_listed_again_it_was_published_when_it_was(notebooks: Reward) -> None:
    catalogue.delist(reward_id=notebooks.pk)
    assert queries.reward(reward_id=notebooks.pk, moment=SEPTEMBER) is None
    assert catalogue.publish(reward_id=notebooks.pk, moment=SEPTEMBER).published_at == OPENING


# The mall


def test_R20_the_last_item_gone_the_next_request_shows_it_sold_out(shop: Merchant) -> None:
    reward = sample_rewards.on_sale(shop, stock=1)
    assert shown(reward, SEPTEMBER).closed is None
    catalogue.set_stock(reward_id=reward.pk, stock=0)
    assert shown(reward, SEPTEMBER).closed == "sold_out"


@pytest.mark.parametrize(
    ("moment", "closed"),
    [
        ("2026-11-07T23:59:59+08:00", "not_redemption_day"),
        ("2026-11-08T00:00:00+08:00", None),
        ("2026-11-08T23:59:59+08:00", None),
        ("2026-11-08T16:00:00+00:00", "not_redemption_day"),
    ],
)
def test_R28_a_redemption_day_is_shanghais(shop: Merchant, moment: str, closed: str | None) -> None:
    reward = sample_rewards.on_sale(shop, redemption_day=8)
    assert shown(reward, datetime.fromisoformat(moment)).closed == closed


def test_R28_on_the_31st_is_the_last_day_of_a_short_month(shop: Merchant) -> None:
    reward = sample_rewards.on_sale(shop, redemption_day=31)
    assert shown(reward, datetime.fromisoformat("2026-11-30T12:00:00+08:00")).closed is None
    assert shown(reward, datetime.fromisoformat("2026-12-30T12:00:00+08:00")).closed == "not_redemption_day"


def test_R27_points_and_cash_stand_beside_points_alone(notebooks: Reward) -> None:
    sample_rewards.row(notebooks, 300, cash_fen=990, with_cash=True)
    view = shown(notebooks, SEPTEMBER)
    assert view.with_cash is not None
    assert (view.quote.points, view.with_cash.points, view.with_cash.cash_fen) == (500, 300, 990)


def test_R27_a_reward_for_points_and_cash_only_shows_both(shop: Merchant) -> None:
    reward = sample_rewards.on_sale(shop, 300, price={"cash_fen": 990, "with_cash": True})
    view = shown(reward, SEPTEMBER)
    assert (view.quote.points, view.quote.cash_fen, view.with_cash) == (300, 990, None)


def test_R30_it_lists_rewards_within_alices_reach_and_the_next_ones(shop: Merchant, alice: User) -> None:
    Reward.objects.filter(status=RewardStatus.PUBLISHED).update(status=RewardStatus.DELISTED)
    rewards = {points: sample_rewards.on_sale(shop, points) for points in (500, 1_000, 5_000)}
    sample_rewards.on_sale(shop, 700, stock=0)
    cast.buy(shop, alice, cast.award(600))
    reach = queries.reach(member_id=alice.pk, moment=cast.NOON + DAY)
    assert (reach.available, reach.worth_fen) == (600, 3_000)
    assert [one.reward.reward_id for one in reach.now] == [rewards[500].pk]
    assert [(one.reward.reward_id, one.missing) for one in reach.next] == [
        (rewards[1_000].pk, 400),
        (rewards[5_000].pk, 4_400),
    ]


# Prices


@pytest.mark.parametrize(("base", "sale"), [(500, 400), (6_000, 5_000)])
def test_R22_a_promotion_of_the_seeds_holds_in_its_window_only(shop: Merchant, base: int, sale: int) -> None:
    reward = sample_rewards.on_sale(shop, base)
    prices.start_promotion(
        reward_id=reward.pk,
        terms=terms(sale, on=OPENING.date(), face_value_basis=FaceValueBasis.ATTESTED, face_value_fen=base * 5),
        starts_at=SEPTEMBER,
        ends_at=SEPTEMBER + 30 * DAY,
        occasion="开学季",
        moment=SEPTEMBER - DAY,
    )
    moments = (SEPTEMBER - SECOND, SEPTEMBER, SEPTEMBER + 30 * DAY - SECOND, SEPTEMBER + 30 * DAY)
    assert [shown(reward, moment).quote.points for moment in moments] == [base, sale, sale, base]
    assert shown(reward, SEPTEMBER).quote.window == (SEPTEMBER, SEPTEMBER + 30 * DAY)


def test_R22_never_redeemed_there_is_no_was(notebooks: Reward) -> None:
    assert not Order.objects.filter(reward=notebooks).exists()
    sample_rewards.row(notebooks, 400, kind="window", starts_at=SEPTEMBER, ends_at=SEPTEMBER + DAY)
    assert shown(notebooks, SEPTEMBER).quote.was_points is None


def test_a_cheaper_price_holds_at_once(notebooks: Reward) -> None:
    now = timezone.now()
    price = prices.announce(reward_id=notebooks.pk, terms=terms(450), moment=now)
    assert isinstance(price, RewardPrice)
    assert (shown(notebooks, now - SECOND).quote.points, shown(notebooks, now).quote.points) == (500, 450)


def test_R37_a_price_below_the_guarantee_is_refused_with_the_face_value_it_needs(notebooks: Reward) -> None:
    with pytest.raises(BelowGuarantee) as refusal:
        prices.announce(
            reward_id=notebooks.pk, terms=terms(300, cash_fen=990, face_value_fen=2_489), moment=timezone.now()
        )
    assert refusal.value.facts["least_face_value_fen"] == 2_490
    prices.announce(reward_id=notebooks.pk, terms=terms(300, cash_fen=990, face_value_fen=2_490), moment=timezone.now())


@pytest.mark.parametrize("changes", [{"face_value_evidence": " "}, {"on": date(2026, 1, 1)}])
def test_R37_a_face_value_without_fresh_evidence_is_refused(notebooks: Reward, changes: dict[str, object]) -> None:
    with pytest.raises(NoEvidence):
        prices.announce(reward_id=notebooks.pk, terms=terms(450, **changes), moment=timezone.now())  # type: ignore[arg-type]


def test_a_promotion_that_is_dearer_is_refused_by_name(notebooks: Reward) -> None:
    now = timezone.now()
    with pytest.raises(PromotionNotCheaper):
        prices.start_promotion(
            reward_id=notebooks.pk, terms=terms(600), starts_at=now, ends_at=now + DAY, occasion="", moment=now
        )


# Rises


@pytest.mark.parametrize(
    ("points", "cash_fen", "is_dearer"),
    [(500, 990, False), (501, 990, True), (500, 991, True), (499, 995, False), (499, 996, True)],
)
def test_R35_a_price_is_announced_as_a_rise_exactly_if_its_row_would_be_dearer(
    notebooks: Reward, points: int, cash_fen: int, is_dearer: bool
) -> None:
    now = timezone.now()
    sample_rewards.row(notebooks, 500, cash_fen=990, with_cash=True, ends_at=now)
    announced = prices.announce(reward_id=notebooks.pk, terms=terms(points, cash_fen=cash_fen), moment=now)
    assert isinstance(announced, PriceRise) is is_dearer
    if is_dearer:
        with pytest.raises(IntegrityError, match="a_dearer_price_waits_for_its_notice"), transaction.atomic():
            sample_rewards.row(notebooks, points, cash_fen=cash_fen, with_cash=True, starts_at=now)


def test_R35_a_dearer_price_waits_30_days_after_every_member_is_notified(notebooks: Reward, alice: User) -> None:
    now = timezone.now()
    rise = prices.announce(reward_id=notebooks.pk, terms=terms(600), moment=now)
    assert isinstance(rise, PriceRise)
    assert shown(notebooks, now + 365 * DAY).quote.points == 500  # nobody was notified yet
    notified_at = timezone.now()
    rise = notify(rise, notified_at)
    assert InboxMessage.objects.filter(recipient=alice, topic="rewards.price_rises").count() == 1
    holds_from = notified_at + timedelta(days=30)
    assert shown(notebooks, holds_from - SECOND).quote.points == 500
    assert shown(notebooks, holds_from).quote.points == 600


def test_a_rise_delivered_twice_is_one_rise_and_one_notification(notebooks: Reward, alice: User) -> None:
    rise = prices.announce(reward_id=notebooks.pk, terms=terms(600), moment=timezone.now())
    assert isinstance(rise, PriceRise)
    first = notify(rise, timezone.now())
    assert notify(rise, timezone.now()).noticed_at == first.noticed_at
    assert RewardPrice.objects.filter(reward=notebooks).count() == 2
    assert InboxMessage.objects.filter(recipient=alice).count() == 1


def test_a_rise_withdrawn_before_its_notice_never_holds(notebooks: Reward, alice: User) -> None:
    rise = prices.announce(reward_id=notebooks.pk, terms=terms(600), moment=timezone.now())
    prices.withdraw_rise(rise_id=rise.pk, moment=timezone.now())
    assert isinstance(rise, PriceRise)
    assert notify(rise, timezone.now()).price is None
    assert not InboxMessage.objects.filter(recipient=alice).exists()


def test_a_second_rise_is_refused_while_one_is_announced(notebooks: Reward) -> None:
    prices.announce(reward_id=notebooks.pk, terms=terms(600), moment=timezone.now())
    with pytest.raises(RiseAlreadyAnnounced):
        prices.announce(reward_id=notebooks.pk, terms=terms(700), moment=timezone.now())


def test_R37_delisting_and_listing_again_at_more_is_a_rise(notebooks: Reward) -> None:
    catalogue.delist(reward_id=notebooks.pk)
    prices.end(price_id=RewardPrice.objects.get(reward=notebooks).pk, ends_at=timezone.now())
    rise = prices.announce(reward_id=notebooks.pk, terms=terms(501), moment=timezone.now())
    assert isinstance(rise, PriceRise)


def test_R35_alice_pays_the_old_price_with_points_from_before_and_later_points_do_not(
    notebooks: Reward, shop: Merchant, alice: User
) -> None:
    cast.buy(shop, alice, cast.award(500))
    announced_at = timezone.now()
    rise = prices.announce(reward_id=notebooks.pk, terms=terms(600), moment=announced_at)
    assert isinstance(rise, PriceRise)
    holds_from = timezone.now() + 31 * DAY
    notify(rise, timezone.now())
    bob = factories.member("Bob", shop)
    offered = [queries.quote_for(member_id=who.pk, reward_id=notebooks.pk, moment=holds_from) for who in (alice, bob)]
    assert [quote and (quote.points, quote.granted_before) for quote in offered] == [(500, announced_at), (600, None)]


def test_an_offer_is_its_members_alone(notebooks: Reward, alice: User, shop: Merchant) -> None:
    offers.make(
        member_id=alice.pk,
        reward_id=notebooks.pk,
        points=300,
        cash_fen=990,
        face_value_fen=2_490,
        opens_at=SEPTEMBER,
        closes_at=SEPTEMBER + DAY,
        criterion="近3个月未消费",
    )
    bob = factories.member("Bob", shop)
    paid = [
        queries.quote_for(member_id=who.pk, reward_id=notebooks.pk, moment=SEPTEMBER, with_cash=True)
        for who in (alice, bob)
    ]
    assert paid[0] is not None
    assert (paid[0].points, paid[0].cash_fen, paid[1]) == (300, 990, None)


# The index


def test_R37_the_value_index_has_lowest_median_and_stale_rewards(shop: Merchant) -> None:
    Reward.objects.filter(status=RewardStatus.PUBLISHED).update(status=RewardStatus.DELISTED)
    for value in (5, 10, 15):
        sample_rewards.on_sale(shop, 500, price={"face_value_fen": 500 * value})
    stale = sample_rewards.draft(shop)
    charged_on = (OPENING - 10 * DAY).date()
    sample_rewards.row(stale, face_value_basis=FaceValueBasis.CHARGED, face_value_on=charged_on)
    catalogue.publish(reward_id=stale.pk, moment=OPENING)
    index = value_index.publish(moment=SEPTEMBER)
    assert (index.day, index.prices) == (date(2026, 9, 1), 4)
    assert (float(index.lowest_fen_per_point or 0), float(index.median_fen_per_point or 0)) == (5.0, 7.5)
    assert index.stale_rewards == [stale.pk]


def test_a_day_of_the_index_stays_as_it_was_published(notebooks: Reward) -> None:
    first = value_index.publish(moment=SEPTEMBER)
    sample_rewards.on_sale(notebooks.merchant, 700)
    assert value_index.publish(moment=SEPTEMBER + DAY - SECOND).prices == first.prices


# "Was"


def redeemed(reward: Reward, who: User, points: int, at: datetime, *, quantity: int = 1, **fields: object) -> None:
    values = {"cash_fen": 0, "capture_id": Order.objects.count() + 1_000_000} | fields
    Order.objects.create(
        merchant=reward.merchant,
        member=who,
        reward=reward,
        reference=f"was-{at.isoformat()}-{points}",
        request_hash=bytes(16),
        quantity=quantity,
        points=points * quantity,
        face_value_fen=2_500,
        status="placed",
        placed_at=at,
        status_at=at,
        **values,
    )


def was(reward: Reward) -> int | None:
    return shown(reward, SEPTEMBER + DAY).quote.was_points


@pytest.fixture
def on_promotion(notebooks: Reward) -> Reward:
    sample_rewards.row(notebooks, 400, kind="window", starts_at=SEPTEMBER, ends_at=SEPTEMBER + 14 * DAY)
    return notebooks


def test_R22_was_is_the_lowest_of_the_week_before(on_promotion: Reward, alice: User) -> None:
    redeemed(on_promotion, alice, 420, SEPTEMBER - 8 * DAY)
    redeemed(on_promotion, alice, 500, SEPTEMBER - 6 * DAY)
    redeemed(on_promotion, alice, 450, SEPTEMBER - 2 * DAY, quantity=3)
    assert was(on_promotion) == 450


def test_R22_was_is_the_last_when_the_week_before_was_quiet(on_promotion: Reward, alice: User) -> None:
    redeemed(on_promotion, alice, 420, SEPTEMBER - 30 * DAY)
    redeemed(on_promotion, alice, 480, SEPTEMBER - 20 * DAY)
    assert was(on_promotion) == 480


def test_R22_unpaid_orders_and_orders_with_cash_make_no_original_price(on_promotion: Reward, alice: User) -> None:
    redeemed(on_promotion, alice, 500, SEPTEMBER - DAY, capture_id=None)
    redeemed(on_promotion, alice, 300, SEPTEMBER - 2 * DAY, cash_fen=990)
    assert was(on_promotion) is None
