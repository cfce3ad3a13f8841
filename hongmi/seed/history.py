"""One year of purchases, orders and corrections of the demo's members, with the figures of the project's brief."""

from collections.abc import Iterator
from random import Random
from typing import Final

from django.utils import timezone

from hongmi.seed import habits, member_steps, personas, regulars
from hongmi.seed.demo_state import DemoState
from hongmi.seed.member_steps import Basket, MemberSteps, Reward
from hongmi.seed.step import Progress, Step
from points.rules.kinds.birthday import birthday_in
from redemption.models import Order, OrderStatus
from redemption.operations import orders

NOTEBOOK: Reward = ("笔记本套装 notebook set", 500)
HOME: Final = {"name": "李伟", "phone": "13800000108", "text": "广东省广州市天河区示例路1号"}
OFFICE: Final = {"name": "陈思远", "phone": "13800000103", "text": "上海市杨浦区示例路2号"}


def play(state: DemoState, *, progress: Progress) -> None:
    """Run all steps of the year in order of time; after an interruption it can run again and books nothing twice."""
    if member_steps.is_complete(state):
        return
    regulars.book_purchases(state, progress=progress)
    make = MemberSteps(state)
    steps = [step for member in HISTORIES for step in member(make)]
    steps += [make.joins(one.sign_in, code, days) for one in personas.MEMBERS for code, days in one.joined]
    steps += [make.founds_a_family(300, *personas.FAMILY)]
    # At the times of the scheduled tasks: sweeps at night, birthdays in the morning.
    steps += [make.sweeps(days) for days in range(360, 0, -15)]
    steps += [make.grants_birthdays(days) for days in _birthdays_of_pets(state)]
    steps = [*sorted(steps, key=lambda step: step.at), make.completes_the_demo(personas.MEMBERS[0].sign_in)]
    for step in progress(steps, "一年的往来 one year of activity"):
        step.act()


def place_unpaid_order(state: DemoState) -> None:
    """An order that waits for its cash, at each start, because an unpaid order is cancelled after half an hour."""
    now = timezone.now()
    orders.cancel_unpaid(moment=now)
    if not Order.objects.filter(status=OrderStatus.AWAITING_CASH).exists():
        MemberSteps(state).orders("li.wei", "KETTLE", 0).place(at=now)


def _birthdays_of_pets(state: DemoState) -> list[int]:
    """The birthdays of the last year, in days ago."""
    born = [born_on for one in personas.MEMBERS for _, born_on in one.pets]
    days = {ago: state.days_ago(ago).date() for ago in range(1, 366)}
    return [ago for ago, day in days.items() if day in {birthday_in(born_on, day.year) for born_on in born}]


def _monthly(months: int, last: int = 5) -> list[int]:
    """Days ago, one in thirty, the last one `last` days ago."""
    return [last + 30 * month for month in reversed(range(months))]


def _lin_xiaoyu(steps: MemberSteps) -> Iterator[Step]:
    """50 yuan of stationery a month; the notebook set in the back-to-school sale, for 400 points and not 500."""
    member = "lin.xiaoyu"
    for days in _monthly(12):
        yield steps.buys(member, "STATIONER", days, (("NOTEBOOK", 2, 24), ("PEN-GEL", 4, 16), ("STICKY-NOTES", 1, 10)))
    notebook = steps.orders(member, "NOTEBOOK-SET", 60)
    yield notebook.begins()
    yield notebook.is_handed_over(58, by="stationer.cashier")
    yield steps.buys(member, "SCENIC", 21, (("TICKET-STUDENT", 1, 60),), hour=9)
    yield steps.is_corrected(member, "STATIONER", 12, 25, "校园展位小票漏记 receipt of the campus stand was missed")
    yield steps.orders(member, "REMOVER-PADS", 3).begins()


