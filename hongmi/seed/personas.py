"""The demo's people: members with an occupation, and staff of the merchants and the platform."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from accounts.models import FamilyRole, PlatformRole
from merchants.models import StaffRole


@dataclass(frozen=True, slots=True)
class DemoMember:
    """`joined` holds merchants and how many days before the demo's first day the person joined each.

    The phone numbers (E.164) are invented, and the sandbox sends nothing to them. A member without one has a card and
    its PIN.
    """

    sign_in: str
    name: str
    life: str
    birthday: date | None
    joined: tuple[tuple[str, int], ...]
    phone: str | None = None
    pets: tuple[tuple[str, date], ...] = ()
    takes_offers: bool = False


@dataclass(frozen=True, slots=True)
class DemoStaff:
    """Works for a merchant in a role, or, without a merchant, for the platform."""

    sign_in: str
    name: str
    role: StaffRole | PlatformRole
    merchant: str | None = None


MEMBERS: Final = (
    DemoMember(
        "lin.xiaoyu",
        "林晓雨",
        "学生 student",
        date(2008, 3, 14),
        (("STATIONER", 365), ("COSMETICS", 120), ("SCENIC", 60)),
        phone="+8613800000101",
    ),
    DemoMember(
        "wang.yiming",
        "王一鸣",
        "学生 student",
        date(2007, 11, 2),
        (("STATIONER", 300), ("LAMPS", 200)),
        phone="+8613800000102",
    ),
    DemoMember(
        "chen.siyuan",
        "陈思远",
        "上班族 office worker",
        date(1994, 6, 9),
        (("STATIONER", 365), ("BANK", 320), ("HOTEL", 200)),
        phone="+8613800000103",
    ),
    DemoMember(
        "zhao.min",
        "赵敏",
        "上班族 office worker",
        date(1990, 9, 27),
        (("COSMETICS", 150), ("BANK", 340)),
        phone="+8613800000104",
        takes_offers=True,
    ),
    DemoMember(
        "wu.qian",
        "吴倩",
        "美妆爱好者 cosmetics",
        date(1998, 1, 30),
        (("COSMETICS", 80), ("PETS", 70), ("SCENIC", 50)),
        phone="+8613800000105",
        pets=(("年糕", date(2022, 5, 4)),),
        takes_offers=True,
    ),
    DemoMember(
        "zhou.jianguo",
        "周建国",
        "车主 car owner",
        date(1978, 5, 20),
        (("GARAGE", 365), ("BANK", 310), ("HOTEL", 120)),
        phone="+8613800000106",
    ),
    DemoMember(
        "sun.yue",
        "孙悦",
        "养宠人 pet owner",
        date(1992, 2, 29),
        (("PETS", 360), ("SCENIC", 90)),
        phone="+8613800000107",
        pets=(("豆豆", date(2020, 2, 29)), ("米粒", date(2023, 9, 12))),
        takes_offers=True,
    ),
    DemoMember(
        "li.wei",
        "李伟",
        "三口之家 family: father",
        date(1983, 4, 18),
        (("LAMPS", 350), ("GARAGE", 330), ("APPLIANCES", 320)),
        phone="+8613800000108",
    ),
    DemoMember(
        "zhang.li",
        "张丽",
        "三口之家 family: mother",
        date(1985, 12, 5),
        (("APPLIANCES", 1100), ("LAMPS", 350)),
        phone="+8613800000109",
    ),
    DemoMember(
        "li.xiaoman", "李小满", "三口之家 family: son", date(2012, 8, 1), (("STATIONER", 340),), phone="+8613800000110"
    ),
    DemoMember(
        "zheng.hao",
        "郑浩",
        "商旅人士 traveller",
        date(1987, 7, 7),
        (("AIRLINE", 360), ("HOTEL", 355), ("BANK", 350), ("SCENIC", 100)),
        phone="+8613800000111",
    ),
    DemoMember(
        "qian.guohua",
        "钱国华",
        "退休教师 retired teacher",
        date(1955, 10, 1),
        (("APPLIANCES", 240), ("STATIONER", 185), ("SCENIC", 150)),
    ),
)

FAMILY: Final = (
    "李伟一家",
    {"li.wei": FamilyRole.HEAD, "zhang.li": FamilyRole.ADULT, "li.xiaoman": FamilyRole.CHILD},
)

# The owner applies for the contract and then invites the other staff.
STAFF: Final = (
    DemoStaff("stationer.owner", "何掌柜", StaffRole.OWNER, "STATIONER"),
    DemoStaff("stationer.manager", "许店长", StaffRole.MANAGER, "STATIONER"),
    DemoStaff("stationer.cashier", "小唐", StaffRole.CASHIER, "STATIONER"),
    DemoStaff("stationer.finance", "冯会计", StaffRole.FINANCE, "STATIONER"),
    DemoStaff("stationer.reader", "顾审计", StaffRole.READ_ONLY, "STATIONER"),
    DemoStaff("operator", "平台运营", PlatformRole.OPERATOR),
    DemoStaff("support", "平台客服", PlatformRole.SUPPORT),
    DemoStaff("compliance", "平台合规", PlatformRole.COMPLIANCE),
    DemoStaff("regulator", "监管查阅", PlatformRole.REGULATOR),
    DemoStaff("garage.owner", "马老板", StaffRole.OWNER, "GARAGE"),
    DemoStaff("cosmetics.owner", "花小满", StaffRole.OWNER, "COSMETICS"),
    DemoStaff("appliances.owner", "钟老板", StaffRole.OWNER, "APPLIANCES"),
    DemoStaff("pets.owner", "毛老板", StaffRole.OWNER, "PETS"),
    DemoStaff("scenic.owner", "云主任", StaffRole.OWNER, "SCENIC"),
    DemoStaff("hotel.owner", "齐经理", StaffRole.OWNER, "HOTEL"),
    DemoStaff("airline.owner", "袁经理", StaffRole.OWNER, "AIRLINE"),
    DemoStaff("bank.owner", "江经理", StaffRole.OWNER, "BANK"),
    DemoStaff("lamps.owner", "明老板", StaffRole.OWNER, "LAMPS"),
    DemoStaff("cdnow.owner", "唱片店长", StaffRole.OWNER, "CDNOW"),
    # Of the merchants that are not live, one person each.
    DemoStaff("bakery.owner", "麦师傅", StaffRole.OWNER, "BAKERY"),
    DemoStaff("bookshop.owner", "书小姐", StaffRole.OWNER, "BOOKSHOP"),
    DemoStaff("florist.owner", "花先生", StaffRole.OWNER, "FLORIST"),
    DemoStaff("teahouse.owner", "茶老板", StaffRole.OWNER, "TEAHOUSE"),
    DemoStaff("cinema.owner", "影院经理", StaffRole.OWNER, "CINEMA"),
    DemoStaff("videos.owner", "碟店老板", StaffRole.OWNER, "VIDEOS"),
)
