"""Goods that may not be given for points (SPEC R33). Pure.

A category is a path such as `food/tea`; a ban covers everything beneath it. Keywords are searched in titles too,
because the merchant chooses the category.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Ban:
    """A banned category, its keywords, and the law."""

    category: str
    keywords: tuple[str, ...]
    zh: str
    en: str


BANS: Final = (
    Ban(
        "tobacco",
        ("香烟", "卷烟", "电子烟", "雪茄"),
        "烟草制品(广告法第22条、烟草专卖法)",
        "tobacco (Advertising Law art. 22)",
    ),
    Ban("medicine/prescription", ("处方药",), "处方药(药品管理法)", "prescription medicine (Drug Administration Law)"),
    Ban("lottery", ("彩票", "刮刮乐"), "彩票(彩票管理条例)", "lottery tickets (Lottery Regulation)"),
    Ban("weapons", ("枪支", "弹药", "管制刀具"), "枪支弹药、管制刀具(枪支管理法)", "weapons (Firearms Control Law)"),
    Ban("fireworks", ("烟花", "爆竹"), "烟花爆竹(安全管理条例)", "fireworks (Fireworks Safety Regulation)"),
    Ban(
        "wildlife",
        ("象牙", "犀角", "虎骨"),
        "野生动物制品(野生动物保护法)",
        "wildlife products (Wildlife Protection Law)",
    ),
    Ban("infant-formula", ("婴儿配方奶粉",), "婴儿配方乳品(平台规定)", "infant formula (programme policy)"),
    Ban("gambling", ("赌博", "筹码"), "赌博用品(治安管理处罚法)", "gambling goods (Public Security Law)"),
    Ban("pornography", ("色情", "淫秽"), "淫秽物品(刑法第363条)", "pornography (Criminal Law art. 363)"),
    # Points are never cashed out (SPEC D7), nor exchanged for a means of payment.
    Ban(
        "cash",
        ("现金红包", "返现", "提现", "储值卡"),
        "现金及储值卡:积分不得兑现",
        "cash and stored value: points are not cashed out",
    ),
    Ban(
        "virtual-currency",
        ("虚拟货币", "比特币"),
        "虚拟货币(银发〔2021〕237号)",
        "virtual currency (Yinfa 2021 no. 237)",
    ),
)


def ban_on(*, category: str, text: str) -> Ban | None:
    """The ban on a category, or on a keyword in `text` (title and description)."""
    path = category.strip().casefold()
    for ban in BANS:
        if path == ban.category or path.startswith(f"{ban.category}/"):
            return ban
        if any(keyword in text for keyword in ban.keywords):
            return ban
    return None
