"""The demo's merchants with their stores (GB/T 2260 codes) and earning rules."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from hongmi.lib.shanghai import SHANGHAI
from merchants.models import ClawbackPolicy, MerchantCategory, MerchantStatus

PLATFORM: Final = "HONGMI"
CDNOW: Final = "CDNOW"
OPENING_AT: Final = datetime(2021, 1, 1, tzinfo=SHANGHAI)
CDNOW_OPENING_AT: Final = datetime(1997, 1, 1, tzinfo=SHANGHAI)

MILES: Final = "airline-miles"
GREEN_LAMP: Final = "green:energy-label-1"
GREEN_TAP: Final = "green:water-label-1"
GREEN_TRAVEL: Final = "green:public-transport"

ONE_POINT_PER_YUAN: Final = {"kind": "rate", "points": 1, "per_fen": 100}


LICENSED: Final = ((MerchantStatus.LICENSED, "营业执照已核验"),)
CONTRACTED: Final = (*LICENSED, (MerchantStatus.CONTRACTED, "合同已签署"))
LIVE: Final = (*CONTRACTED, (MerchantStatus.LIVE, "保证金到账,开业"))


@dataclass(frozen=True, slots=True)
class DemoRule:
    """`window` is (first, last) day before the demo's first day, for rules that end; others start at the opening."""

    code: str
    name: str
    name_en: str
    definition: dict[str, Any]
    window: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class DemoStore:
    code: str
    name: str
    division_code: str


