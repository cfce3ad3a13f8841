"""A year in the lives of the demo's members."""

from collections.abc import Iterator
from random import Random

from hongmi.demo_data import cast, teller
from hongmi.demo_data.catalogue import PLATFORM
from hongmi.demo_data.opening import House
from hongmi.demo_data.teller import Basket, Reward, Step, Teller

NOTEBOOK: Reward = ("笔记本套装 notebook set", 500)
PEN: Reward = ("高级钢笔 fountain pen", 1000)
MAINTENANCE: Reward = ("基础保养 basic maintenance", 5000)
LIPSTICK: Reward = ("口红小样 lipstick sample", 120)
CLEANSER: Reward = ("卸妆棉 cleansing pads", 80)
CHECK_UP: Reward = ("宠物体检 pet check-up", 600)
UPGRADE: Reward = ("升级房型 room upgrade", 900)
GUIDE: Reward = ("景区讲解 guided tour", 300)
KETTLE: Reward = ("电水壶 kettle", 1200)
TREE: Reward = ("植树一棵 a tree planted", 150)


def tell(house: House) -> None:
    """Live through the year, in the order things happened; one that broke off is told again and books nothing twice."""
    if teller.was_told(house):
        return
    tells = Teller(house)
    steps = [step for life in LIVES for step in life(tells)]
    steps += [tells.joins(one.sign_in, code, days) for one in cast.MEMBERS for code, days in one.joined]
    steps += [tells.founds_a_family(300, *cast.FAMILY)]
    # As the clock would have swept at night.
    steps += [tells.sweeps(days) for days in range(360, 0, -15)]
    for step in (*sorted(steps, key=lambda step: step.at), tells.tries_the_demo(cast.MEMBERS[0].sign_in)):
        step.act()


def _monthly(months: int, last: int = 5) -> list[int]:
    """Days ago, once in thirty, the last one `last` days ago."""
    return [last + 30 * month for month in reversed(range(months))]


def _lin_xiaoyu(tells: Teller) -> Iterator[Step]:
    """50 yuan of stationery a month; after ten months the notebook set."""
    who = "lin.xiaoyu"
    for days in _monthly(12):
        yield tells.buys(who, "STATIONER", days, (("NOTEBOOK", 2, 24), ("PEN-GEL", 4, 16), ("STICKY-NOTES", 1, 10)))
    yield tells.redeems(who, "STATIONER", 40, NOTEBOOK)
    yield tells.buys(who, "SCENIC", 21, (("TICKET-STUDENT", 1, 60),), hour=9)
    yield tells.is_put_right(who, "STATIONER", 12, 25, "校园展位小票漏记 receipt of the campus stand was missed")


def _wang_yiming(tells: Teller) -> Iterator[Step]:
    """Buys for the art class, changes his mind now and then, and lights his desk with a good lamp."""
    who = "wang.yiming"
    for days in _monthly(9, last=9):
        yield tells.buys(who, "STATIONER", days, (("SKETCHBOOK", 1, 38), ("MARKER-SET", 1, 45)))
    yield tells.returns(who, "STATIONER", 39, 36, 45)
    yield tells.buys(who, "LAMPS", 150, (("LED-9W", 2, 58),))
    yield from tells.holds(who, "STATIONER", 30, NOTEBOOK, end="release")


def _chen_siyuan(tells: Teller) -> Iterator[Step]:
    """200 yuan of office goods a month; after five months the fountain pen, and again."""
    who = "chen.siyuan"
    for days in _monthly(12, last=3):
        yield tells.buys(who, "STATIONER", days, (("PAPER-A4", 5, 125), ("FOLDER", 10, 45), ("PEN-GEL", 6, 30)))
    yield tells.redeems(who, "STATIONER", 200, PEN)
    yield tells.redeems(who, "STATIONER", 50, PEN)
    yield tells.buys(who, "HOTEL", 95, (("ROOM-STANDARD", 1, 458),), hour=14)
    yield from tells.holds(who, "STATIONER", 2, NOTEBOOK, end=None)


def _zhao_min(tells: Teller) -> Iterator[Step]:
    """Pays by card, by metro and by train; her first order of cosmetics is large enough."""
    who = "zhao.min"
    for days in _monthly(11, last=7):
        yield tells.buys(who, "BANK", days, (("SUPERMARKET", 1, 640), ("METRO", 1, 120)), hour=20)
    for days in (310, 170, 45):
        yield tells.buys(who, "BANK", days, (("HIGH-SPEED-RAIL", 1, 553),), hour=8)
    yield tells.buys(who, "COSMETICS", 149, (("LIPSTICK-ROUGE", 1, 128),))
    yield tells.redeems(who, "COSMETICS", 149, LIPSTICK)
    for days in (110, 66, 20):
        yield tells.buys(who, "COSMETICS", days, (("CLEANSING-OIL", 1, 89), ("MASK-SHEET", 5, 99)))
    yield from tells.holds(who, "COSMETICS", 18, CLEANSER, end="capture")


