"""The rows that belong to an act: its journal rows, its idempotency key, the hash of its request."""

from collections.abc import Iterator
from typing import Final

from points.audit.replay.books import MERGE, TRANSFER, Difference, Entry, MemberBook

HASH_BYTES: Final = 16


class Acts:
    """Row by row; nothing is summed."""

    def of(self, book: MemberBook) -> Iterator[Difference]:
        for row in book.entries:
            yield from _belongs(book.member_id, row)
        for key in book.keys:
            if key.merchant_id != key.act_merchant_id:
                yield Difference("acts", f"a key of act {key.act_id}", key.act_merchant_id, key.merchant_id)

    def in_all(self) -> Iterator[Difference]:
        yield from ()


def _belongs(member_id: int, row: Entry) -> Iterator[Difference]:
    if row.kind is None:
        return
    if row.hash_bytes != HASH_BYTES:
        yield Difference("acts", f"act {row.act_id} request hash", HASH_BYTES, row.hash_bytes)
    # Only a gift and a merge have two members.
    is_other_member = row.act_member_id != member_id and row.kind not in (TRANSFER, MERGE)
    if row.merchant_id != row.act_merchant_id or is_other_member:
        of_act, of_row = (row.act_merchant_id, row.act_member_id), (row.merchant_id, member_id)
        yield Difference("acts", f"act {row.act_id} merchant and member", of_act, of_row)