@dataclass(frozen=True, slots=True)
class DemoMerchant:
    code: str
    name: str
    name_en: str
    category: MerchantCategory
    stores: tuple[DemoStore, ...] = ()
    rules: tuple[DemoRule, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()  # (SKU, label)
    clawback_policy: ClawbackPolicy = ClawbackPolicy.FORGIVE
    opening_at: datetime = OPENING_AT
    # The steps of its life cycle so far with their reasons, one a week before the opening.
    life: tuple[tuple[MerchantStatus, str], ...] = LIVE
    # Whether it has an account at the payment provider; without one it takes no cash beside points.
    takes_cash: bool = False


RATE: Final = DemoRule("rate", "消费1元积1分", "1 point per yuan", ONE_POINT_PER_YUAN)


def _sign_up(points: int, valid_days: int) -> DemoRule:
    validity = {"valid_days": valid_days, "expiry_notice": f"注册礼自发放起{valid_days}天内有效。"}
    return DemoRule("sign-up", "注册即送积分", "Sign-up gift", {"kind": "sign_up", "points": points, **validity})


MERCHANTS: Final = (
    DemoMerchant(
        PLATFORM,
        "红米好物",
        "Hongmi",
        MerchantCategory.PLATFORM,
        (DemoStore("FOREST", "库布其公益林项目处", "150600"),),
        rules=(_sign_up(100, 365),),
    ),
    DemoMerchant(
        "STATIONER",
        "晨光里文具",
        "Morning Lane Stationers",
        MerchantCategory.STATIONERY,
        (DemoStore("SH-01", "上海五角场店", "310110"), DemoStore("HZ-01", "杭州文三路店", "330106")),
        (
            RATE,
            DemoRule(
                "member-day",
                "每月8日会员日双倍积分",
                "Double points on the 8th",
                {"kind": "multiplier", "percent": 200, "conditions": {"days_of_month": [8]}},
            ),
        ),
        takes_cash=True,
    ),
    DemoMerchant(
        "GARAGE",
        "安驰汽车4S店",
        "Anchi Motors",
        MerchantCategory.AUTOMOTIVE,
        (DemoStore("SZ-01", "苏州工业园区店", "320571"),),
        (
            RATE,
            DemoRule(
                "anniversary",
                "店庆双倍积分",
                "Anniversary: double points",
                {"kind": "multiplier", "percent": 200, "campaign": "anniversary"},
                window=(75, 68),
            ),
        ),
    ),
    DemoMerchant(
        "COSMETICS",
        "花间美妆",
        "Among Flowers Cosmetics",
        MerchantCategory.COSMETICS,
        (DemoStore("CD-01", "成都太古里店", "510104"),),
        (
            RATE,
            _sign_up(50, 90),
            DemoRule(
                "first-order",
                "首单满100元再送200积分",
                "200 points for a first order of 100 yuan",
                {"kind": "first_purchase", "threshold_fen": 10_000, "points": 200},
            ),
        ),
        takes_cash=True,
    ),
    DemoMerchant(
        "APPLIANCES",
        "恒家电器",
        "Evergood Appliances",
        MerchantCategory.APPLIANCES,
        (DemoStore("BJ-01", "北京中关村店", "110108"),),
        (
            RATE,
            DemoRule(
                "green",
                "一级能效家电赠绿色积分",
                "Green points for appliances of energy label 1",
                {"kind": "green", "points": 50, "conditions": {"include": {"labels": [GREEN_LAMP]}}},
            ),
        ),
        (("FRIDGE-450L", GREEN_LAMP), ("WASHER-10KG", GREEN_LAMP)),
        ClawbackPolicy.OWE,
        takes_cash=True,
    ),
    DemoMerchant(
        "PETS",
        "毛球宠物生活馆",
        "Furball Pets",
        MerchantCategory.PETS,
        (DemoStore("WH-01", "武汉光谷店", "420111"),),
        (
            RATE,
            DemoRule(
                "care",
                "满200元赠30积分",
                "30 points for orders of 200 yuan",
                {
                    "kind": "bonus",
                    "points": 30,
                    "valid_days": 60,
                    "expiry_notice": "活动赠送积分60天内有效。",
                    "conditions": {"minimum_fen": 20_000},
                },
            ),
            DemoRule(
                "pet-birthday",
                "宠物生日蛋糕积分",
                "Birthday cake for the pet",
                {
                    "kind": "birthday",
                    "points": 88,
                    "whose": "pet",
                    "earmark": "pet-birthday-cake",
                    "valid_days": 30,
                    "expiry_notice": "生日蛋糕积分30天内有效,仅限兑换宠物生日蛋糕。",
                },
            ),
        ),
    ),
    DemoMerchant(
        "SCENIC",
        "云栖山风景区",
        "Yunqi Mountain Park",
        MerchantCategory.SCENIC,
        (DemoStore("GATE-E", "东门游客中心", "330106"),),
        (RATE,),
    ),
    DemoMerchant(
        "HOTEL",
        "栖迟酒店",
        "Qichi Hotels",
        MerchantCategory.HOTEL,
        (DemoStore("XA-01", "西安钟楼店", "610104"), DemoStore("XM-01", "厦门鹭江店", "350203")),
        (RATE,),
    ),
    DemoMerchant(
        "AIRLINE",
        "远航航空",
        "Yuanhang Airlines",
        MerchantCategory.AIRLINE,
        (DemoStore("PVG-T2", "上海浦东机场T2柜台", "310115"),),
        (
            DemoRule(
                "miles",
                "票价1元累积1里程",
                "1 mile per yuan of fare",
                {
                    **ONE_POINT_PER_YUAN,
                    "earmark": MILES,
                    "valid_days": 1095,
                    "expiry_notice": "里程自入账起36个月内有效,限兑换本航空公司机票;票价每1元累积1里程。",
                },
            ),
        ),
    ),
    DemoMerchant(
        "BANK",
        "江海银行信用卡",
        "Jianghai Bank Cards",
        MerchantCategory.BANK,
        (DemoStore("SH-LJZ", "上海陆家嘴网点", "310115"),),
        (
            DemoRule(
                "card-spending",
                "刷卡每20元积1分",
                "1 point per 20 yuan spent by card",
                {"kind": "rate", "points": 1, "per_fen": 2000},
            ),
            DemoRule(
                "green-travel",
                "公共交通刷卡赠绿色积分",
                "Green points for public transport",
                {"kind": "green", "points": 1, "per_fen": 1000, "conditions": {"include": {"labels": [GREEN_TRAVEL]}}},
            ),
        ),
        (("METRO", GREEN_TRAVEL), ("HIGH-SPEED-RAIL", GREEN_TRAVEL)),
    ),
    DemoMerchant(
        "LAMPS",
        "明心节能灯具",
        "Mingxin Lighting",
        MerchantCategory.LIGHTING,
        (DemoStore("GZ-01", "广州天河店", "440106"),),
        (
            RATE,
            DemoRule(
                "green",
                "一级能效灯具、节水器具每件赠20绿色积分",
                "20 green points for each certified lamp or water saver",
                {"kind": "green", "points": 20, "conditions": {"include": {"labels": ["green:*"]}}},
            ),
        ),
        (("LED-9W", GREEN_LAMP), ("LED-CEILING-36W", GREEN_LAMP), ("TAP-ECO", GREEN_TAP)),
    ),
    DemoMerchant(
        CDNOW,
        "CDNOW 唱片",
        "CDNOW",
        MerchantCategory.RETAIL,
        rules=(RATE,),
        opening_at=CDNOW_OPENING_AT,
    ),
    # One merchant in each other state.
    DemoMerchant("BAKERY", "麦香面包房", "Wheat Bakery", MerchantCategory.RETAIL, life=()),
    DemoMerchant("BOOKSHOP", "半亩书店", "Half-Acre Books", MerchantCategory.RETAIL, life=LICENSED),
    DemoMerchant("FLORIST", "南山花店", "South Hill Florist", MerchantCategory.RETAIL, life=CONTRACTED),
    DemoMerchant(
        "TEAHOUSE",
        "听雨茶馆",
        "Rain Teahouse",
        MerchantCategory.RETAIL,
        life=(*LIVE, (MerchantStatus.SUSPENDED, "标价与公示不符,限期改正")),
    ),
    DemoMerchant(
        "CINEMA",
        "星河影院",
        "Galaxy Cinema",
        MerchantCategory.RETAIL,
        life=(*LIVE, (MerchantStatus.EXITING, "租约到期,公告退出")),
    ),
    DemoMerchant(
        "VIDEOS",
        "光影碟片",
        "Light Videos",
        MerchantCategory.RETAIL,
        life=(*LIVE, (MerchantStatus.EXITING, "停业公告"), (MerchantStatus.CLOSED, "积分已清算")),
    ),
)
