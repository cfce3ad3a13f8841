"""The terms disclosed with every award, against the lot."""

from collections import Counter
from collections.abc import Iterator

from points.audit.replay.books import EARNED_BY_SPENDING, ActBook, Difference, MemberBook


class Promises:
    """Every lot of an act, against the award that promised it."""

    def of(self, book: MemberBook) -> Iterator[Difference]:
        for act in book.acts:
            awards = act.entries[0].awards if act.names(book.member_id) else ()
            if not act.lots and not awards:
                continue
            promised = [
                (each.points, each.purse, each.kind, each.expires_at, each.rule_id, each.earmark, each.is_transferable)
                for each in awards
                if each.points > 0
            ]
            # A lot of a gift or a merge was promised by the act that granted its source.
            granted = [
                (lot.granted, lot.purse, lot.kind, lot.first_expires_at, lot.rule_id, lot.earmark, lot.is_transferable)
                for lot in act.lots
                if lot.source_lot_id is None
            ]
            # In whatever order: they are counted only where the order differs.
            if promised != granted and Counter(promised) != Counter(granted):
                yield Difference("promises", f"act {act.id}", promised, granted)
            yield from self._usable_when_promised(act)
            for lot in act.lots:
                if lot.kind == EARNED_BY_SPENDING and lot.first_expires_at is not None:
                    yield Difference("promises", f"lot {lot.id}", "no end", lot.first_expires_at)

    def in_all(self) -> Iterator[Difference]:
        yield from ()

    def _usable_when_promised(self, act: ActBook) -> Iterator[Difference]:
        for lot in act.lots:
            if lot.source_lot_id is not None or act.occurred_at is None or lot.usable_from <= act.occurred_at:
                continue
            promised = {award.usable_from for award in act.entries[0].awards}
            if lot.usable_from not in promised:
                yield Difference("promises", f"lot {lot.id} usable from", promised, lot.usable_from)
