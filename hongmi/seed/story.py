"""A year in the lives of the demo's members, with the figures of the two texts."""

from collections.abc import Iterator
from random import Random
from typing import Final

from django.utils import timezone

from hongmi.seed import cast, habits, member_steps, regulars
from hongmi.seed.member_steps import Basket, Reward, Teller
from hongmi.seed.opening import House
from hongmi.seed.step import Step, Watch
from points.rules.kinds.birthday import birthday_in
from redemption.models import Order, OrderStatus
from redemption.operations import orders

NOTEBOOK: Reward = ("笔记本套装 notebook set", 500)
HOME: Final = {"name": "李伟", "phone": "13800000108", "text": "广东省广州市天河区示例路1号"}
OFFICE: Final = {"name": "陈思远", "phone": "13800000103", "text": "上海市杨浦区示例路2号"}


def tell(house: House, *, watched: Watch) -> None:
    """Live through the year, in the order things happened; one that broke off is told again and books nothing twice."""
    if member_steps.was_told(house):
        return
    regulars.shop(house, watched=watched)
    tells = Teller(house)
    steps = [step for life in LIVES for step in life(tells)]
    steps += [tells.joins(one.sign_in, code, days) for one in cast.MEMBERS for code, days in one.joined]
    steps += [tells.founds_a_family(300, *cast.FAMILY)]
    # As the clock would have swept at night, and granted in the morning.
    steps += [tells.sweeps(days) for days in range(360, 0, -15)]
    steps += [tells.keeps_birthdays(days) for days in _birthdays_of_pets(house)]
    steps = [*sorted(steps, key=lambda step: step.at), tells.tries_the_demo(cast.MEMBERS[0].sign_in)]
    for step in watched(steps, "一年的往来 a year of life"):
        step.act()


def somebody_is_paying(house: House) -> None:
    """An order that waits for its cash, anew at each start, because none waits longer than half an hour."""
    now = timezone.now()
    orders.cancel_unpaid(moment=now)
    if not Order.objects.filter(status=OrderStatus.AWAITING_CASH).exists():
        Teller(house).orders("li.wei", "KETTLE", 0).place(at=now)


def _birthdays_of_pets(house: House) -> list[int]:
    """Days ago, in the last year."""
    born = [born_on for one in cast.MEMBERS for _, born_on in one.pets]
    days = {ago: house.days_ago(ago).date() for ago in range(1, 366)}
    return [ago for ago, day in days.items() if day in {birthday_in(born_on, day.year) for born_on in born}]


def _monthly(months: int, last: int = 5) -> list[int]:
    """Days ago, once in thirty, the last one `last` days ago."""
    return [last + 30 * month for month in reversed(range(months))]


def _lin_xiaoyu(tells: Teller) -> Iterator[Step]:
    """50 yuan of stationery a month; the notebook set in the back-to-school sale, for 400 points and not 500."""
    who = "lin.xiaoyu"
    for days in _monthly(12):
        yield tells.buys(who, "STATIONER", days, (("NOTEBOOK", 2, 24), ("PEN-GEL", 4, 16), ("STICKY-NOTES", 1, 10)))
    notebook = tells.orders(who, "NOTEBOOK-SET", 60)
    yield notebook.begins()
    yield notebook.is_handed_over(58, by="stationer.cashier")
    yield tells.buys(who, "SCENIC", 21, (("TICKET-STUDENT", 1, 60),), hour=9)
    yield tells.is_put_right(who, "STATIONER", 12, 25, "校园展位小票漏记 receipt of the campus stand was missed")
    yield tells.orders(who, "REMOVER-PADS", 3).begins()


