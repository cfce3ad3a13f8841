"""The catalogue at a moment: rewards on sale, their prices, and those within a member's reach."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F, Prefetch, Q, QuerySet

from hongmi.lib import rls
from merchants.models import Membership, MerchantStatus
from points import queries as points
from redemption import calculator, opening_times, pricing
from redemption.models import Offer, Order, OrderStatus, PriceRise, Reward, RewardPrice, RewardStatus, ValueIndex

# An exiting merchant's rewards stay, because points stay valid (SPEC D10).
SELLING = (MerchantStatus.LIVE, MerchantStatus.EXITING)


@dataclass(frozen=True, slots=True)
class RewardView:
    """A reward with today's prices.

    `quote` is points alone where the reward is sold so, `with_cash` the alternative. `closed` is the code of
    `opening_times.why_closed` if it cannot be redeemed now.
    """

    reward: Reward
    quote: pricing.Quote
    with_cash: pricing.Quote | None
    closed: str | None


@dataclass(frozen=True, slots=True)
class Reach:
    """The guaranteed worth of a member's points, rewards within reach now, and the next ones (SPEC R30)."""

    available: int
    worth_fen: int
    now: Sequence[calculator.WithinReach]
    next: Sequence[calculator.WithinReach]


def mall(
    *,
    merchant_code: str | None = None,
    kind: str | None = None,
    goods_category: str | None = None,
    purse: points.Purse | None = None,
) -> QuerySet[Reward]:
    """Published rewards of live and exiting merchants, newest first."""
    found = Reward.objects.filter(status=RewardStatus.PUBLISHED, merchant__status__in=SELLING).order_by("-id")
    if merchant_code is not None:
        found = found.filter(merchant__code=merchant_code)
    if kind is not None:
        found = found.filter(kind=kind)
    if purse is not None:
        found = found.filter(purse=purse)
    if goods_category is not None:
        found = found.filter(Q(goods_category=goods_category) | Q(goods_category__startswith=f"{goods_category}/"))
    return found.select_related("merchant").prefetch_related(
        Prefetch("prices", queryset=RewardPrice.objects.order_by("during"))
    )


def views(rewards: Iterable[Reward], *, moment: datetime) -> list[RewardView]:
    """Rewards of `mall` with their prices, without those that have no price in force."""
    found = (_view(one, moment) for one in rewards)
    return [view for view in found if view is not None]


def on_sale(rewards: QuerySet[Reward], *, moment: datetime) -> QuerySet[Reward]:
    """The `rewards` with a base price in force, so that `views` drops none from a page."""
    return rewards.filter(pk__in=RewardPrice.objects.filter(kind="base", during__contains=moment).values("reward_id"))


def reward(*, reward_id: int, moment: datetime) -> RewardView | None:
    """One reward that is on sale."""
    found = mall().filter(pk=reward_id).first()
    return _view(found, moment) if found else None


def quote_for(
    *, member_id: int, reward_id: int, moment: datetime, quantity: int = 1, with_cash: bool = False
) -> pricing.Quote | None:
    """The price of each piece for this member (SPEC R22, R35); None: not sold this way.

    A quote with `granted_before` must be paid with lots granted before that time.
    """
    offers = Offer.objects.filter(
        member_id=member_id, reward_id=reward_id, used_by_order_id=None, opens_at__lte=moment, closes_at__gt=moment
    )
    return pricing.member_quote(
        [row.as_price() for row in RewardPrice.objects.filter(reward_id=reward_id)],
        moment=moment,
        quantity=quantity,
        with_cash=with_cash,
        offers=[
            pricing.PersonalPrice(one.pk, one.points, one.cash_fen, one.face_value_fen, one.opens_at, one.closes_at)
            for one in offers
        ],
        points_granted_before=lambda before: points.available_granted_before(
            member_id=member_id, purse=_purse_of(reward_id), granted_before=before, moment=moment
        ),
    )


