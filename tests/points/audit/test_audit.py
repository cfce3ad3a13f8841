"""The audit: no finding in a ledger with every kind of act, and for each law a broken example that it finds."""

import itertools
import json
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from points.audit import laws, replay
from points.errors import ActNotFound
from points.models import Act, AuditRun
from points.operations import audits, compensations
from points.types import ActKind
from tests import environment as environments
from tests.points.audit import ledger_with_every_act

NAMES = [law.name for law in laws.invariants()]

# Changes by the owner, with every trigger off and every constraint dropped; the law must find each.
# {name} is a row of the ledger, see `_landmarks`.
BREAKS: Mapping[str, str] = {
    "every_act_has_a_journal_row": "DELETE FROM points_journal WHERE act_id = {nothing}",
    "a_journal_row_belongs_to_its_act": "UPDATE points_journal SET merchant_id = {garage} WHERE act_id = {first}",
    "a_running_balance_is_the_sum_so_far":
        "UPDATE points_journal SET balance_after = balance_after + 1 WHERE act_id = {first}",
    "a_wallet_is_the_sum_of_its_journal": "UPDATE points_wallet SET balance = balance + 1 WHERE member_id = {alice}",
    "a_wallet_is_the_sum_of_its_lots":
        "UPDATE points_lot SET remaining = remaining + 1 WHERE id = {lot}",
    "a_lot_is_its_grant_less_its_draws": "UPDATE points_lot SET remaining = remaining - 1 WHERE id = {lot}",
    "draws_and_grants_make_the_journal": "UPDATE points_draw SET points = points - 1 WHERE act_id = {redemption}",
    "postings_make_the_journal": "UPDATE points_posting SET amount = amount + 1 WHERE act_id = {redemption}",
    "an_act_sets_aside_what_its_hold_says": (
        "UPDATE points_posting SET credit_kind = 'redeemed' WHERE act_id = {open_hold}"
    ),
    "open_holds_are_what_is_held": (
        "UPDATE points_wallet SET held = held + 1 WHERE member_id = {alice} AND purse = 'base'"
    ),
    "a_hold_ends_once": """
        UPDATE points_hold SET is_open = true
        WHERE act_id = (SELECT parent_id FROM points_act WHERE id = {capture})""",
    "a_debt_is_what_its_journal_says": "UPDATE points_debt SET owed = owed + 1",
    "what_is_available_is_exact_until_the_next_change":
        "UPDATE points_wallet SET available = available - 1 WHERE member_id = {alice} AND purse = 'green'",
    "lots_are_issued_by_postings":
        "UPDATE points_posting SET debit_holder = {garage} WHERE act_id = {first} AND line = 1",
    "every_spent_point_names_issuer_and_spender":
        "UPDATE points_posting SET credit_holder = {stationer} WHERE act_id = {redemption}",
    "what_is_taken_back_returns_to_its_issuer":
        "UPDATE points_posting SET credit_kind = 'redeemed' WHERE act_id = {return} AND credit_kind = 'issuance'",
    "expired_points_lapse_at_their_issuer":
        "UPDATE points_posting SET credit_holder = {platform} WHERE act_id = {expiry}",
    "postings_join_only_accounts_that_may_meet":
        "UPDATE points_posting SET credit_kind = 'reserve' WHERE act_id = {redemption}",
    "points_never_touch_reserve_money": """
        INSERT INTO points_posting (act_id, line, purse, debit_kind, debit_holder, credit_kind, credit_holder, amount)
        VALUES ({redemption}, 9, 'base', 'reserve', {garage}, 'reserve', {stationer}, 1)""",
    "a_lot_expires_only_after_its_end":
        "UPDATE points_act SET occurred_at = occurred_at - interval '1 second' WHERE id = {expiry}",
    "validity_is_never_shortened":
        "UPDATE points_lot SET expires_at = first_expires_at - interval '1 day' WHERE first_expires_at IS NOT NULL",
    "a_lot_is_what_its_act_disclosed":
        "UPDATE points_lot SET expires_at = expires_at - interval '1 day' WHERE id = {bonus_lot}",
    "a_lot_is_usable_when_its_act_promised":
        "UPDATE points_lot SET usable_from = usable_from + interval '1 day' WHERE id = {lot}",
    "points_earned_by_spending_never_expire": "UPDATE points_lot SET expires_at = now() WHERE id = {lot}",
    "an_answer_names_an_act_it_may_answer": "UPDATE points_act SET parent_id = {redemption} WHERE id = {return}",
    "an_act_is_reversed_once":
        "UPDATE points_act SET parent_id = (SELECT min(parent_id) FROM points_act WHERE kind = 'reversal')"
        " WHERE kind = 'reversal'",
    "no_more_is_refunded_than_was_spent":
        "UPDATE points_draw SET points = points + 500 WHERE act_id = {refund}",
    "no_more_is_clawed_back_than_was_granted":
        "UPDATE points_journal SET points = -900 WHERE act_id = {return} AND purse = 'base'",
    "an_adjustment_takes_two_people": "UPDATE points_act SET approved_by_id = actor_id WHERE id = {adjustment}",
    "what_a_row_names_exists": """
        UPDATE points_draw SET lot_id = 999999999
        WHERE act_id = {refund} AND lot_id = (SELECT min(lot_id) FROM points_draw WHERE act_id = {refund})""",
    "a_key_stands_for_one_act":
        "UPDATE points_idempotency SET act_id = {redemption} WHERE key_digest = points._key_digest('till-1')",
    "a_request_hash_has_its_length": "UPDATE points_act SET request_hash = '\\x00' WHERE id = {first}",
    "every_issuer_owes_what_is_outstanding": "UPDATE points_lot SET issuer_id = {garage} WHERE id = {lot}",
    "the_whole_book_balances": "DELETE FROM points_posting WHERE act_id = {first}",
    "gifts_are_green_and_end_with_the_receiver":
        "UPDATE points_lot SET transferable = true WHERE source_lot_id IS NOT NULL",
    "a_once_only_award_was_given_once": "DELETE FROM points_once WHERE member_id = {alice}",
    "a_cap_counts_what_was_awarded": "UPDATE points_capusage SET used = used + 1 WHERE cap LIKE 'rule:%'",
    "every_finished_act_is_sealed_once": "DELETE FROM points_seal WHERE act_id = {first}",
    "a_head_covers_no_less_than_the_one_before": """
        INSERT INTO points_treehead (tree_size, sealed_xid, horizon_at, mark_xid, mark_at, signed_at, root_hash,
                                     signature, key_id)
        SELECT tree_size - 1, sealed_xid, horizon_at, mark_xid, mark_at, signed_at, root_hash, signature, key_id
        FROM points_treehead ORDER BY id DESC LIMIT 1""",
    "a_rollup_is_the_sum_of_sealed_postings": (
        "UPDATE points_accountrollup SET credits = credits + 1 WHERE kind = 'redeemed'"
    ),
    "a_merge_moves_lots_whole": """
        UPDATE points_lot SET earmark = 'cake' WHERE act_id IN (SELECT id FROM points_act WHERE kind = 'merge')""",
}  # fmt: skip