def _wang_yiming(tells: Teller) -> Iterator[Step]:
    """Buys for the art class, changes his mind now and then, and lights his desk with a good lamp."""
    who = "wang.yiming"
    for days in _monthly(9, last=9):
        yield tells.buys(who, "STATIONER", days, (("SKETCHBOOK", 1, 38), ("MARKER-SET", 1, 45)))
    yield tells.returns(who, "STATIONER", 39, 36, 45)
    yield tells.buys(who, "LAMPS", 150, (("LED-9W", 2, 58),))
    stickers = tells.on_the(8, who, "LIMITED-STICKERS")
    yield stickers.begins()
    pen = tells.orders(who, "PEN", 20, with_cash=True)
    yield pen.begins()
    yield pen.is_never_paid()
    yield from tells.holds(who, "STATIONER", 90, NOTEBOOK, end="release")


def _chen_siyuan(tells: Teller) -> Iterator[Step]:
    """200 yuan of office goods a month; after five months the fountain pen. Of two more he brings one back."""
    who = "chen.siyuan"
    for days in _monthly(12, last=3):
        yield tells.buys(who, "STATIONER", days, (("PAPER-A4", 5, 125), ("FOLDER", 10, 45), ("PEN-GEL", 6, 30)))
    pen = tells.orders(who, "PEN", 200)
    yield pen.begins()
    yield pen.is_handed_over(198, by="stationer.cashier")
    pens = tells.orders(who, "PEN", 50, pieces=2, with_cash=True)
    yield pens.begins()
    yield pens.is_paid()
    yield pens.is_handed_over(49, by="stationer.cashier")
    yield pens.comes_back(46, "一支笔尖有瑕疵,退一支 one nib was faulty", points=600, cash_fen=1_990)
    printed = tells.orders(who, "PRINT-100", 9, address=OFFICE, with_logo=True)
    yield printed.begins()
    yield printed.is_sent(2, "顺丰速运", "SF1000000000001")
    yield tells.buys(who, "HOTEL", 95, (("ROOM-STANDARD", 1, 458),), hour=14)
    yield from tells.was_booked_twice(who, "STATIONER", 70, (("STAPLER", 1, 38),))
    stickers = tells.on_the(8, who, "LIMITED-STICKERS")
    yield stickers.begins()
    yield stickers.is_handed_over(stickers.days, by="stationer.cashier")
    yield from tells.holds(who, "STATIONER", 2, NOTEBOOK, end=None)


def _zhao_min(tells: Teller) -> Iterator[Step]:
    """Pays by card, by metro and by train; her first order of cosmetics is large enough."""
    who = "zhao.min"
    for days in _monthly(11, last=7):
        yield tells.buys(who, "BANK", days, (("SUPERMARKET", 1, 640), ("METRO", 1, 120)), hour=20)
    for days in (310, 170, 45):
        yield tells.buys(who, "BANK", days, (("HIGH-SPEED-RAIL", 1, 553),), hour=8)
    yield tells.buys(who, "COSMETICS", 149, (("LIPSTICK-ROUGE", 1, 128),))
    lipstick = tells.orders(who, "LIPSTICK-SAMPLE", 149)
    yield lipstick.begins()
    yield lipstick.is_handed_over(149)
    for days in (110, 66, 20):
        yield tells.buys(who, "COSMETICS", days, (("CLEANSING-OIL", 1, 89), ("MASK-SHEET", 5, 99)))
    yield tells.on_the(15, who, "COUPON-100-20").begins()
    coupon = tells.orders(who, "COUPON-200-30", 14)
    yield coupon.begins()
    yield coupon.is_handed_over(6, bill_fen=25_600)


def _wu_qian(tells: Teller) -> Iterator[Step]:
    """99 yuan use up her first order. The gift for signing up runs out in ten days. One of two samples came back."""
    who = "wu.qian"
    yield tells.buys(who, "COSMETICS", 79, (("BLUSH", 1, 99),))
    pads = tells.orders(who, "REMOVER-PADS", 78, pieces=2)
    yield pads.begins()
    yield pads.is_handed_over(78)
    yield pads.comes_back(76, "一包未拆封 one pack unopened", points=50)
    for days in (61, 33, 8):
        yield tells.buys(who, "COSMETICS", days, (("SERUM-30ML", 1, 219),))
    for days in (55, 25):
        yield tells.buys(who, "PETS", days, (("CAT-LITTER", 4, 216),), hour=16)
    serum = tells.orders(who, "SERUM", 6)
    yield serum.begins()
    yield serum.is_paid()
    toy = tells.orders(who, "TOY-BALL", 4)
    yield toy.begins()
    yield toy.is_handed_over(1)
    yield toy.was_a_mistake(1)


