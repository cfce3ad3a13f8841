"""Raw SQL against the ledger as the app, as the owner and as the ledger's role. The database refuses each."""

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import errors, sql

from hongmi.lib.errors import DomainError
from points.models import Act
from points.types import AccountKind, ActKind
from tests import factories
from tests.points import cast
from tests.points.cast import DAY, NOON

BOOKS = ("points_act", "points_journal", "points_posting", "points_draw", "points_idempotency")
TREE = ("points_seal", "points_treenode", "points_treehead")
PROJECTIONS = ("points_wallet", "points_lot", "points_hold", "points_debt", "points_capusage", "points_once")
# Columns of existing rows that the ledger functions may change; all else of the ledger and its projections only grows.
LEDGER_MAY_UPDATE = {
    "points_wallet": {"balance", "available", "held", "owed", "next_change_at", "is_merged"},
    "points_lot": {"remaining", "is_open", "expires_at", "first_expires_at"},
    "points_hold": {"is_open"},
    "points_debt": {"owed"},
    "points_capusage": {"used"},
    "points_accountrollup": {"debits", "credits"},
}
# Beside the books, and open: what of each the app may do, and why that touches no book.
APP_MAY = {
    # A proposal of two people; a ledger function books it with both names.
    "points_adjustment": {"SELECT", "INSERT", "UPDATE", "DELETE"},
    # An audit writes down what it found; a finding is never mended afterwards.
    "points_auditrun": {"SELECT", "INSERT"},
    # The name of a rule and whether it is shown; what it grants stands in its versions.
    "points_earningrule": {"SELECT", "INSERT", "UPDATE", "DELETE"},
    # A version is published and then stays, because returns are judged by it years later.
    "points_earningruleversion": {"SELECT", "INSERT"},
    # A shop's names of its goods; an act keeps a copy of those it counted.
    "points_goodslabel": {"SELECT", "INSERT", "UPDATE", "DELETE"},
}
LEDGER_FUNCTIONS = {
    "accrue", "accrue_batch", "redeem", "hold", "end_hold", "lapse", "expire", "refund", "return_purchase",
    "take_away", "reverse", "transfer", "merge", "seal",
}  # fmt: skip
# Called by the sealer and readers of receipts; they read no table, so they need no right of the ledger's role.
NO_ACTS = {"seal_lock", "instant", "may_meet"}
BOOKS_ONLY_GROW, PROMISE_BROKEN = "HM100", "HM101"


@pytest.fixture
def written(committed_db: None) -> Any:
    """A row in every table: Alice bought, held, redeemed, returned, owes; a bonus that ends in ten days."""
    shop, alice = factories.merchant(), None
    alice = factories.member("Alice", shop)
    bought = cast.buy(shop, alice, cast.award(100, caps=[cast.cap(500)]), key="a key")
    cast.buy(shop, alice, cast.bonus(50, expires_at=NOON + 10 * DAY, once="first"))
    cast.hold(shop, alice, 10)
    cast.redeem(shop, alice, 120)
    cast.give_back_goods(shop, bought.act_id, 100, policy="owe")
    return alice


@pytest.fixture
def ledger_cursor(owner_cursor: psycopg.Cursor) -> Iterator[psycopg.Cursor]:
    """The worst a ledger function could do: any statement under its role."""
    owner_cursor.execute("SET ROLE hongmi_ledger")
    yield owner_cursor
    owner_cursor.execute("RESET ROLE")


def sqlstate_of(cursor: psycopg.Cursor, statement: str) -> str | None:
    try:
        cursor.execute(statement)  # type: ignore[call-overload]
    except psycopg.Error as error:
        return error.sqlstate
    return None


