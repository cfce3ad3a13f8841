"""Raw SQL against the prices, as the app: the database says no (SPEC R22, R35, R37; D3, D5)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import errors
from psycopg.types.range import Range

from redemption.models import PriceRise, Reward, RewardPrice
from tests import factories
from tests.redemption import sample_rewards
from tests.redemption.sample_rewards import DAY, OPENING

NOT_REWRITTEN, NO_PROMOTION, NO_EVIDENCE, NOT_NOW, KEEPS_ITS_NAME = "HM201", "HM203", "HM204", "HM205", "HM206"
INSERT = """
    INSERT INTO redemption_rewardprice (reward_id, kind, with_cash, points, cash_fen, face_value_fen, face_value_basis,
        face_value_evidence, face_value_on, during, occasion, is_dearer, announced_at, noticed_at, notice_days)
    VALUES (%(reward)s, %(kind)s, %(with_cash)s, %(points)s, %(cash_fen)s, %(face)s, %(basis)s, %(evidence)s, %(on)s,
        %(during)s, '', %(is_dearer)s, %(announced_at)s, %(noticed_at)s, %(notice_days)s)
    RETURNING id, is_dearer"""
RISE = """
    INSERT INTO redemption_pricerise (reward_id, with_cash, points, cash_fen, face_value_fen, face_value_basis,
        face_value_evidence, face_value_on, wanted_from, announced_at, noticed_at, notice_days)
    VALUES (%(reward)s, false, %(points)s, 0, 10000, 'attested', 'manager', '2026-01-01', %(at)s, %(at)s,
        %(noticed_at)s, %(notice_days)s) RETURNING id"""


@dataclass
class Attack:
    """Raw SQL as the role hongmi_app."""

    cursor: psycopg.Cursor
    reward: Reward

    def insert(self, **changes: Any) -> Any:
        values = {
            "reward": self.reward.pk,
            "kind": "base",
            "with_cash": False,
            "points": 500,
            "cash_fen": 0,
            "face": 100_000,
            "basis": "attested",
            "evidence": "manager",
            "on": "2025-12-01",
            "during": Range(OPENING, None),
            "is_dearer": False,
            "announced_at": OPENING,
            "noticed_at": None,
            "notice_days": 30,
        } | changes
        return self.cursor.execute(INSERT, values).fetchone()

    def announce(self, points: int, **changes: Any) -> int:
        values = {
            "reward": self.reward.pk,
            "points": points,
            "at": datetime.now(UTC),
            "noticed_at": None,
            "notice_days": 30,
        } | changes
        row = self.cursor.execute(RISE, values).fetchone()
        assert row
        return int(row[0])

    def end(self, moment: datetime) -> None:
        self.cursor.execute(
            "UPDATE redemption_rewardprice SET during = tstzrange(lower(during), %s) "
            "WHERE reward_id = %s AND kind = 'base' AND upper(during) IS NULL",
            [moment, self.reward.pk],
        )


@pytest.fixture
def attack(committed_db: None, app_cursor: psycopg.Cursor) -> Attack:
    return Attack(app_cursor, sample_rewards.on_sale(factories.merchant()))


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def fresh(committed_db: None, app_cursor: psycopg.Cursor) -> Iterator[Attack]:
    """A reward that has no price yet."""
    return Attack(app_cursor, sample_rewards.draft(factories.merchant()))


def refused_by(error: pytest.ExceptionInfo[psycopg.Error]) -> str | None:
    return error.value.diag.constraint_name or error.value.sqlstate


# The guarantee


def test_R37_a_point_buys_5_fen_or_the_database_refuses(fresh: Attack) -> None:
    with pytest.raises(psycopg.Error) as error:
        fresh.insert(points=500, face=2_499)
    assert refused_by(error) == "a_point_buys_at_least_its_guaranteed_value"
    assert fresh.insert(points=500, face=2_500)


def test_R37_300_points_and_9_90_need_a_face_value_of_24_90(fresh: Attack) -> None:
    with pytest.raises(psycopg.Error) as error:
        fresh.insert(points=300, cash_fen=990, with_cash=True, face=2_489)
    assert refused_by(error) == "a_point_buys_at_least_its_guaranteed_value"
    assert fresh.insert(points=300, cash_fen=990, with_cash=True, face=2_490)


def test_an_offer_keeps_the_guarantee_too(attack: Attack) -> None:

    alice = factories.member("Alice")
    with pytest.raises(psycopg.Error) as error:
        attack.cursor.execute(
            "INSERT INTO redemption_offer (member_id, reward_id, points, cash_fen, face_value_fen, opens_at, closes_at,"
            " criterion) VALUES (%s, %s, 300, 990, 2489, now(), now() + interval '1 day', 'win back')",
            [alice.pk, attack.reward.pk],
        )
    assert refused_by(error) == "an_offer_keeps_the_guaranteed_value"


@pytest.mark.parametrize("days", [-1, 31])
def test_R37_a_face_value_was_charged_in_the_last_30_days(fresh: Attack, days: int) -> None:
    with pytest.raises(psycopg.Error) as error:
        fresh.insert(basis="charged", on=(OPENING - days * DAY).date())
    assert refused_by(error) == NO_EVIDENCE
    assert fresh.insert(basis="charged", on=(OPENING - 29 * DAY).date())


def test_R37_a_face_value_has_its_evidence(fresh: Attack) -> None:
    with pytest.raises(psycopg.Error) as error:
        fresh.insert(evidence="")
    assert refused_by(error) == "a_face_value_has_its_evidence"


# Windows


@pytest.mark.parametrize(
    ("kind", "points", "constraint"),
    [("base", 500, "prices_of_one_kind_do_not_overlap"), ("window", 400, "promotions_do_not_overlap")],
)
def test_R22_two_prices_of_a_kind_do_not_overlap(attack: Attack, kind: str, points: int, constraint: str) -> None:
    start = OPENING + 100 * DAY
    if kind == "window":
        attack.insert(kind=kind, points=points, during=Range(start, start + 10 * DAY))
    with pytest.raises(errors.ExclusionViolation) as error:
        attack.insert(kind=kind, points=points, during=Range(start + 9 * DAY, start + 20 * DAY))
    assert refused_by(error) == constraint


def test_R22_windows_that_touch_do_not_overlap(attack: Attack) -> None:
    start = OPENING + 100 * DAY
    attack.insert(kind="window", points=400, during=Range(start, start + DAY))
    assert attack.insert(kind="window", points=450, during=Range(start + DAY, start + 2 * DAY))


def test_a_promotion_has_an_end(attack: Attack) -> None:
    with pytest.raises(psycopg.Error) as error:
        attack.insert(kind="window", points=400)
    assert refused_by(error) == "a_promotion_has_an_end"


@pytest.mark.parametrize("points", [500, 600])
def test_a_promotion_is_no_way_to_ask_for_more(attack: Attack, points: int) -> None:
    with pytest.raises(psycopg.Error) as error:
        attack.insert(kind="window", points=points, during=Range(OPENING + DAY, OPENING + 900 * DAY))
    assert refused_by(error) == NO_PROMOTION


def test_a_promotion_needs_a_price_beside_it(fresh: Attack) -> None:
    with pytest.raises(psycopg.Error) as error:
        fresh.insert(kind="window", points=400, during=Range(OPENING, OPENING + DAY))
    assert refused_by(error) == NO_PROMOTION


@pytest.mark.parametrize("during", [Range(None, None), Range(empty=True), Range(OPENING - DAY, None)])
def test_a_price_has_a_beginning_and_is_announced_before_it(fresh: Attack, during: Range[datetime]) -> None:
    with pytest.raises(psycopg.Error) as error:
        fresh.insert(during=during)
    assert refused_by(error) == "a_price_is_announced_before_it_holds"


# History


@pytest.mark.parametrize(
    "change",
    [
        "points = 400",
        "cash_fen = 1, with_cash = true",
        "face_value_fen = 90000",
        "announced_at = announced_at - interval '1 day'",
        "noticed_at = now()",
        "is_dearer = true",
        "kind = 'window'",
        "face_value_evidence = 'other'",
        "created_at = now()",
        "during = tstzrange(lower(during) + interval '1 day', NULL)",
        "during = 'empty'",
    ],
)
def test_a_price_is_not_rewritten(attack: Attack, change: str) -> None:
    with pytest.raises(psycopg.Error) as error:
        attack.cursor.execute(
            f"UPDATE redemption_rewardprice SET {change} WHERE reward_id = %s",  # type: ignore[arg-type]
            [attack.reward.pk],
        )
    assert refused_by(error) == NOT_REWRITTEN


def test_a_price_is_ended_but_not_in_the_past_and_not_prolonged(attack: Attack, now: datetime) -> None:
    with pytest.raises(psycopg.Error) as error:
        attack.end(now - DAY)
    assert refused_by(error) == NOT_REWRITTEN
    attack.end(now + DAY)
    with pytest.raises(psycopg.Error) as error:
        attack.cursor.execute(
            "UPDATE redemption_rewardprice SET during = tstzrange(lower(during), NULL) WHERE reward_id = %s",
            [attack.reward.pk],
        )
    assert refused_by(error) == NOT_REWRITTEN


@pytest.mark.parametrize("statement", ["DELETE FROM redemption_rewardprice", "TRUNCATE redemption_rewardprice CASCADE"])
def test_the_price_history_is_kept_from_app_and_owner(
    attack: Attack, owner_cursor: psycopg.Cursor, statement: str
) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        attack.cursor.execute(statement)  # type: ignore[call-overload]
    with pytest.raises(psycopg.Error) as error:
        owner_cursor.execute(statement)  # type: ignore[call-overload]
    assert refused_by(error) == NOT_REWRITTEN


# Rises


def test_R35_a_dearer_price_without_notice_is_refused(attack: Attack, now: datetime) -> None:
    attack.end(now)
    with pytest.raises(psycopg.Error) as error:
        attack.insert(points=600, during=Range(now, None), announced_at=now)
    assert refused_by(error) == "a_dearer_price_waits_for_its_notice"


def test_R35_nobody_can_deny_a_rise_or_forge_its_notice(attack: Attack, now: datetime) -> None:
    attack.end(now + 31 * DAY)
    with pytest.raises(psycopg.Error) as error:
        attack.insert(
            points=600, is_dearer=False, noticed_at=now - 90 * DAY, during=Range(now + 31 * DAY, None), announced_at=now
        )
    assert refused_by(error) == "a_dearer_price_waits_for_its_notice"


@pytest.mark.parametrize(("days", "is_refused"), [(29, True), (30, False)])
def test_R40_a_rise_holds_30_days_after_every_member_is_notified(
    attack: Attack, now: datetime, days: int, is_refused: bool
) -> None:
    rise = attack.announce(600)
    noticed_at = datetime.now(UTC)
    attack.cursor.execute("UPDATE redemption_pricerise SET noticed_at = %s WHERE id = %s", [noticed_at, rise])
    start = noticed_at + timedelta(days=days)
    attack.end(start)
    if is_refused:
        with pytest.raises(psycopg.Error) as error:
            attack.insert(points=600, during=Range(start, None), announced_at=now)
        assert refused_by(error) == "a_dearer_price_waits_for_its_notice"
    else:
        row = attack.insert(points=600, during=Range(start, None), announced_at=now)
        assert row[1] is True


def test_R37_a_gap_in_the_prices_hides_no_rise(attack: Attack, now: datetime) -> None:
    """Delisting, and listing the same SKU again a month later."""
    attack.end(now)
    with pytest.raises(psycopg.Error) as error:
        attack.insert(points=501, during=Range(now + 40 * DAY, None), announced_at=now)
    assert refused_by(error) == "a_dearer_price_waits_for_its_notice"


def test_R37_the_cash_beside_points_counts_too(fresh: Attack, now: datetime) -> None:
    fresh.insert(points=300, cash_fen=990, with_cash=True)
    fresh.end(now)
    with pytest.raises(psycopg.Error) as error:
        fresh.insert(points=300, cash_fen=1_990, with_cash=True, during=Range(now, None), announced_at=now)
    assert refused_by(error) == "a_dearer_price_waits_for_its_notice"


def test_a_cheaper_price_needs_no_notice(attack: Attack, now: datetime) -> None:
    attack.end(now)
    assert attack.insert(points=450, during=Range(now, None), announced_at=now)[1] is False


def test_D5_a_notice_lasts_7_days_at_least(attack: Attack) -> None:
    with pytest.raises(psycopg.Error) as error:
        attack.announce(600, notice_days=6)
    assert refused_by(error) == "a_rise_is_announced_a_week_before_at_least"


@pytest.mark.parametrize("changes", [{"at": OPENING}, {"noticed_at": OPENING}])
def test_a_rise_is_announced_now_and_not_in_the_past(attack: Attack, changes: dict[str, Any]) -> None:
    with pytest.raises(psycopg.Error) as error:
        attack.announce(600, **changes)
    assert refused_by(error) == NOT_NOW


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("noticed_at = now() - interval '29 days'", NOT_NOW),
        ("points = 550", NOT_REWRITTEN),
        ("announced_at = announced_at - interval '1 minute'", NOT_REWRITTEN),
        ("notice_days = 7", NOT_REWRITTEN),
    ],
)
def test_an_announcement_is_not_rewritten(attack: Attack, change: str, why: str) -> None:
    rise = attack.announce(600)
    with pytest.raises(psycopg.Error) as error:
        attack.cursor.execute(f"UPDATE redemption_pricerise SET {change} WHERE id = %s", [rise])  # type: ignore[arg-type]
    assert refused_by(error) == why


def test_one_rise_of_a_price_is_announced_at_a_time(attack: Attack) -> None:
    attack.announce(600)
    with pytest.raises(psycopg.Error) as error:
        attack.announce(700)
    assert refused_by(error) == "one_rise_of_a_price_is_announced_at_a_time"


# Rewards


@pytest.mark.parametrize("change", ["sku = 'OTHER'", "kind = 'sample'", "status = 'draft'", "published_at = NULL"])
def test_R37_a_published_reward_keeps_its_name(attack: Attack, change: str) -> None:
    with pytest.raises(psycopg.Error) as error:
        attack.cursor.execute(f"UPDATE redemption_reward SET {change} WHERE id = %s", [attack.reward.pk])  # type: ignore[arg-type]
    assert refused_by(error) == KEEPS_ITS_NAME


def test_stock_is_never_negative(attack: Attack) -> None:
    with pytest.raises(psycopg.Error) as error:
        attack.cursor.execute("UPDATE redemption_reward SET stock = -1 WHERE id = %s", [attack.reward.pk])
    assert refused_by(error) == "stock_is_not_negative"


def test_the_control_a_fair_history_is_taken(attack: Attack, now: datetime) -> None:
    """Control for the refusals above: a promotion, a cheaper price, a rise that waited."""
    attack.insert(kind="window", points=400, during=Range(OPENING + 200 * DAY, OPENING + 214 * DAY))
    assert RewardPrice.objects.filter(reward=attack.reward).count() == 2
    assert not PriceRise.objects.filter(reward=attack.reward).exists()