def _wang_yiming(steps: MemberSteps) -> Iterator[Step]:
    """Buys for the art class, returns goods, cancels, and buys a lamp."""
    member = "wang.yiming"
    for days in _monthly(9, last=9):
        yield steps.buys(member, "STATIONER", days, (("SKETCHBOOK", 1, 38), ("MARKER-SET", 1, 45)))
    yield steps.returns(member, "STATIONER", 39, 36, 45)
    yield steps.buys(member, "LAMPS", 150, (("LED-9W", 2, 58),))
    stickers = steps.on_the(8, member, "LIMITED-STICKERS")
    yield stickers.begins()
    pen = steps.orders(member, "PEN", 20, with_cash=True)
    yield pen.begins()
    yield pen.is_never_paid()
    yield from steps.holds(member, "STATIONER", 90, NOTEBOOK, end="release")


def _chen_siyuan(steps: MemberSteps) -> Iterator[Step]:
    """200 yuan of office goods a month; after five months the fountain pen. Of two more he returns one."""
    member = "chen.siyuan"
    for days in _monthly(12, last=3):
        yield steps.buys(member, "STATIONER", days, (("PAPER-A4", 5, 125), ("FOLDER", 10, 45), ("PEN-GEL", 6, 30)))
    pen = steps.orders(member, "PEN", 200)
    yield pen.begins()
    yield pen.is_handed_over(198, by="stationer.cashier")
    pens = steps.orders(member, "PEN", 50, pieces=2, with_cash=True)
    yield pens.begins()
    yield pens.is_paid()
    yield pens.is_handed_over(49, by="stationer.cashier")
    yield pens.comes_back(46, "一支笔尖有瑕疵,退一支 one nib was faulty", points=600, cash_fen=1_990)
    printed = steps.orders(member, "PRINT-100", 9, address=OFFICE, with_logo=True)
    yield printed.begins()
    yield printed.is_sent(2, "顺丰速运", "SF1000000000001")
    yield steps.buys(member, "HOTEL", 95, (("ROOM-STANDARD", 1, 458),), hour=14)
    yield from steps.was_booked_twice(member, "STATIONER", 70, (("STAPLER", 1, 38),))
    stickers = steps.on_the(8, member, "LIMITED-STICKERS")
    yield stickers.begins()
    yield stickers.is_handed_over(stickers.days, by="stationer.cashier")
    yield from steps.holds(member, "STATIONER", 2, NOTEBOOK, end=None)


def _zhao_min(steps: MemberSteps) -> Iterator[Step]:
    """Pays by card, by metro and by train; her first order of cosmetics is large enough."""
    member = "zhao.min"
    for days in _monthly(11, last=7):
        yield steps.buys(member, "BANK", days, (("SUPERMARKET", 1, 640), ("METRO", 1, 120)), hour=20)
    for days in (310, 170, 45):
        yield steps.buys(member, "BANK", days, (("HIGH-SPEED-RAIL", 1, 553),), hour=8)
    yield steps.buys(member, "COSMETICS", 149, (("LIPSTICK-ROUGE", 1, 128),))
    lipstick = steps.orders(member, "LIPSTICK-SAMPLE", 149)
    yield lipstick.begins()
    yield lipstick.is_handed_over(149)
    for days in (110, 66, 20):
        yield steps.buys(member, "COSMETICS", days, (("CLEANSING-OIL", 1, 89), ("MASK-SHEET", 5, 99)))
    yield steps.on_the(15, member, "COUPON-100-20").begins()
    coupon = steps.orders(member, "COUPON-200-30", 14)
    yield coupon.begins()
    yield coupon.is_handed_over(6, bill_fen=25_600)


