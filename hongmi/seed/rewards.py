"""The demo's rewards and their prices, from the project's brief. A repeated run changes nothing."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils import timezone

from hongmi.seed.demo_state import DemoState
from hongmi.seed.shop_list import MILES
from points.types import Purse
from redemption.models import FaceValueBasis, Offer, Reward, RewardKind
from redemption.operations import catalogue, offers, prices
from redemption.operations.prices import PriceTerms

# Days before the demo's first day from which every reward is on sale.
ON_SALE_SINCE: Final = 360
# A reward with a price rise: its new points, announced to members thirty days before (SPEC R35, R40).
RISE: Final = ("GUIDE", 700)
# Prices for one person: sign-in, SKU, points, fen, first and last day before the first day, and the criterion.
OFFERS: Final = (
    ("wu.qian", "SERUM", 500, 3_900, 20, -10, "近90日内在本店消费满3次的会员"),
    ("zhao.min", "SERUM", 500, 3_900, 5, -25, "近90日内在本店消费满3次的会员"),
    ("qian.guohua", "KETTLE", 200, 990, 5, -25, "近3个月未在本店消费的老会员"),
)
WEEK: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class DemoSale:
    """A promotion: points instead of the price, from `first` to `last` days before the first day (minus: after it)."""

    points: int
    first: int
    last: int
    occasion: str


@dataclass(frozen=True, slots=True)
class DemoReward:
    """`points`, plus `cash_fen` if any, buy one piece of `face_yuan`; `alternative` is points + cash."""

    merchant: str
    sku: str
    kind: RewardKind
    category: str
    title: str
    title_en: str
    points: int
    face_yuan: int
    terms: str
    cash_fen: int = 0
    alternative: tuple[int, int] | None = None
    sale: DemoSale | None = None
    slot_hours: tuple[int, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)


PICK_UP: Final = "门店自提,凭券领取;质量问题七日内可退换,与现金购买一致。"
VOUCHER: Final = "凭券使用一次,不找零;未使用可退回积分。"
RETURNS: Final = {
    "days": 7,
    "cash_days": 7,
    "terms": "商品完好、配件齐全,寄回或送回任一门店;无理由退货由会员承担寄回运费,质量问题由商户承担。",
}
FRESH: Final = {"except": "perishable", "cash_days": 0, "terms": "现做蛋糕不适用无理由退货;有质量问题请当天联系门店。"}
TICKET_HOURS: Final = {day: [["07:30", "17:30"]] for day in WEEK}
REFUNDABLE: Final = "未使用随时可退,过期自动退回积分。"
GOODS, SERVICE, COUPON, OFFSET = RewardKind.GOODS, RewardKind.SERVICE, RewardKind.COUPON, RewardKind.OFFSET
TICKET, SAMPLE, CUSTOMISED = RewardKind.TICKET, RewardKind.SAMPLE, RewardKind.CUSTOMISED

REWARDS: Final = (
    DemoReward(
        "STATIONER", "NOTEBOOK-SET", GOODS, "stationery/notebooks", "笔记本套装", "Notebook set", 500, 25, PICK_UP,
        sale=DemoSale(400, 85, 54, "开学季"), more={"stock": 200},
    ),
    DemoReward(
        "STATIONER", "PEN", GOODS, "stationery/pens", "高级钢笔", "Fountain pen", 1_000, 50, PICK_UP,
        alternative=(600, 1_990), more={"stock": 60, "per_person_limit": 2, "limit_window": "month"},
    ),
    DemoReward(
        "STATIONER", "PRINT-100", CUSTOMISED, "stationery/printing", "定制办公文具100份(印公司标志)",
        "100 printed items with your logo", 2_000, 300, "上传标志后7个工作日内制作完成,快递到付。",
        details={"pieces": 100, "needs_logo": True},
    ),
    DemoReward(
        "STATIONER", "LIMITED-STICKERS", GOODS, "stationery/limited", "每月8日限量周边", "Limited edition, on the 8th",
        300, 20, PICK_UP, more={"stock": 10, "redemption_day": 8, "per_person_limit": 1, "limit_window": "month"},
    ),
    DemoReward(
        "GARAGE", "MAINTENANCE", SERVICE, "automotive/service", "基础保养一次", "Basic maintenance", 5_000, 500,
        VOUCHER, slot_hours=(9, 14),
    ),
    DemoReward(
        "GARAGE", "TYRE", GOODS, "automotive/parts", "汽车轮胎一条", "A tyre", 10_000, 1_000, PICK_UP,
        more={"stock": 24},
    ),
    DemoReward(
        "GARAGE", "AC-CLEANING", SERVICE, "automotive/service", "汽车空调清洗", "Air-conditioning cleaning", 6_000, 600,
        VOUCHER, sale=DemoSale(5_000, 6, -24, "店庆"), details={"valid_days": 90},
    ),
    DemoReward(
        "GARAGE", "CAR-WASH", SERVICE, "automotive/service", "洗车一次", "A car wash", 600, 40, VOUCHER,
        details={"valid_days": 90},
    ),
    DemoReward(
        "GARAGE", "WIPERS", GOODS, "automotive/parts", "雨刮器一对", "A pair of wipers", 900, 90, PICK_UP,
        more={"stock": 40},
    ),
    DemoReward(
        "GARAGE", "REPAIR-50", OFFSET, "automotive/service", "维修费用抵扣50元", "50 yuan off a repair bill", 1_000, 50,
        "每积分抵5分钱,不限金额;抵扣部分不再积分,退款按比例退回积分与现金。",
        details={"coupon": {"kind": "fixed", "off_fen": 5_000}, "valid_days": 365},
    ),
    DemoReward(
        "GARAGE", "INSURANCE-1000", COUPON, "insurance/motor", "车险满减券1000元", "1,000 yuan off motor insurance",
        20_000, 1_000, "限本店代理投保,每单限用一张;优惠已载入保险合同。",
        details={
            "coupon": {"kind": "threshold", "off_fen": 100_000, "minimum_fen": 500_000}, "valid_days": 180,
            "insurer_contract": "示例保险-2026-0118", "compliance_approval": "合规-2026-031",
        },
    ),
    DemoReward(
        "COSMETICS", "LIPSTICK-SAMPLE", SAMPLE, "cosmetics/samples", "口红小样", "Lipstick sample", 200, 20, PICK_UP,
        more={"stock": 300, "per_person_limit": 1},
    ),
    DemoReward(
        "COSMETICS", "REMOVER-PADS", SAMPLE, "cosmetics/samples", "卸妆棉一包", "Make-up remover pads", 50, 5, PICK_UP,
        more={"stock": 500},
    ),
    DemoReward(
        "COSMETICS", "SERUM", GOODS, "cosmetics/care", "精华液正装30毫升", "Serum, 30 ml", 800, 219, PICK_UP,
        cash_fen=5_900, more={"stock": 50, "per_person_limit": 2, "limit_window": "month"},
    ),
    DemoReward(
        "COSMETICS", "COUPON-100-20", COUPON, "coupon", "满100减20元券(每月15日兑换日)", "20 yuan off 100, on the 15th",
        300, 20, VOUCHER, more={"stock": 100, "redemption_day": 15, "per_person_limit": 1, "limit_window": "month"},
        details={"coupon": {"kind": "threshold", "off_fen": 2_000, "minimum_fen": 10_000}, "valid_days": 60},
    ),
    DemoReward(
        "APPLIANCES", "KETTLE", GOODS, "appliances/kitchen", "恒温电热水壶", "Electric kettle", 300, 99, PICK_UP,
        cash_fen=990, more={"stock": 80, "per_person_limit": 1},
    ),
    DemoReward(
        "APPLIANCES", "WASHER-CLEANING", SERVICE, "appliances/service", "洗衣机深度清洗", "Washing machine cleaning",
        2_000, 160, VOUCHER, details={"valid_days": 365},
    ),
    DemoReward(
        "PETS", "PET-FOOD", GOODS, "pets/food", "宠物粮1.5公斤", "Pet food, 1.5 kg", 700, 68, PICK_UP,
        more={"stock": 90},
    ),
    DemoReward(
        "PETS", "TOY-BALL", GOODS, "pets/toys", "宠物玩具球", "A toy ball", 200, 19, PICK_UP, more={"stock": 120},
    ),
    DemoReward(
        "PETS", "CHECK-UP", SERVICE, "pets/health", "宠物体检", "Pet check-up", 800, 80, VOUCHER, slot_hours=(10, 15),
    ),
    DemoReward(
        "PETS", "GROOMING-30", SERVICE, "pets/grooming", "宠物美容七折券", "30% off grooming", 300, 45, VOUCHER,
        details={"valid_days": 60, "off_percent": 30},
    ),
    DemoReward(
        "PETS", "pet-birthday-cake", GOODS, "pets/food", "宠物生日蛋糕", "Birthday cake for the pet", 88, 38,
        "提前一天预约,门店自提。", details={"earmark": "pet-birthday-cake", "returns": FRESH},
    ),
    DemoReward(
        "SCENIC", "TICKET", TICKET, "travel/ticket", "景区门票", "Park ticket", 1_200, 120, "一人一票,全年可用。",
        details={
            "hours": TICKET_HOURS, "cash_hours": TICKET_HOURS,
            "after_sales": REFUNDABLE, "cash_after_sales": REFUNDABLE,
        },
    ),
    DemoReward(
        "SCENIC", "GUIDE", SERVICE, "travel/guide", "景区导览", "A guided tour", 600, 60, VOUCHER, slot_hours=(9, 13),
    ),
    DemoReward(
        "HOTEL", "UPGRADE", SERVICE, "travel/hotel", "升级房型一晚", "Room upgrade for a night", 1_500, 200,
        "入住前一天预订;满房不可升级时退回积分。", details={"valid_days": 365},
    ),
    DemoReward(
        "HOTEL", "STAY-20", COUPON, "travel/hotel", "房费八折券", "20% off the room", 900, 80, VOUCHER,
        details={"coupon": {"kind": "percent", "off_percent": 20, "minimum_fen": 0}, "valid_days": 180},
    ),
    DemoReward(
        "AIRLINE", "RETURN-TICKET", TICKET, "travel/flight", "往返机票(经济舱)", "Return flight, economy", 12_000,
        1_200, "税费另付;航班取消退还里程并另补偿10%。",
        details={
            "miles": {
                "rate": "票价每1元累积1里程", "validity": "里程自入账起36个月内有效",
                "limits": "限本航空公司经济舱,每航班12座,提前7天兑换",
            },
            "earmark": MILES,
        },
    ),
    DemoReward(
        "BANK", "COUPON-200-30", COUPON, "coupon", "满200减30元券", "30 yuan off 200", 600, 30, VOUCHER,
        details={"coupon": {"kind": "threshold", "off_fen": 3_000, "minimum_fen": 20_000}, "valid_days": 30},
    ),
    DemoReward(
        "LAMPS", "LED-9W-GIFT", GOODS, "lighting/led", "一级能效LED灯泡", "LED bulb, energy label 1", 200, 30, PICK_UP,
        more={"stock": 150, "purse": Purse.GREEN},
    ),
    DemoReward(
        "HONGMI", "TREE", SERVICE, "green/tree", "认种一棵沙棘(绿色积分)", "A sea buckthorn planted, for green points",
        150, 10, "由合作公益林种植,凭券登记姓名;不支持退换苗木,未种植前可退回积分。",
        details={"valid_days": 365}, more={"purse": Purse.GREEN},
    ),
    DemoReward(
        "LAMPS", "SHOWER-ECO", GOODS, "lighting/water", "节水花洒", "A water-saving shower head", 1_200, 89, PICK_UP,
        more={"stock": 30},
    ),
    DemoReward(
        "LAMPS", "DESK-LAMP", GOODS, "lighting/led", "护眼台灯", "Desk lamp", 3_000, 199, PICK_UP, more={"stock": 20},
    ),
)  # fmt: skip


def publish_rewards(state: DemoState) -> None:
    """Publish every reward that is not in the catalogue yet, at its prices since ON_SALE_SINCE."""
    known = set(Reward.objects.values_list("merchant_id", "sku"))
    for demo in REWARDS:
        if (state.merchants[demo.merchant].pk, demo.sku) not in known:
            _publish(demo, state)


def announce_offers_and_rise(state: DemoState) -> None:
    """Make the offers for one person each, and announce the price rise to everyone."""
    for sign_in, sku, points, cash_fen, first, last, criterion in OFFERS:
        member, reward = state.people[sign_in], reward_of(state, sku)
        if not Offer.objects.filter(member=member, reward=reward).exists():
            offers.make(
                member_id=member.pk,
                reward_id=reward.pk,
                points=points,
                cash_fen=cash_fen,
                face_value_fen=_demo_reward(sku).face_yuan * 100,
                opens_at=state.days_ago(first, hour=0),
                closes_at=state.days_ago(last, hour=0),
                criterion=criterion,
            )
    sku, points = RISE
    reward = reward_of(state, sku)
    if not reward.rises.exists():
        # The database accepts an announcement only at the current time.
        now = timezone.now()
        prices.announce(reward_id=reward.pk, terms=_terms(_demo_reward(sku), points, now, 0), moment=now)


def reward_of(state: DemoState, sku: str) -> Reward:
    """Each SKU of the demo belongs to one merchant."""
    return Reward.objects.get(sku=sku, merchant=state.merchants[_demo_reward(sku).merchant])


def _demo_reward(sku: str) -> DemoReward:
    return next(demo for demo in REWARDS if demo.sku == sku)


def _publish(demo: DemoReward, state: DemoState) -> None:
    since = state.days_ago(ON_SALE_SINCE, hour=0)
    reward = catalogue.create(
        merchant_id=state.merchants[demo.merchant].pk,
        kind=demo.kind,
        sku=demo.sku,
        title=demo.title,
        title_en=demo.title_en,
        goods_category=demo.category,
        terms=demo.terms,
        details=({"returns": RETURNS} if demo.kind == GOODS else {}) | demo.details,
        **demo.more,
    )
    reward.stores.set(state.merchants[demo.merchant].stores.all())
    amounts = [(demo.points, demo.cash_fen), *([demo.alternative] if demo.alternative else [])]
    for points, cash_fen in amounts:
        prices.announce(reward_id=reward.pk, terms=_terms(demo, points, since, cash_fen), moment=since)
    if demo.sale:
        starts_at = state.days_ago(demo.sale.first, hour=0)
        prices.start_promotion(
            reward_id=reward.pk,
            terms=_terms(demo, demo.sale.points, starts_at, demo.cash_fen),
            starts_at=starts_at,
            ends_at=state.days_ago(demo.sale.last, hour=0),
            occasion=demo.sale.occasion,
            moment=starts_at,
        )
    _open_slots(demo, reward, state)
    catalogue.publish(reward_id=reward.pk, moment=state.opened_at)


def _terms(demo: DemoReward, points: int, moment: datetime, cash_fen: int) -> PriceTerms:
    return PriceTerms(
        points=points,
        cash_fen=cash_fen,
        face_value_fen=demo.face_yuan * 100,
        face_value_on=moment.date(),
        face_value_evidence="店长签字的价目表",
        face_value_basis=FaceValueBasis.ATTESTED,
    )


def _open_slots(demo: DemoReward, reward: Reward, state: DemoState) -> None:
    """Two weeks of appointments from the day after tomorrow, four places each."""
    for day in range(2, 16):
        for hour in demo.slot_hours:
            starts_at = state.days_ago(-day, hour=hour)
            catalogue.add_slot(
                reward_id=reward.pk, starts_at=starts_at, ends_at=starts_at + timedelta(hours=2), places=4
            )
