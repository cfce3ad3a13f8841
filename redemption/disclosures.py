"""Disclosures that a reward needs before publication, and goods it may not be. Pure.

Each objection names the field, the reason in Chinese and English, and the difference to the same thing bought for cash.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from redemption import opening_times, prohibited_goods, return_rights

DAY_NAMES: Final = dict(
    zip(opening_times.WEEKDAYS, ("周一", "周二", "周三", "周四", "周五", "周六", "周日"), strict=True)
)
MILES_FIELDS: Final = {
    "rate": ("累积比例", "the rate at which miles are earned"),
    "validity": ("有效期", "how long miles are valid"),
    "limits": ("兑换限制", "the limits of redemption"),
}


@dataclass(frozen=True, slots=True)
class RewardFacts:
    """A reward's description; `details` are the fields of its kind, checked below."""

    kind: str
    merchant_category: str
    goods_category: str
    title: str
    description: str
    terms: str
    details: Mapping[str, Any] = field(default_factory=dict)
    has_slots: bool = False


@dataclass(frozen=True, slots=True)
class Objection:
    """A reason against publication. `difference` lists what a buyer with points would miss."""

    field: str
    code: str
    zh: str
    en: str
    difference: tuple[str, ...] = ()


def objections(reward: RewardFacts) -> list[Objection]:
    """All objections to publication at once, so that they can be corrected together."""
    checks = (_always, _lawful, *_BY_KIND.get(reward.kind, ()), _insurance)
    return [objection for check in checks for objection in check(reward)]


def _always(reward: RewardFacts) -> Iterator[Objection]:
    if not reward.terms.strip():
        yield _blank("terms", "使用规则", "the terms of use")
    if not reward.goods_category.strip():
        yield _blank("goods_category", "商品类别", "the category of the goods")


def _lawful(reward: RewardFacts) -> Iterator[Objection]:
    ban = prohibited_goods.ban_on(category=reward.goods_category, text=f"{reward.title} {reward.description}")
    if ban is not None:
        zh, en = f"不得以积分兑换:{ban.zh}。", f"May not be given for points: {ban.en}."
        yield Objection("goods_category", "banned_goods", zh, en)


def _goods(reward: RewardFacts) -> Iterator[Objection]:
    """Return rights as for cash (消费者权益保护法 art. 25): `returns` {days, cash_days, except, terms}.

    At least seven days without a reason, unless `except` names an exception of the law.
    """
    value = reward.details.get("returns")
    returns = value if isinstance(value, Mapping) else {}
    excepted, days, cash_days = returns.get("except"), returns.get("days", 0), returns.get("cash_days")
    if excepted is not None and excepted not in return_rights.EXCEPTED:
        yield _malformed("details.returns.except", "请选择法定的例外情形", "choose one of the law's exceptions")
    if excepted is None and "days" not in returns:
        yield _blank(
            "details.returns.days", "无理由退货的天数", "for how many days it may be returned without a reason"
        )
    elif not _is_number(days):
        yield _malformed("details.returns.days", "退货天数应为整数", "days are a whole number")
    elif excepted is None and days < return_rights.STATUTORY_DAYS:
        zh = "无理由退货不得少于7日(消费者权益保护法第25条)。"
        en = "Without a reason at least 7 days (Consumer Protection Law art. 25)."
        yield Objection("details.returns.days", "less_than_law", zh, en)
    if not _is_number(cash_days):
        yield _blank(
            "details.returns.cash_days", "现金购买时的退货天数", "the days for returning it when bought for cash"
        )
    elif _is_number(days) and days < cash_days:
        zh, en = "退货权利不得少于现金购买。", "The right to return it must not be less than for cash."
        yield Objection("details.returns.days", "less_than_cash", zh, en, (f"现金购买 cash: {cash_days} 天 days",))
    if not _is_text(returns.get("terms")):
        zh, en = "退货的条件、地址与运费承担", "in what state and where it goes back, and who pays the parcel"
        yield _blank("details.returns.terms", zh, en)


def _customised(reward: RewardFacts) -> Iterator[Objection]:
    """`pieces`: printed pieces of one reward; `needs_logo`: whether the member uploads a logo (SPEC R23)."""
    if not _is_count(reward.details.get("pieces")):
        yield _blank("details.pieces", "每份定制的件数", "how many pieces one reward makes")
    if not isinstance(reward.details.get("needs_logo"), bool):
        yield _blank("details.needs_logo", "是否需要上传标志", "whether a logo is needed")


def _service(reward: RewardFacts) -> Iterator[Objection]:
    """Dated slots, or a voucher of `valid_days`; `off_percent` makes it a discount on a service (SPEC R31, R32)."""
    if reward.has_slots:
        return
    if not _is_count(reward.details.get("valid_days")):
        zh, en = "请添加可预约的时段,或注明券的有效天数。", "Add slots, or state how many days the voucher is valid."
        yield Objection("details.valid_days", "missing_disclosure", zh, en)
    percent = reward.details.get("off_percent")
    if percent is not None and not (_is_count(percent) and percent <= 100):
        yield _malformed("details.off_percent", "折扣应为1至100的整数", "a discount is a whole number from 1 to 100")