def reach(*, member_id: int, moment: datetime, most: int = 3, purse: points.Purse = points.Purse.BASE) -> Reach:
    """The rewards that the member's points of one purse buy, or will buy next, without cash."""
    own = next(one for one in points.wallets(member_id=member_id, moment=moment) if one.purse == purse)
    priced = [
        calculator.Priced(view.reward.pk, view.quote.points, view.quote.face_value_fen)
        for view in views(mall(purse=purse), moment=moment)
        if view.closed is None and not view.quote.cash_fen
    ]
    return Reach(
        available=own.available,
        worth_fen=calculator.clearing_worth_fen(own.available),
        now=calculator.affordable_now(points=own.available, rewards=priced, most=most),
        next=calculator.affordable_next(points=own.available, rewards=priced, most=most),
    )


def price_history(*, reward_id: int) -> QuerySet[RewardPrice]:
    """Past, present and future prices of a reward that was ever published, newest first."""
    return RewardPrice.objects.filter(reward_id=reward_id, reward__published_at__isnull=False).order_by(
        F("during").desc(), "-id"
    )


def prices_of(*, reward_id: int) -> QuerySet[RewardPrice]:
    """The price history of any reward, drafts included, for the merchant's console."""
    return RewardPrice.objects.filter(reward_id=reward_id).order_by(F("during").desc(), "-id")


def public_quotes(reward: Reward, *, moment: datetime) -> list[pricing.Quote]:
    """Today's prices of any reward, drafts included: points alone, points and cash."""
    prices = [row.as_price() for row in reward.prices.all()]
    found = (pricing.public_quote(prices, moment=moment, with_cash=with_cash) for with_cash in (False, True))
    return [quote for quote in found if quote is not None]


def rises_ahead(*, reward_id: int) -> QuerySet[PriceRise]:
    """Announced rises that do not hold yet and were not withdrawn."""
    return PriceRise.objects.filter(reward_id=reward_id, price=None, withdrawn_at=None).order_by("id")


def affected_by_rise(rise: PriceRise) -> list[int]:
    """Ids of members to notify (SPEC R40): members of the merchant, and everybody who redeemed the reward before."""
    joined = Membership.objects.filter(
        merchant_id=rise.reward.merchant_id, left_at=None, member__is_active=True
    ).values_list("member_id", flat=True)
    redeemed = Order.objects.filter(reward_id=rise.reward_id, member__is_active=True).values_list(
        "member_id", flat=True
    )
    return sorted(set(joined) | set(redeemed))


def value_index(*, since: date | None = None) -> QuerySet[ValueIndex]:
    """The published index, newest day first."""
    found = ValueIndex.objects.order_by("-day")
    return found.filter(day__gte=since) if since else found


def _purse_of(reward_id: int) -> points.Purse:
    return points.Purse(Reward.objects.values_list("purse", flat=True).get(pk=reward_id))


def _view(reward: Reward, moment: datetime) -> RewardView | None:
    prices = [row.as_price() for row in reward.prices.all()]
    alone = pricing.public_quote(prices, moment=moment)
    if alone is not None and alone.window is not None:
        # Queried only during a promotion, because only a promotion shows an original price.
        redeemed = _redeemed(reward.pk, before=alone.window[0])
        alone = pricing.public_quote(prices, moment=moment, redeemed=redeemed)
    beside = pricing.public_quote(prices, moment=moment, with_cash=True)
    quote = alone or beside
    if quote is None:
        return None
    closed = opening_times.why_closed(
        opens_at=reward.opens_at,
        closes_at=reward.closes_at,
        redemption_day=reward.redemption_day,
        stock=reward.stock,
        moment=moment,
    )
    return RewardView(reward, quote, beside if alone is not None else None, closed)


def _redeemed(reward_id: int, *, before: datetime) -> list[pricing.Redeemed]:
    """Input of `pricing.was_points`: orders of the week before `before`, else the last one, in points alone."""
    orders = Order.objects.filter(
        reward_id=reward_id, placed_at__lt=before, capture_id__isnull=False, cash_fen=0
    ).exclude(status__in=[OrderStatus.CANCELLED, OrderStatus.REFUNDED])
    # The original price is public, so it counts the orders of every member under any scope.
    with rls.unscoped():
        found = list(orders.filter(placed_at__gte=before - pricing.REDEEMED_WITHIN)) or list(
            orders.order_by("-placed_at")[:1]
        )
    return [pricing.Redeemed(order.points // order.quantity, order.placed_at) for order in found]