@pytest.mark.parametrize("table", BOOKS + TREE + PROJECTIONS)
@pytest.mark.parametrize(
    "attack", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}", "INSERT INTO {} DEFAULT VALUES"]
)
def test_the_app_may_only_read(app_cursor: psycopg.Cursor, table: str, attack: str) -> None:
    column = app_cursor.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 LIMIT 1", [table]
    ).fetchone()
    assert column
    app_cursor.execute(sql.SQL("SELECT * FROM {} LIMIT 1").format(sql.Identifier(table)))
    assert sqlstate_of(app_cursor, attack.format(table, column[0], column[0])) == errors.InsufficientPrivilege.sqlstate


@pytest.mark.parametrize("table", BOOKS + TREE)
@pytest.mark.parametrize("attack", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_books_refuse_even_their_owner(written: Any, owner_cursor: psycopg.Cursor, table: str, attack: str) -> None:
    column = owner_cursor.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 LIMIT 1", [table]
    ).fetchone()
    assert column
    assert sqlstate_of(owner_cursor, attack.format(table, column[0], column[0])) == BOOKS_ONLY_GROW


@pytest.mark.parametrize("table", PROJECTIONS)
@pytest.mark.parametrize("attack", ["DELETE FROM {}", "TRUNCATE {}"])
def test_nothing_of_the_projections_is_deleted(
    written: Any, owner_cursor: psycopg.Cursor, table: str, attack: str
) -> None:
    assert sqlstate_of(owner_cursor, attack.format(table)) == BOOKS_ONLY_GROW


@pytest.mark.parametrize("table", BOOKS + TREE + PROJECTIONS)
def test_the_ledgers_role_neither_deletes_nor_truncates(ledger_cursor: psycopg.Cursor, table: str) -> None:
    assert sqlstate_of(ledger_cursor, f"DELETE FROM {table}") == errors.InsufficientPrivilege.sqlstate
    assert sqlstate_of(ledger_cursor, f"TRUNCATE {table}") == errors.InsufficientPrivilege.sqlstate


def test_a_ledger_function_cannot_rewrite_history(written: Any, owner_cursor: psycopg.Cursor) -> None:
    """The worst case: somebody smuggles a SECURITY DEFINER function of the ledger's role into its schema."""
    owner_cursor.execute("""
        CREATE FUNCTION points.evil(statement text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
        AS 'BEGIN EXECUTE statement; END'; ALTER FUNCTION points.evil OWNER TO hongmi_ledger""")
    try:
        for statement in (
            "UPDATE points_act SET amount_fen = 1",
            "UPDATE points_journal SET points = 1",
            "DELETE FROM points_posting",
            "UPDATE points_lot SET granted = 1000000",
            "UPDATE points_lot SET earmark = NULL",
            "ALTER TABLE points_act DISABLE TRIGGER ALL",
            "SET session_replication_role = replica",
        ):
            assert sqlstate_of(owner_cursor, f"SELECT points.evil($${statement}$$)") == "42501", statement
    finally:
        owner_cursor.execute("DROP FUNCTION points.evil")


@pytest.mark.parametrize("role", ["app", "owner"])
def test_nobody_of_us_can_pose_as_a_replica(
    role: str, app_cursor: psycopg.Cursor, owner_cursor: psycopg.Cursor
) -> None:
    cursor = app_cursor if role == "app" else owner_cursor
    assert sqlstate_of(cursor, "SET session_replication_role = replica") == "42501"


def test_every_guard_fires_always(owner_cursor: psycopg.Cursor) -> None:
    """`A` is ENABLE ALWAYS: a session that is a replica meets it too."""
    owner_cursor.execute("""
        SELECT c.relname, t.tgname, t.tgenabled FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE c.relname LIKE 'points\\_%' AND NOT t.tgisinternal AND t.tgfoid::regproc::text LIKE 'points.%'""")
    guards = owner_cursor.fetchall()
    assert {enabled for _, _, enabled in guards} == {"A"}
    assert {table for table, _, _ in guards} >= {*BOOKS, *TREE, *PROJECTIONS, "points_earningruleversion"}


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE points_earningruleversion SET definition = '{}'",
        "DELETE FROM points_earningruleversion",
        "TRUNCATE points_earningruleversion",
    ],
)
def test_a_published_rule_stays(app_cursor: psycopg.Cursor, owner_cursor: psycopg.Cursor, attack: str) -> None:
    """Returns are judged by it years later."""
    assert sqlstate_of(app_cursor, attack) == errors.InsufficientPrivilege.sqlstate
    assert sqlstate_of(owner_cursor, attack) == BOOKS_ONLY_GROW