def _zhou_jianguo(tells: Teller) -> Iterator[Step]:
    """1,000 yuan a month at the garage: after five months a basic maintenance. Points pay part of a bill."""
    who = "zhou.jianguo"
    for days in _monthly(12, last=11):
        yield tells.buys(who, "GARAGE", days, (("CAR-WASH", 4, 160), ("OIL-CHANGE", 1, 840)))
    yield tells.buys(who, "GARAGE", 72, (("TYRE", 2, 1800),), hour=15)
    maintenance = tells.orders(who, "MAINTENANCE", 185, slot=(182, 9))
    yield maintenance.begins()
    yield maintenance.is_handed_over(182, hour=9)
    yield tells.pays_with_points(who, "GARAGE", 60, 800, 2_000)
    yield tells.has_part_of_it_back(who, "GARAGE", 60, 57, 400)
    # Six days before the anniversary at the full price, which the sale may therefore call its "was" (SPEC R22).
    cleaning = tells.orders(who, "AC-CLEANING", 9)
    yield cleaning.begins()
    yield cleaning.is_handed_over(8)
    yield tells.orders(who, "CAR-WASH", 2).begins()
    yield tells.buys(who, "HOTEL", 100, (("ROOM-FAMILY", 2, 1280),), hour=14)


def _sun_yue(tells: Teller) -> Iterator[Step]:
    """Food for the dog, with gifts of points that last sixty days: some were missed, some are about to end."""
    who = "sun.yue"
    chooser = Random("sun.yue")  # noqa: S311  # because the same story is to be told each time
    for days in range(350, 4, -23):
        basket: Basket = (("DOG-FOOD-10KG", 1, 238),)
        if chooser.random() < 0.5:
            basket += (("TOY-ROPE", 1, chooser.randint(19, 49)),)
        yield tells.buys(who, "PETS", days, basket)
    check_up = tells.orders(who, "CHECK-UP", 220, slot=(217, 10))
    yield check_up.begins()
    yield check_up.is_handed_over(217, hour=10)
    guide = tells.orders(who, "GUIDE", 64, slot=(62, 13))
    yield guide.begins()
    yield guide.is_handed_over(62, hour=13)
    # One she forgot, and one that is good for two months more.
    yield tells.orders(who, "GROOMING-30", 100).begins()
    yield tells.orders(who, "GROOMING-30", 10).begins()
    yield tells.orders(who, "CHECK-UP", 7, slot=(-3, 10)).begins()


