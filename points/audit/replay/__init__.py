"""The books told again in plain Python: laws and projections, from acts, journal, postings, lots as granted and draws.

It shares no code with the pen and knows no SQL: what both say alike was computed twice. Books come member by member,
each member's acts in the order they were booked, so the memory needed is that of one member, of the system accounts,
and of what passes between two members until both have been read.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final, Protocol

from points.audit.replay.accounts import Accounts
from points.audit.replay.acts import Acts
from points.audit.replay.answers import Answers
from points.audit.replay.approvals import People
from points.audit.replay.books import Difference, MemberBook, SystemBook
from points.audit.replay.caps import Caps
from points.audit.replay.disclosures import Promises
from points.audit.replay.issuers import Issuers
from points.audit.replay.pairs import Pairs
from points.audit.replay.projections import Projections
from points.audit.replay.transfers import Passing

__all__ = ["LINES", "Difference", "differences"]

# What is told again, and the sentence that the telling proves, in Chinese and English.
LINES: Final[Mapping[str, tuple[str, str]]] = {
    "journal": (
        "重放：每条交易等于其批次动用与分录，余额连续。",
        "Replay: every journal row is what its lots and postings moved, and balances run on.",
    ),
    "lots": (
        "重放：每个批次的剩余与有效期可由账簿重建，动用时均有效。",
        "Replay: what remains of every lot and its validity follow from the books, and it was drawn while usable.",
    ),
    "wallets": (
        "重放：每个积分账户的余额、可用、冻结与欠还可由账簿重建。",
        "Replay: balance, available, held and owed points of every wallet follow from the books.",
    ),
    "holds": ("重放：未结束的冻结可由账簿重建。", "Replay: the open holds follow from the books."),
    "debts": ("重放：对每家商户的欠还可由账簿重建。", "Replay: what is owed to each merchant follows from the books."),
    "once": ("重放：一次性奖励的记录可由账簿重建。", "Replay: the once-only keys follow from the books."),
    "caps": (
        "重放：规则、预算与转赠上限的已用数可由账簿重建。",
        "Replay: what the caps of rules, the budgets and the caps of gifts have used follows from the books.",
    ),
    "promises": (
        "重放：每个批次与授予时披露的一致，消费所得积分终身有效（R34、R39）。",
        "Replay: every lot is what its act disclosed, and what was earned by spending has no end.",
    ),
    "issuers": (
        "重放：每个行为的发行、使用与过期科目由其批次得出，各发行商户的未用积分相符。",
        "Replay: acts move issuers' and spenders' accounts as their lots say; each issuer owes what is outstanding.",
    ),
    "pairs": (
        "重放：每条分录只连接许可的科目。",
        "Replay: every posting joins two accounts that may meet, and moves points.",
    ),
    "reserve": (
        "重放：积分科目与客户备付金科目永不相混（R53）。",
        "Replay: no act touches both points and customer reserve money.",
    ),
    "gifts": (
        "重放：家庭转赠只限绿色积分，逐批次交付受赠人。",
        "Replay: only green, transferable points are given, lot by lot, and what is received stays.",
    ),
    "merges": (
        "重放：合并会员时每个批次原样转移，来源会员账户为空。",
        "Replay: a merge moves every lot as it stands, and leaves the duplicate member nothing.",
    ),
    "people": (
        "重放：每笔调整与合并均由一人提出、另一人批准，与其申请一致。",
        "Replay: every adjustment and merge was proposed by one person, approved by another, and is what was proposed.",
    ),
    "answers": (
        "重放：每个应答行为指向可应答的行为，冲正只一次，退还与追回不超过原数。",
        "Replay: every answer names an act it may answer, a reversal once, and gives or takes back no more than was.",
    ),
    "acts": (
        "重放：交易与幂等键属于其业务行为，请求摘要完整。",
        "Replay: journal rows and idempotency keys belong to their act, and its request hash is whole.",
    ),
    "accounts": (
        "重放：系统科目汇总可由账簿重建，全账平衡。",
        "Replay: the folded system accounts follow from the books, and the whole book balances.",
    ),
}


class Room(Protocol):
    """One question, asked in the books of each member and at the end of all of them together."""

    def of(self, book: MemberBook) -> Iterator[Difference]: ...

    def in_all(self) -> Iterator[Difference]: ...


def differences(books: Iterable[MemberBook], system: SystemBook, *, moment: datetime) -> Iterator[Difference]:
    """Tell everything again; yield each place where the tables say something else. `moment` is now.

    The book of member 0, where there is one, must come first.
    """
    rooms: tuple[Room, ...] = (
        Projections(moment),
        Caps(system),
        Promises(),
        Issuers(),
        Pairs(),
        Passing(),
        People(system),
        Answers(system),
        Acts(),
        Accounts(system),
    )
    for book in books:
        for room in rooms:
            yield from room.of(book)
    for room in rooms:
        yield from room.in_all()