def test_R39_the_validity_of_an_issued_lot_is_never_shortened(written: Any, owner_cursor: psycopg.Cursor) -> None:
    lot = f"WHERE member_id = {written.pk} AND expires_at IS NOT NULL"
    for attack in ("expires_at - interval '1 second'", "timestamptz '2000-01-01Z'"):
        assert sqlstate_of(owner_cursor, f"UPDATE points_lot SET expires_at = {attack} {lot}") == PROMISE_BROKEN
    assert sqlstate_of(owner_cursor, f"UPDATE points_lot SET expires_at = expires_at + interval '1 day' {lot}") is None


def test_R34_a_lot_without_an_end_never_gets_one(written: Any, owner_cursor: psycopg.Cursor) -> None:
    lot = f"WHERE member_id = {written.pk} AND expires_at IS NULL"
    attack = f"UPDATE points_lot SET expires_at = now() + interval '9 years' {lot}"
    assert sqlstate_of(owner_cursor, attack) == PROMISE_BROKEN


@pytest.mark.parametrize(
    "change",
    ["granted = granted + 1", "member_id = 0", "issuer_id = 0", "value_fen = 1", "kind = 'bonus'",
     "transferable = true", "usable_from = usable_from + interval '1 day'", "earmark = 'cake'",
     "purse = 'green'", "act_id = 0"],
)  # fmt: skip
def test_the_terms_of_a_lot_are_not_rewritten(written: Any, owner_cursor: psycopg.Cursor, change: str) -> None:
    attack = f"UPDATE points_lot SET {change} WHERE member_id = {written.pk} AND expires_at IS NULL"
    assert sqlstate_of(owner_cursor, attack) == PROMISE_BROKEN


POSTING = """INSERT INTO points_posting
             (act_id, line, purse, debit_kind, debit_holder, credit_kind, credit_holder, amount)
             VALUES (-1, 1, 'base', '{}', 1, '{}', 1, {})"""
MAY_MEET = {
    ("issuance", "member"), ("member", "issuance"), ("member", "redeemed"), ("redeemed", "member"), ("member", "held"),
    ("held", "member"), ("held", "redeemed"), ("member", "expired"), ("expired", "member"), ("member", "member"),
    ("member", "transit"), ("transit", "member"), ("reserve", "reserve"),
}  # fmt: skip


@pytest.mark.parametrize("points_account", sorted(set(AccountKind.values) - {"reserve"}))
def test_R53_no_posting_joins_points_and_customer_reserve_money(
    owner_cursor: psycopg.Cursor, points_account: str
) -> None:
    for debit, credit in ((points_account, "reserve"), ("reserve", points_account)):
        assert sqlstate_of(owner_cursor, POSTING.format(debit, credit, 5)) == errors.CheckViolation.sqlstate


@pytest.mark.parametrize("debit", AccountKind.values)
def test_a_posting_joins_only_accounts_that_may_meet(owner_cursor: psycopg.Cursor, debit: str) -> None:
    for credit in AccountKind.values:
        if (debit, credit) not in MAY_MEET:
            assert sqlstate_of(owner_cursor, POSTING.format(debit, credit, 5)) == errors.CheckViolation.sqlstate


def test_a_posting_names_accounts_that_exist(owner_cursor: psycopg.Cursor) -> None:
    for pair in (("cash", "member"), ("member", "cash"), ("", "member")):
        unknown = errors.InvalidTextRepresentation.sqlstate
        assert sqlstate_of(owner_cursor, POSTING.format(*pair, 5)) == unknown