def _wu_qian(steps: MemberSteps) -> Iterator[Step]:
    """Her first order of 99 yuan earns no bonus. The gift expires in ten days. She returned one of two samples."""
    member = "wu.qian"
    yield steps.buys(member, "COSMETICS", 79, (("BLUSH", 1, 99),))
    pads = steps.orders(member, "REMOVER-PADS", 78, pieces=2)
    yield pads.begins()
    yield pads.is_handed_over(78)
    yield pads.comes_back(76, "一包未拆封 one pack unopened", points=50)
    for days in (61, 33, 8):
        yield steps.buys(member, "COSMETICS", days, (("SERUM-30ML", 1, 219),))
    for days in (55, 25):
        yield steps.buys(member, "PETS", days, (("CAT-LITTER", 4, 216),), hour=16)
    serum = steps.orders(member, "SERUM", 6)
    yield serum.begins()
    yield serum.is_paid()
    toy = steps.orders(member, "TOY-BALL", 4)
    yield toy.begins()
    yield toy.is_handed_over(1)
    yield toy.was_a_mistake(1)


def _zhou_jianguo(steps: MemberSteps) -> Iterator[Step]:
    """1,000 yuan a month at the garage: after five months a basic maintenance. Points pay part of a bill."""
    member = "zhou.jianguo"
    for days in _monthly(12, last=11):
        yield steps.buys(member, "GARAGE", days, (("CAR-WASH", 4, 160), ("OIL-CHANGE", 1, 840)))
    yield steps.buys(member, "GARAGE", 72, (("TYRE", 2, 1800),), hour=15)
    maintenance = steps.orders(member, "MAINTENANCE", 185, slot=(182, 9))
    yield maintenance.begins()
    yield maintenance.is_handed_over(182, hour=9)
    yield steps.pays_with_points(member, "GARAGE", 60, 800, 2_000)
    yield steps.is_refunded_in_part(member, "GARAGE", 60, 57, 400)
    # Six days before the anniversary at the full price, so the sale may show it as the original price (SPEC R22).
    cleaning = steps.orders(member, "AC-CLEANING", 9)
    yield cleaning.begins()
    yield cleaning.is_handed_over(8)
    yield steps.orders(member, "CAR-WASH", 2).begins()
    yield steps.buys(member, "HOTEL", 100, (("ROOM-FAMILY", 2, 1280),), hour=14)


def _sun_yue(steps: MemberSteps) -> Iterator[Step]:
    """Food for the dog, with bonus points that are valid for sixty days: some expired, some are about to."""
    member = "sun.yue"
    chooser = Random("sun.yue")  # noqa: S311  # because each run must book the same
    for days in range(350, 4, -23):
        basket: Basket = (("DOG-FOOD-10KG", 1, 238),)
        if chooser.random() < 0.5:
            basket += (("TOY-ROPE", 1, chooser.randint(19, 49)),)
        yield steps.buys(member, "PETS", days, basket)
    check_up = steps.orders(member, "CHECK-UP", 220, slot=(217, 10))
    yield check_up.begins()
    yield check_up.is_handed_over(217, hour=10)
    guide = steps.orders(member, "GUIDE", 64, slot=(62, 13))
    yield guide.begins()
    yield guide.is_handed_over(62, hour=13)
    # One expired, and one valid for two more months.
    yield steps.orders(member, "GROOMING-30", 100).begins()
    yield steps.orders(member, "GROOMING-30", 10).begins()
    yield steps.orders(member, "CHECK-UP", 7, slot=(-3, 10)).begins()


