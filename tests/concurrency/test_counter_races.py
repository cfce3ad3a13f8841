"""Two tills of one shop at the same moment, by the API: what the loser is told is promised too."""

from functools import partial

import psycopg
import pytest

from points.models import Wallet
from tests import till as tills
from tests.concurrency.racing import meet, together
from tests.merchants import counter
from tests.till import Till


@pytest.mark.parametrize(("same", "told"), [("key", "key_reused"), ("reference", "reference_conflict")])
def test_of_two_holds_under_one_key_or_reference_one_is_told_of_the_other(
    own_db: str, owner_cursor: psycopg.Cursor, same: str, told: str
) -> None:
    shop = tills.merchant("stationer")
    till = Till(shop)
    people = [counter.rich_member(shop) for _ in range(2)]
    leaves = [counter.leave_by_code(till, who, 10) for who in people]
    meet(owner_cursor, before="INSERT ON points_act")
    holds = (partial(counter.hold, till, who, 10, leave) for who, leave in zip(people, leaves, strict=True))
    answers = together(*(partial(hold, **{same: "once"}) for hold in holds))
    assert sum(Wallet.objects.filter(member__in=people).values_list("held", flat=True)) == 10
    assert sorted((answer.status_code, answer.json().get("code")) for answer in answers) == [(201, None), (422, told)]