@pytest.mark.parametrize("amount", [0, -5])
def test_a_posting_moves_points_so_it_cannot_be_unbalanced(owner_cursor: psycopg.Cursor, amount: int) -> None:
    assert sqlstate_of(owner_cursor, POSTING.format("issuance", "member", amount)) == errors.CheckViolation.sqlstate


@pytest.mark.parametrize(
    "change",
    ["balance = -1", "held = -1", "owed = -1", "available = balance + 1", "available = -1"],
)
def test_a_wallet_is_never_negative(written: Any, owner_cursor: psycopg.Cursor, change: str) -> None:
    attack = f"UPDATE points_wallet SET {change} WHERE member_id = {written.pk}"
    assert sqlstate_of(owner_cursor, attack) == errors.CheckViolation.sqlstate


@pytest.mark.parametrize(
    "change", ["remaining = -1, is_open = false", "remaining = granted + 1, is_open = true", "is_open = NOT is_open"]
)
def test_a_lot_holds_between_nothing_and_its_grant(written: Any, owner_cursor: psycopg.Cursor, change: str) -> None:
    attack = f"UPDATE points_lot SET {change} WHERE member_id = {written.pk}"
    assert sqlstate_of(owner_cursor, attack) == errors.CheckViolation.sqlstate


def test_an_act_without_a_full_hash_is_refused(owner_cursor: psycopg.Cursor) -> None:
    attack = r"""INSERT INTO points_act (merchant_id, member_id, occurred_at, kind, request_hash, reference, breakdown)
                 VALUES (1, 1, now(), 'purchase', '\x00', 'x', '{}')"""
    assert sqlstate_of(owner_cursor, attack) == errors.CheckViolation.sqlstate


def test_an_adjustment_takes_two_people(committed_db: None) -> None:
    shop = factories.merchant()
    alice = factories.member("Alice", shop)
    cast.buy(shop, alice, cast.award(10))
    for approver in (None, 1):
        with pytest.raises(Exception, match="an_adjustment_or_a_merge_takes_two_people"):
            cast.take_away(shop, alice, 5, actor_id=1, approved_by_id=approver)
        with pytest.raises(Exception, match="an_adjustment_or_a_merge_takes_two_people"):
            cast.buy(shop, alice, cast.award(5), kind="adjustment", actor_id=1, approved_by_id=approver)
    assert cast.wallet(alice).balance == 10


def test_the_app_calls_no_step_of_a_ledger_function(app_cursor: psycopg.Cursor) -> None:
    app_cursor.execute(
        "SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'points'::regnamespace AND proname ^@ '_'"
    )
    steps = [signature for (signature,) in app_cursor.fetchall()]
    assert len(steps) > 20
    for signature in steps:
        name, types = signature.removesuffix(")").split("(", 1)
        nulls = ", ".join(f"NULL::{each}" for each in types.split(",") if each)
        assert sqlstate_of(app_cursor, f"SELECT {name}({nulls})") == errors.InsufficientPrivilege.sqlstate, signature


def tables_granted(cursor: psycopg.Cursor) -> dict[str, dict[str, set[str]]]:
    """Of every table and view whose name is the books': what each role but the owner may do."""
    cursor.execute("""
        SELECT c.relname, a.grantee::regrole::text, a.privilege_type
        FROM pg_class c LEFT JOIN aclexplode(c.relacl) a ON a.grantee <> c.relowner
        WHERE c.relname LIKE 'points\\_%' AND c.relkind IN ('r', 'p', 'v', 'm', 'f')""")
    granted: dict[str, dict[str, set[str]]] = {}
    for table, role, privilege in cursor.fetchall():
        roles = granted.setdefault(table, {})
        if role is not None:
            roles.setdefault(role, set()).add(privilege)
    return granted