def _the_family(steps: MemberSteps) -> Iterator[Step]:
    """A refrigerator three years ago, whose points are still valid; then several lamps. Transfers of green points: 100
    from the father to the mother, 20 from her to the son."""
    yield steps.opens_with("zhang.li", "APPLIANCES", 1099, 260)
    yield steps.buys("zhang.li", "APPLIANCES", 1095, (("FRIDGE-450L", 1, 4999),))
    for days in (345, 240, 130):
        yield steps.buys("li.wei", "LAMPS", days, (("LED-CEILING-36W", 3, 897), ("LED-9W", 2, 58)))
    yield steps.buys("zhang.li", "LAMPS", 210, (("TAP-ECO", 2, 176),))
    yield steps.gives("li.wei", "zhang.li", 125, 100)
    # From her own points, because received points cannot be transferred again.
    yield steps.gives("zhang.li", "li.xiaoman", 100, 20)
    tree = steps.orders("zhang.li", "TREE", 90)
    yield tree.begins()
    yield tree.is_handed_over(70, by="operator")
    yield steps.orders("li.wei", "LED-9W-GIFT", 2).begins()
    for days in _monthly(5, last=17):
        yield steps.buys("li.wei", "GARAGE", days, (("CAR-WASH", 2, 80),), hour=10)
    for days in _monthly(8, last=26):
        yield steps.buys("li.xiaoman", "STATIONER", days, (("EXERCISE-BOOK", 5, 15), ("CRAYON", 1, 22)), hour=16)
    lamp = steps.orders("li.wei", "DESK-LAMP", 12, address=HOME)
    yield lamp.begins()
    yield lamp.is_sent(10, "京东快递", "JD1000000000001")
    yield lamp.arrives(8)
    kettle = steps.orders("zhang.li", "KETTLE", 60)
    yield kettle.begins()
    yield kettle.is_paid()
    yield kettle.is_handed_over(58)
    cleaning = steps.orders("zhang.li", "WASHER-CLEANING", 20)
    yield cleaning.begins()
    yield cleaning.is_cancelled(15, "不需要了 not needed any more")
    notebook = steps.orders("li.xiaoman", "NOTEBOOK-SET", 6, address=HOME)
    yield notebook.begins()
    yield notebook.is_sent(4, "中通快递", "ZT1000000000001")
    reason = "有三页印反了 three pages are printed upside down"
    yield notebook.is_sent_back(2, "faulty", reason, "中通快递", "ZT1000000000002")


def _zheng_hao(steps: MemberSteps) -> Iterator[Step]:
    """Flies every other month. A flight paid with miles was cancelled: 12,000 refunded, and 1,200 as compensation."""
    member = "zheng.hao"
    for days in (335, 305, 245, *_monthly(7, last=28)):
        yield steps.buys(member, "AIRLINE", days, (("FARE", 1, 1680),), hour=8)
        yield steps.buys(member, "HOTEL", days - 1, (("ROOM-BUSINESS", 2, 1356),), hour=19)
    for days in _monthly(11, last=14):
        yield steps.buys(member, "BANK", days, (("RESTAURANT", 1, 1800), ("METRO", 1, 64)), hour=21)
    flight = steps.orders(member, "RETURN-TICKET", 50, hour=10)
    yield flight.begins()
    yield flight.is_not_provided(40, "航班取消补偿 flight cancelled")
    upgrade = steps.orders(member, "UPGRADE", 42)
    yield upgrade.begins()
    yield upgrade.is_handed_over(41)
    yield steps.buys(member, "SCENIC", 41, (("TICKET", 2, 240),), hour=9)
    yield steps.orders(member, "STAY-20", 5).begins()
    yield steps.orders(member, "TICKET", 1).begins()


def _qian_guohua(steps: MemberSteps) -> Iterator[Step]:
    """Spent the points of a fan and then returned the fan, so he owes them; the next purchase repays some."""
    member = "qian.guohua"
    yield steps.buys(member, "APPLIANCES", 230, (("WASHER-10KG", 1, 2899),))
    pens = steps.orders(member, "PEN", 180, pieces=2)
    yield pens.begins()
    yield pens.is_handed_over(180, by="stationer.cashier")
    yield steps.buys(member, "APPLIANCES", 120, (("FAN-TOWER", 1, 599),))
    ticket = steps.orders(member, "TICKET", 118)
    yield ticket.begins()
    yield ticket.is_handed_over(117, hour=9)
    yield steps.returns(member, "APPLIANCES", 120, 115, 599)
    yield steps.buys(member, "APPLIANCES", 40, (("RICE-COOKER", 1, 99),))


HISTORIES = (
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
