"""The system accounts, and the balance of the whole ledger."""

from collections import defaultdict
from collections.abc import Iterator

from points.audit.replay.books import (
    EXPIRED,
    HELD,
    ISSUANCE,
    MEMBER,
    REDEEMED,
    TRANSIT,
    Difference,
    MemberBook,
    SystemBook,
)


class Accounts:
    """The roll-up of sealed acts in each system account, and issued points against the points that are left."""

    def __init__(self, system: SystemBook) -> None:
        self.rollups = system.rollups
        self.sealed: defaultdict[tuple[str, int, str], list[int]] = defaultdict(lambda: [0, 0])
        self.net: defaultdict[tuple[str, str], int] = defaultdict(int)  # kind, purse → credits − debits
        self.in_wallets: defaultdict[str, int] = defaultdict(int)

    def of(self, book: MemberBook) -> Iterator[Difference]:
        for row in book.postings:
            if row.home != book.member_id:
                continue
            for side, kind, holder in ((0, row.debit_kind, row.debit_holder), (1, row.credit_kind, row.credit_holder)):
                self.net[kind, row.purse] += row.amount if side else -row.amount
                if row.is_sealed and kind not in (MEMBER, HELD):
                    self.sealed[kind, holder, row.purse][side] += row.amount
        for wallet in book.wallets:
            self.in_wallets[wallet.purse] += wallet.balance + wallet.held
        yield from ()

    def in_all(self) -> Iterator[Difference]:
        rebuilt = {key: (debits, credits) for key, (debits, credits) in self.sealed.items()}
        for key in sorted({*rebuilt, *self.rollups}):
            if rebuilt.get(key) != self.rollups.get(key):
                yield Difference("accounts", f"account {key}", rebuilt.get(key), self.rollups.get(key))
        for purse in sorted({purse for _, purse in self.net} | {*self.in_wallets}):
            issued = -self.net[ISSUANCE, purse]
            out = self.net[REDEEMED, purse] + self.net[EXPIRED, purse] + self.net[TRANSIT, purse]
            if issued - out != self.in_wallets[purse]:
                yield Difference("accounts", f"the whole ledger, purse {purse}", issued - out, self.in_wallets[purse])
