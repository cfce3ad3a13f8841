"""Acts that need two people: adjustments of a balance, and merges of accounts."""

from collections.abc import Iterator

from points.audit.replay.books import ADJUSTMENT, Difference, MemberBook, Proposal, SystemBook


class People:
    """Two different people signed, and the act is what they signed."""

    def __init__(self, system: SystemBook) -> None:
        self.orders = system.orders

    def of(self, book: MemberBook) -> Iterator[Difference]:
        for signed in book.signatures:
            if signed.actor_id is None or signed.approved_by_id in (None, signed.actor_id):
                people = (signed.actor_id, signed.approved_by_id)
                yield Difference("people", f"act {signed.act_id}", "two people", people)
        for proposal in book.proposals:
            yield from self._as_proposed(book, proposal)
        if any(signed.kind != ADJUSTMENT for signed in book.signatures):
            yield from self._as_ordered(book)

    def in_all(self) -> Iterator[Difference]:
        yield from ()

    def _as_proposed(self, book: MemberBook, proposal: Proposal) -> Iterator[Difference]:
        proposed = (proposal.merchant_id, proposal.proposed_by_id, proposal.approved_by_id, proposal.points)
        # A correction that gives points may have repaid a debt.
        done = [
            (signed.merchant_id, signed.actor_id, signed.approved_by_id, (row.points or 0) - row.owed)
            for signed in book.signatures
            if signed.act_id == proposal.act_id and signed.kind == ADJUSTMENT
            for row in book.entries
            if row.act_id == proposal.act_id and row.purse == proposal.purse
        ]
        if done != [proposed]:
            yield Difference("people", f"act {proposal.act_id}", proposed, done)

    def _as_ordered(self, book: MemberBook) -> Iterator[Difference]:
        ordered = {act.id: act.entries[0].merging for act in book.acts if act.names(book.member_id)}
        for signed in book.signatures:
            if signed.kind == ADJUSTMENT:
                continue
            merging = ordered.get(signed.act_id)
            order = self.orders.get(merging.order_id) if merging else None
            done = (book.member_id, signed.actor_id, signed.approved_by_id)
            if order != done:
                yield Difference("people", f"act {signed.act_id}", order, done)