def test_every_table_is_granted_exactly_what_is_written_here(owner_cursor: psycopg.Cursor) -> None:
    kept = (*BOOKS, *TREE, *PROJECTIONS, "points_accountrollup")
    expected = {table: {"hongmi_app": {"SELECT"}, "hongmi_ledger": {"SELECT", "INSERT"}} for table in kept}
    expected |= {table: {"hongmi_app": may} for table, may in APP_MAY.items()}
    assert tables_granted(owner_cursor) == expected


def test_a_new_table_is_open_to_the_app_until_it_stands_here(owner_cursor: psycopg.Cursor) -> None:
    """Why the list above must be whole: what nobody thought of is writable, and only the list notices."""
    owner_cursor.execute("BEGIN; CREATE TABLE points_forgotten ()")
    try:
        may = {"SELECT", "INSERT", "UPDATE", "DELETE"}
        assert tables_granted(owner_cursor)["points_forgotten"] == {"hongmi_app": may}
    finally:
        owner_cursor.execute("ROLLBACK")


def test_every_column_is_granted_exactly_what_is_written_here(owner_cursor: psycopg.Cursor) -> None:
    owner_cursor.execute("""
        SELECT c.relname, t.attname, a.grantee::regrole::text, a.privilege_type
        FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid, aclexplode(t.attacl) a
        WHERE c.relname LIKE 'points\\_%'""")
    granted: dict[str, set[str]] = {}
    for table, column, role, privilege in owner_cursor.fetchall():
        assert (role, privilege) == ("hongmi_ledger", "UPDATE")
        granted.setdefault(table, set()).add(column)
    assert granted == LEDGER_MAY_UPDATE


def test_every_function_is_granted_exactly_what_is_written_here(owner_cursor: psycopg.Cursor) -> None:
    owner_cursor.execute("""
        SELECT p.proname, p.proowner::regrole::text, p.prosecdef, p.proconfig,
               ARRAY(SELECT a.grantee::regrole::text FROM aclexplode(p.proacl) a WHERE a.grantee <> p.proowner)
        FROM pg_proc p WHERE p.pronamespace = 'points'::regnamespace""")
    functions = owner_cursor.fetchall()
    called = {name for name, _, _, _, grantees in functions if grantees}
    assert called == LEDGER_FUNCTIONS | NO_ACTS
    for name, owner, is_definer, configuration, grantees in functions:
        assert owner == "hongmi_ledger", name
        assert grantees in ([], ["hongmi_app"]), name
        assert is_definer == (name in LEDGER_FUNCTIONS), f"{name}: only ledger functions run as the ledger's role"
        if is_definer:
            plans = ["plan_cache_mode=force_generic_plan"] if name == "accrue_batch" else []
            assert configuration == ["search_path=public, pg_temp", *plans, "enable_seqscan=off"], name
        if name in ("guard_lot", "refuse_change"):
            assert configuration == ["search_path=pg_catalog, pg_temp"], name


def test_no_role_of_ours_is_mightier_than_it_must_be(owner_cursor: psycopg.Cursor) -> None:
    owner_cursor.execute("""
        SELECT rolname, rolsuper OR rolbypassrls OR rolcreaterole OR rolreplication, rolcanlogin
        FROM pg_roles WHERE rolname IN ('hongmi_app', 'hongmi_ledger', 'hongmi_owner') ORDER BY 1""")
    assert owner_cursor.fetchall() == [
        ("hongmi_app", False, True), ("hongmi_ledger", False, False), ("hongmi_owner", False, True)
    ]  # fmt: skip
    is_member = "pg_has_role('hongmi_app', 'hongmi_ledger', 'MEMBER')"
    assert sqlstate_of(owner_cursor, f"SELECT 1 / (NOT {is_member})::int") is None