# More ways to break a law, each found by it and by its line of the replay.
MORE_BREAKS: Mapping[str, tuple[str, str]] = {
    "a rule's cap whose row is gone":
        ("a_cap_counts_what_was_awarded", "DELETE FROM points_capusage WHERE cap LIKE 'rule:%' AND used > 0"),
    "a budget whose row is gone":
        ("a_cap_counts_what_was_awarded", "DELETE FROM points_capusage WHERE member_id = 0"),
    "a gift's cap whose row is gone":
        ("a_cap_counts_what_was_awarded", "DELETE FROM points_capusage WHERE cap = 'gift-day'"),
    "a journal row of another member":
        ("a_journal_row_belongs_to_its_act", "UPDATE points_act SET member_id = {bob} WHERE id = {first}"),
    "a posting that moves nothing":
        ("postings_join_only_accounts_that_may_meet", "UPDATE points_posting SET amount = 0 WHERE act_id = {first}"),
    "points posted to reserve money":
        ("points_never_touch_reserve_money",
         "UPDATE points_posting SET credit_kind = 'reserve' WHERE act_id = {redemption}"),
    "a lot with an earmark nobody disclosed":
        ("a_lot_is_what_its_act_disclosed", "UPDATE points_lot SET earmark = 'cake' WHERE id = {lot}"),
    "a lot of no award":
        ("a_lot_is_what_its_act_disclosed", "UPDATE points_act SET breakdown = '{{}}' WHERE id = {first}"),
    "an answer to an act of another member":
        ("an_answer_names_an_act_it_may_answer", "UPDATE points_act SET parent_id = {bobs} WHERE id = {return}"),
    "an answer to nothing":
        ("an_answer_names_an_act_it_may_answer", "UPDATE points_act SET parent_id = NULL WHERE id = {refund}"),
    "an adjustment that is not what was proposed":
        ("an_adjustment_takes_two_people", "UPDATE points_adjustment SET points = points - 1"),
    "a gift of base points":
        ("gifts_are_green_and_end_with_the_receiver",
         "UPDATE points_journal SET purse = 'base'"
         " WHERE act_id IN (SELECT id FROM points_act WHERE kind = 'transfer')"),
    "a gift that lost a lot on the way":
        ("gifts_are_green_and_end_with_the_receiver",
         "DELETE FROM points_lot WHERE act_id IN (SELECT id FROM points_act WHERE kind = 'transfer')"),
    "a merged lot that came to nobody":
        ("a_merge_moves_lots_whole",
         "DELETE FROM points_lot WHERE act_id IN (SELECT id FROM points_act WHERE kind = 'merge')"),
    "a merge that one person decided":
        ("a_merge_moves_lots_whole", "UPDATE points_act SET approved_by_id = actor_id WHERE kind = 'merge'"),
    "a wallet that was opened again after a merge":
        ("a_merge_moves_lots_whole", "UPDATE points_wallet SET is_merged = false WHERE is_merged"),
    "a lot of another issuer":
        ("lots_are_issued_by_postings", "UPDATE points_lot SET issuer_id = {garage} WHERE id = {lot}"),
    "a key of another shop":
        ("a_key_stands_for_one_act", "UPDATE points_idempotency SET merchant_id = merchant_id + 1"),
}  # fmt: skip

