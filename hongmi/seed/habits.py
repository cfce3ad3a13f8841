"""Regular purchases of the demo's members: random, with a fixed seed."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

from hongmi.seed import personas
from hongmi.seed.member_steps import MemberSteps
from hongmi.seed.step import Step

# Hours at which history.py books nothing, so that receipt numbers are unique.
HOURS: Final = (11, 13, 17)


@dataclass(frozen=True, slots=True)
class Habit:
    """A purchase of one of `goods` (SKU, least and most yuan) every `interval` (least, most) days, until `ends` days
    before the first day."""

    shop: str
    interval: tuple[int, int]
    goods: tuple[tuple[str, int, int], ...]
    ends: int = 1


HABITS: Final[dict[str, tuple[Habit, ...]]] = {
    "lin.xiaoyu": (
        Habit("COSMETICS", (18, 34), (("LIP-BALM", 19, 29), ("MASK-SHEET", 18, 36), ("SUNSCREEN", 59, 79))),
        Habit("SCENIC", (15, 28), (("TICKET-STUDENT", 60, 60), ("SHUTTLE", 15, 15))),
    ),
    "wang.yiming": (Habit("STATIONER", (12, 25), (("PAPER-DRAWING", 12, 30), ("PENCIL", 6, 18), ("INK", 15, 28))),),
    "chen.siyuan": (
        Habit("BANK", (4, 9), (("RESTAURANT", 45, 260), ("SUPERMARKET", 60, 320), ("METRO", 20, 50))),
        Habit("HOTEL", (24, 40), (("ROOM-STANDARD", 388, 498),)),
    ),
    "zhao.min": (
        Habit("BANK", (4, 8), (("SUPERMARKET", 80, 420), ("METRO", 20, 60), ("FUEL", 200, 380))),
        Habit("COSMETICS", (25, 45), (("TONER", 99, 159), ("LIPSTICK-ROUGE", 128, 128))),
    ),
    "wu.qian": (
        Habit("COSMETICS", (11, 20), (("NAIL-POLISH", 29, 49), ("EYE-SHADOW", 69, 119), ("MASK-SHEET", 18, 36))),
        Habit("PETS", (12, 20), (("CAT-FOOD-2KG", 88, 128), ("CAT-LITTER", 54, 54))),
    ),
    "zhou.jianguo": (
        Habit("BANK", (5, 10), (("FUEL", 220, 420), ("RESTAURANT", 80, 400), ("PARKING", 10, 40))),
        Habit("HOTEL", (30, 55), (("ROOM-FAMILY", 498, 688),)),
    ),
    "sun.yue": (
        Habit("PETS", (10, 18), (("TREATS", 19, 49), ("POOP-BAGS", 15, 25), ("SHAMPOO-DOG", 45, 68))),
        Habit("SCENIC", (20, 35), (("TICKET", 120, 120), ("SHUTTLE", 15, 30))),
    ),
    "li.wei": (
        Habit("LAMPS", (40, 70), (("LED-9W", 29, 58), ("TAP-ECO", 88, 88), ("SOCKET", 35, 60))),
        Habit("APPLIANCES", (50, 90), (("FAN-DESK", 129, 199), ("FILTER", 59, 89))),
    ),
    "zhang.li": (Habit("APPLIANCES", (35, 60), (("BLENDER", 159, 299), ("FILTER", 59, 89))),),
    "li.xiaoman": (Habit("STATIONER", (9, 16), (("EXERCISE-BOOK", 9, 18), ("PEN-GEL", 8, 16), ("RULER", 5, 12))),),
    "zheng.hao": (Habit("BANK", (3, 7), (("RESTAURANT", 120, 680), ("TAXI", 30, 120), ("HIGH-SPEED-RAIL", 553, 553))),),
}


def everyday(steps: MemberSteps) -> Iterator[Step]:
    """All regular purchases, from the day after the member joined the shop."""
    for one in personas.MEMBERS:
        for habit in HABITS.get(one.sign_in, ()):
            yield from _purchases_of(steps, one, habit)


def _purchases_of(steps: MemberSteps, one: personas.DemoMember, habit: Habit) -> Iterator[Step]:
    # A generator per habit, so that changing one habit does not change the others.
    chooser = Random(f"{one.sign_in} {habit.shop}")  # noqa: S311  # no secret
    days = min(dict(one.joined)[habit.shop], 364) - 1
    while days > habit.ends:
        sku, least, most = chooser.choice(habit.goods)
        yield steps.buys(
            one.sign_in, habit.shop, days, ((sku, 1, chooser.randint(least, most)),), hour=chooser.choice(HOURS)
        )
        days -= chooser.randint(*habit.interval)
