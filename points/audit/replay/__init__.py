"""The replay: laws and projections computed again in plain Python from acts, journal, postings, granted lots and draws.

It shares no code with the ledger functions and contains no SQL, so equal results were computed twice. Members come one
by one, each with their acts in the order of booking, so the replay holds in memory one member, the system accounts, and
the halves of transfers whose other member has not been read yet.
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

# The lines of the replay, each with the sentence that it proves, in Chinese and English.
LINES: Final[Mapping[str, tuple[str, str]]] = {
    "journal": (
        "重放：每条交易等于其批次动用与分录，余额连续。",
        "Replay: every journal row equals the movements of its lots and postings, and balances run on.",
    ),
    "lots": (
        "重放：每个批次的剩余与有效期可由账簿重建，动用时均有效。",
        "Replay: remaining points and validity of every lot follow from the ledger, and it was drawn while usable.",
    ),
    "wallets": (
        "重放：每个积分账户的余额、可用、冻结与欠还可由账簿重建。",
        "Replay: balance, available, held and owed points of every wallet follow from the ledger.",
    ),
    "holds": ("重放：未结束的冻结可由账簿重建。", "Replay: the open holds follow from the ledger."),
    "debts": (
        "重放：对每家商户的欠还可由账簿重建。",
        "Replay: the points owed to each merchant follow from the ledger.",
    ),
    "once": ("重放：一次性奖励的记录可由账簿重建。", "Replay: the once-only keys follow from the ledger."),
    "caps": (
        "重放：规则、预算与转赠上限的已用数可由账簿重建。",
        "Replay: the use of rule caps, budgets and gift caps follows from the ledger.",
    ),
    "promises": (
        "重放：每个批次与授予时披露的一致，消费所得积分终身有效（R34、R39）。",
        "Replay: every lot is as its act disclosed, and points earned by spending have no end.",
    ),
    "issuers": (
        "重放：每个行为的发行、使用与过期科目由其批次得出，各发行商户的未用积分相符。",
        "Replay: acts move issuers' and spenders' accounts by their lots; each issuer owes the outstanding points.",
    ),
    "pairs": (
        "重放：每条分录只连接许可的科目。",
        "Replay: every posting joins a permitted pair of accounts, and moves points.",
    ),
    "reserve": (
        "重放：积分科目与客户备付金科目永不相混（R53）。",
        "Replay: no act touches both points and customer reserve money.",
    ),
    "gifts": (
        "重放：家庭转赠只限绿色积分，逐批次交付受赠人。",
        "Replay: only green, transferable points are given, lot by lot; received ones cannot be given on.",
    ),
    "merges": (
        "重放：合并会员时每个批次原样转移，来源会员账户为空。",
        "Replay: a merge moves every lot unchanged, and leaves the duplicate member nothing.",
    ),
    "people": (
        "重放：每笔调整与合并均由一人提出、另一人批准，与其申请一致。",
        "Replay: every adjustment and merge was proposed by one person, approved by another, booked as proposed.",
    ),
    "answers": (
        "重放：每个应答行为指向可应答的行为，冲正只一次，退还与追回不超过原数。",
        "Replay: every answer names an act it may answer, a reversal once, and moves no more back than was moved.",
    ),
    "acts": (
        "重放：交易与幂等键属于其业务行为，请求摘要完整。",
        "Replay: journal rows and idempotency keys belong to their act, and its request hash is whole.",
    ),
    "accounts": (
        "重放：系统科目汇总可由账簿重建，全账平衡。",
        "Replay: the rolled-up system accounts follow from the ledger, and the whole ledger balances.",
    ),
}


class Check(Protocol):
    """One check: of each member, and at the end of all members together."""

    def of(self, book: MemberBook) -> Iterator[Difference]: ...

    def in_all(self) -> Iterator[Difference]: ...


def differences(books: Iterable[MemberBook], system: SystemBook, *, moment: datetime) -> Iterator[Difference]:
    """Rebuild everything; yield each difference from the tables. `moment` is now.

    Member 0, where there is one, must come first.
    """
    checks: tuple[Check, ...] = (
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
        for check in checks:
            yield from check.of(book)
    for check in checks:
        yield from check.in_all()