# A merge takes two people as an adjustment does, and one line of the replay checks both.
FOUND_BY: Mapping[str, str] = {"a merge that one person decided": "replay_people"}

# The line of the replay that finds a broken law.
REPLAY_FINDS: Mapping[str, str] = {
    "every_act_has_a_journal_row": "replay_journal",
    "a_journal_row_belongs_to_its_act": "replay_acts",
    "a_running_balance_is_the_sum_so_far": "replay_journal",
    "a_wallet_is_the_sum_of_its_journal": "replay_wallets",
    "a_wallet_is_the_sum_of_its_lots": "replay_lots",
    "a_lot_is_its_grant_less_its_draws": "replay_lots",
    "draws_and_grants_make_the_journal": "replay_journal",
    "postings_make_the_journal": "replay_journal",
    "an_act_sets_aside_what_its_hold_says": "replay_holds",
    "open_holds_are_what_is_held": "replay_wallets",
    "a_hold_ends_once": "replay_holds",
    "a_debt_is_what_its_journal_says": "replay_debts",
    "what_is_available_is_exact_until_the_next_change": "replay_wallets",
    "lots_are_issued_by_postings": "replay_issuers",
    "every_spent_point_names_issuer_and_spender": "replay_issuers",
    "what_is_taken_back_returns_to_its_issuer": "replay_issuers",
    "expired_points_lapse_at_their_issuer": "replay_issuers",
    "postings_join_only_accounts_that_may_meet": "replay_pairs",
    "points_never_touch_reserve_money": "replay_reserve",
    "a_lot_expires_only_after_its_end": "replay_lots",
    "validity_is_never_shortened": "replay_lots",
    "a_lot_is_what_its_act_disclosed": "replay_promises",
    "a_lot_is_usable_when_its_act_promised": "replay_promises",
    "points_earned_by_spending_never_expire": "replay_promises",
    "an_answer_names_an_act_it_may_answer": "replay_answers",
    "an_act_is_reversed_once": "replay_answers",
    "no_more_is_refunded_than_was_spent": "replay_answers",
    "no_more_is_clawed_back_than_was_granted": "replay_answers",
    "an_adjustment_takes_two_people": "replay_people",
    "a_key_stands_for_one_act": "replay_acts",
    "a_request_hash_has_its_length": "replay_acts",
    "every_issuer_owes_what_is_outstanding": "replay_issuers",
    "the_whole_book_balances": "replay_accounts",
    "gifts_are_green_and_end_with_the_receiver": "replay_gifts",
    "a_once_only_award_was_given_once": "replay_once",
    "a_cap_counts_what_was_awarded": "replay_caps",
    "a_rollup_is_the_sum_of_sealed_postings": "replay_accounts",
    "a_merge_moves_lots_whole": "replay_merges",
}

# Laws that are checked in SQL alone, and why.
NOT_REPLAYED: Mapping[str, str] = {
    "what_a_row_names_exists":
        "Nothing is computed: it looks ids up in tables outside the ledger, and Python would only look them up again."
        " A row whose act or lot is gone and that moves points is found as journal, lots or accounts.",
    "every_finished_act_is_sealed_once":
        "The seal has a replay of its own, which the nightly audit runs too: every leaf is rebuilt in Python from the"
        " tables and compared with the published heads (points.transparency.proofs).",
    "a_head_covers_no_less_than_the_one_before":
        "The same: heads are compared with the published ones, and each with the tree of its size.",
}  # fmt: skip