def _coupon(reward: RewardFacts) -> Iterator[Objection]:
    """`coupon`: {kind: threshold, percent or fixed; off_fen or off_percent; minimum_fen}; `valid_days` (SPEC R26)."""
    if not _is_count(reward.details.get("valid_days")):
        yield _blank("details.valid_days", "券的有效天数", "for how many days the coupon is valid")
    coupon = reward.details.get("coupon")
    if not isinstance(coupon, Mapping):
        yield _blank("details.coupon", "优惠内容", "what the coupon takes off")
        return
    kind, minimum = coupon.get("kind"), coupon.get("minimum_fen", 0)
    if kind not in ("threshold", "percent", "fixed"):
        yield _malformed("details.coupon.kind", "券种应为满减、折扣或定额", "a coupon is threshold, percent or fixed")
        return
    if kind == "percent":
        if not (_is_count(coupon.get("off_percent")) and coupon["off_percent"] <= 100):
            yield _malformed("details.coupon.off_percent", "折扣应为1至100的整数", "a discount is from 1 to 100")
    elif not _is_count(coupon.get("off_fen")):
        yield _malformed("details.coupon.off_fen", "请注明减免金额", "state how much it takes off")
    if kind == "threshold" and not _is_count(minimum):
        # SPEC R56 forbids hidden thresholds.
        yield _blank("details.coupon.minimum_fen", "满减门槛", "the spend from which it holds")


def _ticket(reward: RewardFacts) -> Iterator[Objection]:
    """A ticket for points has the hours, days and after-sales of the cash ticket (SPEC R47, R50).

    `hours` and `cash_hours` by weekday; `closed_on` and `cash_closed_on` days; `after_sales` and `cash_after_sales`.
    """
    if reward.merchant_category == "airline":
        yield from _miles(reward)
        return
    yield from _hours(reward)
    offered, cash = reward.details.get("after_sales"), reward.details.get("cash_after_sales")
    if not _is_text(cash) or not _is_text(offered):
        yield _blank("details.after_sales", "售后规则及现金购票的售后规则", "after-sales, and those of the cash ticket")
    elif offered != cash:
        zh, en = "售后规则须与现金购票一致。", "After-sales must be those of the cash ticket."
        yield Objection("details.after_sales", "less_than_cash", zh, en, (f"现金购票 cash: {cash}",))


def _hours(reward: RewardFacts) -> Iterator[Objection]:
    offered, cash = reward.details.get("hours"), reward.details.get("cash_hours")
    if not isinstance(offered, Mapping) or not isinstance(cash, Mapping) or not cash:
        yield _blank("details.hours", "使用时段及现金购票的时段", "the hours, and those of the cash ticket")
        return
    try:
        lacking = opening_times.missing_hours(offered=offered, cash=cash)
    except opening_times.NotATime:
        yield _malformed("details.hours", "时段须按星期写作 08:00-17:30", "hours are spans by weekday")
        return
    difference = [f"{DAY_NAMES[day]} {day} {', '.join(spans)}" for day, spans in lacking.items()]
    closed = _days(reward.details.get("closed_on")) - _days(reward.details.get("cash_closed_on"))
    difference += [f"{day} 不可用 closed" for day in sorted(closed)]
    if difference:
        zh, en = "使用时段不得少于现金购票。", "The hours must not be narrower than those of the cash ticket."
        yield Objection("details.hours", "less_than_cash", zh, en, tuple(difference))


def _miles(reward: RewardFacts) -> Iterator[Objection]:
    """`miles`: {rate, validity, limits}, each a text (SPEC R48)."""
    miles = reward.details.get("miles")
    terms = miles if isinstance(miles, Mapping) else {}
    for name, (zh, en) in MILES_FIELDS.items():
        if not _is_text(terms.get(name)):
            yield _blank(f"details.miles.{name}", f"里程的{zh}", en)


def _insurance(reward: RewardFacts) -> Iterator[Objection]:
    """保险法 art. 116 and 131 forbid benefits outside the contract, hence two documents (SPEC D11)."""
    path = reward.goods_category.casefold()
    text = f"{reward.title} {reward.description}"
    if path != "insurance" and not path.startswith("insurance/") and "保险" not in text and "保费" not in text:
        return
    if not _is_text(reward.details.get("insurer_contract")):
        yield _blank("details.insurer_contract", "保险公司的合同编号", "the insurer's contract reference")
    if not _is_text(reward.details.get("compliance_approval")):
        yield _blank("details.compliance_approval", "合规审批编号", "the compliance approval")


def _blank(name: str, zh: str, en: str) -> Objection:
    return Objection(name, "missing_disclosure", f"请填写{zh}。", f"State {en}.")


def _malformed(name: str, zh: str, en: str) -> Objection:
    return Objection(name, "malformed", f"{zh}。", f"{en[0].upper()}{en[1:]}.")


def _is_count(value: object) -> bool:
    return type(value) is int and value > 0


def _is_number(value: object) -> bool:
    return type(value) is int and value >= 0


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _days(value: object) -> set[str]:
    return set(value) if isinstance(value, Sequence) and not isinstance(value, str) else set()


_BY_KIND: Final[Mapping[str, Sequence[Callable[[RewardFacts], Iterator[Objection]]]]] = {
    "goods": (_goods,),
    "customised": (_customised,),
    "service": (_service,),
    "coupon": (_coupon,),
    "offset": (_coupon,),
    "ticket": (_ticket,),
}
