"""The shops' other customers: generated from a seed, members of one shop by its card number, with a year of purchases.

The purchases are booked in batches as from an offline client, without notifications about last year.
"""

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Final
from uuid import UUID

from hongmi.seed.demo_state import DemoState
from hongmi.seed.step import Progress
from merchants.operations import registrations
from merchants.operations.registrations import NewMember
from points.operations import purchases
from points.purchase import Line, PurchaseRequest

PER_SHOP: Final = 8
SURNAMES: Final = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张"
GIVEN: Final = ("安然", "博文", "楚涵", "丹妮", "方圆", "国强", "海燕", "建军", "俊杰", "丽华", "敏", "秀英", "志远")
# The goods of each shop: SKU, least and most yuan.
GOODS: Final[dict[str, tuple[tuple[str, int, int], ...]]] = {
    "STATIONER": (("NOTEBOOK", 9, 36), ("PEN-GEL", 4, 24), ("PAPER-A4", 25, 75), ("FOLDER", 8, 45)),
    "GARAGE": (("CAR-WASH", 40, 40), ("OIL-CHANGE", 420, 840), ("WIPERS", 90, 90)),
    "COSMETICS": (("MASK-SHEET", 18, 99), ("LIPSTICK-ROUGE", 128, 128), ("TONER", 99, 159)),
    "APPLIANCES": (("FILTER", 59, 89), ("RICE-COOKER", 199, 399), ("MICROWAVE", 399, 599)),
    "PETS": (("DOG-FOOD-10KG", 238, 238), ("CAT-LITTER", 54, 108), ("TREATS", 19, 49)),
    "SCENIC": (("TICKET", 120, 240), ("SHUTTLE", 15, 60)),
    "HOTEL": (("ROOM-STANDARD", 388, 498), ("BREAKFAST", 38, 76)),
    "AIRLINE": (("FARE", 480, 2_200),),
    "BANK": (("SUPERMARKET", 60, 420), ("METRO", 20, 60), ("RESTAURANT", 45, 480)),
    "LAMPS": (("LED-9W", 29, 58), ("LED-CEILING-36W", 299, 299), ("TAP-ECO", 88, 88), ("SOCKET", 35, 60)),
}


def book_purchases(state: DemoState, *, progress: Progress) -> None:
    """Register them and book their purchases; a repeated run books nothing twice."""
    for code in progress(list(GOODS), "各店的老顾客 the shops' regulars"):
        chooser = Random(code)  # noqa: S311  # because each run must book the same
        receipts = [
            one
            for number in range(1, PER_SHOP + 1)
            for one in _purchases_of(f"{code[:2]}{number:04d}", code, state, chooser)
        ]
        # In order of time, because rules of a first purchase look at the order of booking.
        receipts.sort(key=lambda one: one.occurred_at)
        merchant_id = state.merchants[code].pk
        purchases.record_batch(merchant_id=merchant_id, purchases=receipts, moment=state.opened_at, publish=False)


def _purchases_of(ref: str, code: str, state: DemoState, chooser: Random) -> Iterator[PurchaseRequest]:
    """The purchases of one person, from a day of the last year on, at random intervals."""
    days = chooser.randint(90, 364)
    interval = chooser.randint(9, 45)
    member = _registered(ref, code, days, state, chooser)
    while days > 0:
        sku, least, most = chooser.choice(GOODS[code])
        yuan = chooser.randint(least, most)
        at = state.days_ago(days, hour=chooser.randint(9, 20), minute=chooser.randint(0, 59))
        yield PurchaseRequest(
            member=member,
            reference=f"{ref}-{at:%Y%m%d%H%M}",
            occurred_at=at + timedelta(seconds=days % 60),
            amount_fen=yuan * 100,
            lines=(Line(sku, 1, yuan * 100),),
        )
        days -= chooser.randint(1, 2 * interval)


def _registered(ref: str, code: str, days: int, state: DemoState, chooser: Random) -> UUID:
    registered = registrations.register(
        merchant_id=state.merchants[code].pk,
        member=NewMember(member_ref=ref, name=chooser.choice(SURNAMES) + chooser.choice(GIVEN)),
        moment=state.days_ago(days, hour=8),
    )
    return registered.public_id