def _wu_qian(tells: Teller) -> Iterator[Step]:
    """99 yuan use up her first order. The gift for signing up runs out in ten days."""
    who = "wu.qian"
    yield tells.buys(who, "COSMETICS", 79, (("BLUSH", 1, 99),))
    yield tells.redeems(who, "COSMETICS", 79, CLEANSER)
    for days in (61, 33, 8):
        yield tells.buys(who, "COSMETICS", days, (("SERUM-30ML", 1, 219),))
    for days in (55, 25):
        yield tells.buys(who, "PETS", days, (("CAT-LITTER", 4, 216),), hour=16)


def _zhou_jianguo(tells: Teller) -> Iterator[Step]:
    """1,000 yuan a month at the garage; every 5,000 points a basic maintenance."""
    who = "zhou.jianguo"
    for days in _monthly(12, last=11):
        yield tells.buys(who, "GARAGE", days, (("CAR-WASH", 4, 160), ("OIL-CHANGE", 1, 840)))
    yield tells.buys(who, "GARAGE", 72, (("TYRE", 2, 1800),), hour=15)
    yield tells.redeems(who, "GARAGE", 185, MAINTENANCE)
    yield tells.redeems(who, "GARAGE", 30, MAINTENANCE)
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
    yield tells.redeems(who, "PETS", 220, CHECK_UP)
    yield tells.redeems(who, "SCENIC", 64, GUIDE)


def _the_family(tells: Teller) -> Iterator[Step]:
    """A refrigerator three years ago, whose points are as good as new; then lamp after lamp. The father gives 100 green
    points to the mother."""
    yield tells.buys("zhang.li", "APPLIANCES", 1095, (("FRIDGE-450L", 1, 4999),))
    for days in (345, 240, 130):
        yield tells.buys("li.wei", "LAMPS", days, (("LED-CEILING-36W", 3, 897), ("LED-9W", 2, 58)))
    yield tells.buys("zhang.li", "LAMPS", 210, (("TAP-ECO", 2, 176),))
    yield tells.gives("li.wei", "zhang.li", 125, 100)
    yield tells.redeems_green("zhang.li", PLATFORM, 90, TREE)
    for days in _monthly(5, last=17):
        yield tells.buys("li.wei", "GARAGE", days, (("CAR-WASH", 2, 80),), hour=10)
    for days in _monthly(8, last=26):
        yield tells.buys("li.xiaoman", "STATIONER", days, (("EXERCISE-BOOK", 5, 15), ("CRAYON", 1, 22)), hour=16)
    yield tells.redeems("zhang.li", "APPLIANCES", 60, KETTLE)


def _zheng_hao(tells: Teller) -> Iterator[Step]:
    """Flies every other month. A flight for which he paid with miles was cancelled."""
    who = "zheng.hao"
    for days in (335, 305, 245, *_monthly(7, last=28)):
        yield tells.buys(who, "AIRLINE", days, (("FARE", 1, 1680),), hour=8)
        yield tells.buys(who, "HOTEL", days - 1, (("ROOM-BUSINESS", 2, 1356),), hour=19)
    for days in _monthly(11, last=14):
        yield tells.buys(who, "BANK", days, (("RESTAURANT", 1, 1800), ("METRO", 1, 64)), hour=21)
    yield from tells.flight_is_cancelled(who, 50, 6000)
    yield tells.redeems(who, "HOTEL", 42, UPGRADE)
    yield tells.buys(who, "SCENIC", 41, (("TICKET", 2, 240),), hour=9)


def _qian_guohua(tells: Teller) -> Iterator[Step]:
    """Spent the points of a fan and then gave the fan back, so he owes them; the next purchase repays some."""
    who = "qian.guohua"
    yield tells.buys(who, "APPLIANCES", 230, (("WASHER-10KG", 1, 2899),))
    yield tells.redeems(who, "STATIONER", 180, ("毛笔套装 brush set", 2600))
    yield tells.buys(who, "APPLIANCES", 120, (("FAN-TOWER", 1, 599),))
    yield tells.redeems(who, "APPLIANCES", 118, ("空调清洗 air conditioner cleaning", 900))
    yield tells.returns(who, "APPLIANCES", 120, 115, 599)
    yield tells.buys(who, "APPLIANCES", 40, (("RICE-COOKER", 1, 199),))


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
)