def _the_family(tells: Teller) -> Iterator[Step]:
    """A refrigerator three years ago, whose points are as good as new; then lamp after lamp. Green points are given:
    100 by the father to the mother, 20 by her to the son."""
    yield tells.brings_along("zhang.li", "APPLIANCES", 1099, 260)
    yield tells.buys("zhang.li", "APPLIANCES", 1095, (("FRIDGE-450L", 1, 4999),))
    for days in (345, 240, 130):
        yield tells.buys("li.wei", "LAMPS", days, (("LED-CEILING-36W", 3, 897), ("LED-9W", 2, 58)))
    yield tells.buys("zhang.li", "LAMPS", 210, (("TAP-ECO", 2, 176),))
    yield tells.gives("li.wei", "zhang.li", 125, 100)
    # Of her own, because what was received is not passed on.
    yield tells.gives("zhang.li", "li.xiaoman", 100, 20)
    tree = tells.orders("zhang.li", "TREE", 90)
    yield tree.begins()
    yield tree.is_handed_over(70, by="operator")
    yield tells.orders("li.wei", "LED-9W-GIFT", 2).begins()
    for days in _monthly(5, last=17):
        yield tells.buys("li.wei", "GARAGE", days, (("CAR-WASH", 2, 80),), hour=10)
    for days in _monthly(8, last=26):
        yield tells.buys("li.xiaoman", "STATIONER", days, (("EXERCISE-BOOK", 5, 15), ("CRAYON", 1, 22)), hour=16)
    lamp = tells.orders("li.wei", "DESK-LAMP", 12, address=HOME)
    yield lamp.begins()
    yield lamp.is_sent(10, "京东快递", "JD1000000000001")
    yield lamp.arrives(8)
    kettle = tells.orders("zhang.li", "KETTLE", 60)
    yield kettle.begins()
    yield kettle.is_paid()
    yield kettle.is_handed_over(58)
    cleaning = tells.orders("zhang.li", "WASHER-CLEANING", 20)
    yield cleaning.begins()
    yield cleaning.is_cancelled(15, "不需要了 not needed any more")
    notebook = tells.orders("li.xiaoman", "NOTEBOOK-SET", 6, address=HOME)
    yield notebook.begins()
    yield notebook.is_sent(4, "中通快递", "ZT1000000000001")
    reason = "有三页印反了 three pages are printed upside down"
    yield notebook.is_sent_back(2, "faulty", reason, "中通快递", "ZT1000000000002")


def _zheng_hao(tells: Teller) -> Iterator[Step]:
    """Flies every other month. A flight for which he paid with miles was cancelled: 12,000 back, and 1,200 on top."""
    who = "zheng.hao"
    for days in (335, 305, 245, *_monthly(7, last=28)):
        yield tells.buys(who, "AIRLINE", days, (("FARE", 1, 1680),), hour=8)
        yield tells.buys(who, "HOTEL", days - 1, (("ROOM-BUSINESS", 2, 1356),), hour=19)
    for days in _monthly(11, last=14):
        yield tells.buys(who, "BANK", days, (("RESTAURANT", 1, 1800), ("METRO", 1, 64)), hour=21)
    flight = tells.orders(who, "RETURN-TICKET", 50, hour=10)
    yield flight.begins()
    yield flight.is_not_provided(40, "航班取消补偿 flight cancelled")
    upgrade = tells.orders(who, "UPGRADE", 42)
    yield upgrade.begins()
    yield upgrade.is_handed_over(41)
    yield tells.buys(who, "SCENIC", 41, (("TICKET", 2, 240),), hour=9)
    yield tells.orders(who, "STAY-20", 5).begins()
    yield tells.orders(who, "TICKET", 1).begins()


def _qian_guohua(tells: Teller) -> Iterator[Step]:
    """Spent the points of a fan and then gave the fan back, so he owes them; the next purchase repays some."""
    who = "qian.guohua"
    yield tells.buys(who, "APPLIANCES", 230, (("WASHER-10KG", 1, 2899),))
    pens = tells.orders(who, "PEN", 180, pieces=2)
    yield pens.begins()
    yield pens.is_handed_over(180, by="stationer.cashier")
    yield tells.buys(who, "APPLIANCES", 120, (("FAN-TOWER", 1, 599),))
    ticket = tells.orders(who, "TICKET", 118)
    yield ticket.begins()
    yield ticket.is_handed_over(117, hour=9)
    yield tells.returns(who, "APPLIANCES", 120, 115, 599)
    yield tells.buys(who, "APPLIANCES", 40, (("RICE-COOKER", 1, 99),))


LIVES = (
    _lin_xiaoyu,
    _wang_yiming,
    _chen_siyuan,
    _zhao_min,
    _wu_qian,
    _zhou_jianguo,
    _sun_yue,
    _the_family,
    _zheng_hao,
    _qian_guohua,
    habits.everyday,
)