DISARM = """
DO $$
DECLARE v record;
BEGIN
    FOR v IN SELECT c.oid::regclass AS of FROM pg_class c WHERE c.relkind = 'r' AND c.relname LIKE 'points\\_%' LOOP
        EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', v.of);
    END LOOP;
    FOR v IN SELECT conname, conrelid::regclass AS of FROM pg_constraint
             WHERE contype IN ('c', 'u') AND conrelid::regclass::text LIKE 'points\\_%' LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', v.of, v.conname);
    END LOOP;
    FOR v IN SELECT conname, contypid::regtype AS of FROM pg_constraint
             WHERE contype = 'c' AND contypid <> 0 AND connamespace = 'public'::regnamespace LOOP
        EXECUTE format('ALTER DOMAIN %s DROP CONSTRAINT %I', v.of, v.conname);
    END LOOP;
    FOR v IN SELECT i.indexrelid::regclass AS of FROM pg_index i
             WHERE i.indisunique AND NOT i.indisprimary AND i.indrelid::regclass::text LIKE 'points\\_%' LOOP
        EXECUTE format('DROP INDEX %s', v.of);
    END LOOP;
END $$
"""


@pytest.fixture(scope="module")
def book(environment: environments.Environment, django_db_blocker: Any) -> Iterator[str]:
    """A clone with the whole ledger in it; the value is its name."""
    name = f"hongmi_test_{environment.session}_{environment.worker}_audit"
    environment.clone(name)
    with django_db_blocker.unblock(), environments.rerouted(environment, name):
        ledger_with_every_act.write()
        yield name
    environment.drop(name)


@pytest.fixture
def owner(book: str, environment: environments.Environment) -> Iterator[psycopg.Connection[Any]]:
    """The owner's connection, in a transaction that is rolled back."""
    with psycopg.connect(environment.addresses(book)["DATABASE_OWNER_URL"]) as connection:
        yield connection
        connection.rollback()


def _landmarks(connection: psycopg.Connection[Any]) -> dict[str, int]:
    questions = {
        "stationer": "SELECT id FROM merchants_merchant WHERE code = 'STATIONER'",
        "garage": "SELECT id FROM merchants_merchant WHERE code = 'GARAGE'",
        "platform": "SELECT id FROM merchants_merchant WHERE code = 'HONGMI'",
        "alice": "SELECT member_id FROM points_act WHERE reference = 'first'",
        "bob": "SELECT member_id FROM points_act WHERE reference = 'parts'",
        "bobs": "SELECT id FROM points_act WHERE reference = 'parts'",
        "first": "SELECT id FROM points_act WHERE reference = 'first'",
        "nothing": "SELECT id FROM points_act WHERE reference = 'nothing'",
        "redemption": "SELECT id FROM points_act WHERE reference = 'tyre'",
        "refund": "SELECT id FROM points_act WHERE reference = 'tyre-back'",
        "open_hold": "SELECT id FROM points_act WHERE reference = 'still-open'",
        "capture": "SELECT min(id) FROM points_act WHERE kind = 'capture'",
        "return": "SELECT id FROM points_act WHERE reference = 'second-back'",
        "expiry": "SELECT min(id) FROM points_act WHERE kind = 'expiry'",
        "adjustment": "SELECT min(id) FROM points_act WHERE kind = 'adjustment'",
        "lot": "SELECT l.id FROM points_lot l JOIN points_act a ON a.id = l.act_id"
               " WHERE a.reference = 'after-the-seal' AND l.kind = 'spend' AND l.purse = 'base' ORDER BY l.id LIMIT 1",
        "bonus_lot": "SELECT min(id) FROM points_lot WHERE kind = 'bonus' AND first_expires_at IS NULL",
    }  # fmt: skip
    return {name: connection.execute(question).fetchone()[0] for name, question in questions.items()}  # type: ignore[index, call-overload]


def _broken(connection: psycopg.Connection[Any]) -> dict[str, laws.Finding]:
    found = laws.findings(connection, moment=timezone.now())
    return {finding.name: finding for finding in found if not finding.ok}


def _broken_by(connection: psycopg.Connection[Any], statement: str) -> dict[str, laws.Finding]:
    landmarks = _landmarks(connection)
    connection.execute(DISARM)
    changed = connection.execute(statement.format(**landmarks))  # type: ignore[arg-type]
    assert changed.rowcount > 0
    return _broken(connection)


