"""What may not be given for points (SPEC R33). Pure.

A category is a path such as `food/tea`; a ban covers everything beneath it. Words are looked for in titles too, because
a category is only what the merchant says it is.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Ban:
    """A banned category, the words that betray it, and the law."""

    category: str
    words: tuple[str, ...]
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
    # No cash-out, anywhere (SPEC D7): what is as good as money would be one.
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


def ban_on(*, category: str, words: str) -> Ban | None:
    """The ban that `category`, or what `words` (title and description) betray, falls under."""
    path = category.strip().casefold()
    for ban in BANS:
        if path == ban.category or path.startswith(f"{ban.category}/"):
            return ban
        if any(word in words for word in ban.words):
            return ban
    return None