def test_the_app_can_neither_create_nor_become(app_cursor: psycopg.Cursor) -> None:
    for attack in (
        "CREATE TABLE public.points_act2 ()", "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION points.f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "CREATE SCHEMA mine",
        "SET ROLE hongmi_ledger", "SET ROLE hongmi_owner", "ALTER TABLE points_act DISABLE TRIGGER ALL",
        "DROP TRIGGER the_books_only_grow ON points_act", "ALTER FUNCTION points.refuse_change() OWNER TO hongmi_app",
    ):  # fmt: skip
        assert sqlstate_of(app_cursor, attack) == errors.InsufficientPrivilege.sqlstate, attack


REDEEM = "SELECT points.redeem(%s, %s, 'base', %s, NULL, %s, %s, %s, '{}'::text[], NULL, '{}', false)"


@pytest.mark.parametrize("path", ["pg_temp, public", "pg_temp, pg_catalog, public", ""])
def test_a_temporary_table_of_the_same_name_fools_nobody(
    committed_db: None, app_cursor: psycopg.Cursor, path: str
) -> None:
    """Bob gives himself a wallet and lots of his own making and redeems from them."""
    shop = factories.merchant()
    bob = factories.member("Bob", shop)
    for table in ("points_wallet", "points_lot", "points_act", "points_draw", "points_posting", "points_journal"):
        app_cursor.execute(f"CREATE TEMP TABLE {table} (LIKE public.{table} INCLUDING ALL)")  # type: ignore[arg-type]
    app_cursor.execute(
        "INSERT INTO pg_temp.points_wallet (member_id, purse, balance, available) VALUES (%s, 'base', 900, 900)",
        [bob.pk],
    )
    app_cursor.execute(
        """INSERT INTO pg_temp.points_lot
           (id, member_id, purse, issuer_id, act_id, granted, remaining, usable_from, kind)
           VALUES (1, %s, 'base', 1, 1, 900, 900, '2020-01-01', 'spend')""",
        [bob.pk],
    )
    app_cursor.execute("SELECT set_config('search_path', %s, false)", [path])
    with pytest.raises(psycopg.Error) as refusal:
        app_cursor.execute(REDEEM, [shop.pk, bob.public_id, 900, "theft", cast.new_hash(), NOON])
    assert refusal.value.sqlstate == "HM001"
    assert json.loads(refusal.value.diag.message_detail or "") == {"available": 0, "missing": 900}
    assert not Act.objects.filter(member=bob).exists()


def test_an_operator_of_ones_own_is_never_used(written: Any, owner_cursor: psycopg.Cursor) -> None:
    """The guard of a lot's validity compares by the system's operators, whatever the session's search path offers."""
    owner_cursor.execute("""
        CREATE SCHEMA evil;
        CREATE FUNCTION evil.never(timestamptz, timestamptz) RETURNS boolean LANGUAGE sql AS 'SELECT false';
        CREATE OPERATOR evil.< (LEFTARG = timestamptz, RIGHTARG = timestamptz, FUNCTION = evil.never);
        SET search_path = evil, pg_catalog, public""")
    try:
        lot = f"WHERE member_id = {written.pk} AND expires_at IS NOT NULL"
        attack = f"UPDATE points_lot SET expires_at = expires_at - interval '1 day' {lot}"
        assert sqlstate_of(owner_cursor, attack) == PROMISE_BROKEN
    finally:
        owner_cursor.execute("RESET search_path; DROP SCHEMA evil CASCADE")


ACCRUALS = {"purchase", "award", "compensation", "adjustment", "opening"}


@pytest.mark.parametrize("kind", [*sorted(set(ActKind.values) - ACCRUALS), "theft", "", None])
def test_accrual_books_no_other_kind_of_act(committed_db: None, kind: str | None) -> None:
    shop = factories.merchant()
    with pytest.raises(DomainError, match="invalid_argument"):
        cast.buy(shop, factories.member("Alice", shop), cast.award(5), kind=kind)