def test_the_ledger_has_every_kind_of_act(book: str) -> None:
    assert set(Act.objects.values_list("kind", flat=True)) == set(ActKind.values)


def test_a_correct_ledger_passes_every_law(book: str, owner: psycopg.Connection[Any]) -> None:
    assert _broken(owner) == {}


def test_every_law_has_a_sentence_in_both_languages() -> None:
    for law in laws.invariants():
        assert law.sentence_zh.endswith("。") or law.sentence_zh.endswith("）。")
        assert law.sentence_en.endswith(".")
        assert law.sentence_en.isascii() or "−" in law.sentence_en


def test_every_law_has_an_example_that_breaks_it() -> None:
    assert list(BREAKS) == NAMES


def test_every_law_is_replayed_or_the_reason_is_given() -> None:
    assert set(REPLAY_FINDS) | set(NOT_REPLAYED) == set(NAMES)
    assert not set(REPLAY_FINDS) & set(NOT_REPLAYED)
    assert all(reason.endswith(".") for reason in NOT_REPLAYED.values())


def test_every_line_of_the_replay_has_an_example_that_it_finds() -> None:
    assert set(REPLAY_FINDS.values()) == {f"replay_{line}" for line in replay.LINES}


@pytest.mark.parametrize("name", NAMES)
def test_it_finds_a_ledger_that_breaks_the_law(name: str, owner: psycopg.Connection[Any]) -> None:
    broken = _broken_by(owner, BREAKS[name])
    assert name in broken
    assert broken[name].examples
    if name in REPLAY_FINDS:
        assert REPLAY_FINDS[name] in broken
        assert broken[REPLAY_FINDS[name]].examples


@pytest.mark.parametrize("what", MORE_BREAKS)
def test_sql_and_replay_both_find(what: str, owner: psycopg.Connection[Any]) -> None:
    law, statement = MORE_BREAKS[what]
    assert {law, FOUND_BY.get(what) or REPLAY_FINDS[law]} <= set(_broken_by(owner, statement))


def test_the_app_role_can_audit_and_the_run_is_stored(book: str, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("audit_ledger", "--json")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["name"] for line in lines[: len(NAMES)]] == NAMES
    assert all(line["ok"] for line in lines)
    run = AuditRun.objects.latest("pk")
    assert run.is_ok
    assert set(run.findings) == {line["name"] for line in lines}


def test_a_broken_ledger_ends_with_an_error_and_an_alert(
    own_db: str, owner_cursor: psycopg.Cursor[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    ledger_with_every_act.write()
    owner_cursor.execute("ALTER TABLE points_wallet DISABLE TRIGGER USER")
    owner_cursor.execute("UPDATE points_wallet SET balance = balance + 1")
    with pytest.raises(SystemExit) as ended:
        call_command("audit_ledger")
    assert ended.value.code == 1
    assert "FAIL" in capsys.readouterr().out
    owner_cursor.execute("SELECT payload FROM notifications_outbox WHERE topic = 'ledger.audit_failed'")
    (payload,) = owner_cursor.fetchone() or ({},)
    assert "a_wallet_is_the_sum_of_its_journal" in payload["laws"]


def test_nobody_rewrites_what_an_audit_found(book: str) -> None:
    audits.run(moment=timezone.now())
    with pytest.raises(Exception, match="permission denied"):
        AuditRun.objects.update(is_ok=True)


def test_it_reads_one_state_of_the_ledger_during_bookings(own_db: str) -> None:
    made = ledger_with_every_act.write()
    is_over = threading.Event()

    def book_on() -> None:
        numbers = itertools.count()
        while not is_over.is_set():
            ledger_with_every_act.buy(made.garage, made.bob, f"meanwhile-{next(numbers)}", 10_00)
        connections.close_all()

    client = threading.Thread(target=book_on)
    client.start()
    try:
        runs = [audits.run(moment=timezone.now()) for _ in range(3)]
    finally:
        is_over.set()
        client.join()
    assert Act.objects.filter(reference__startswith="meanwhile-").count() > 3
    assert all(run.is_ok for run in runs)


def test_a_compensation_answers_no_act_of_another_member(own_db: str) -> None:
    made = ledger_with_every_act.write()
    of_alice = Act.objects.get(reference="first").pk
    with pytest.raises(ActNotFound):
        compensations.grant(
            merchant_id=made.garage.pk, member=made.bob.public_id, points=5, cause="late", reason="late",
            moment=timezone.now(), parent_id=of_alice,
        )  # fmt: skip
