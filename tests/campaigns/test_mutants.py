"""How much of a small change the tests notice: in the rules, returns and prices, and in the ledger's SQL functions.

`HONGMI_MUTANTS` chooses how many of each language are tried, drawn by a fixed seed; 0 tries all.
"""

import itertools
import os
import random
import secrets
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests import environment as environments
from tests.campaigns import mutation
from tests.campaigns.mutation import Mutant

ROOT = environments.ROOT
RULES = [
    Path(f"points/rules/{name}.py") for name in ("clawback", "effect", "evaluation", "granting", "groups", "stacking")
]
KINDS = sorted(Path(file).relative_to(ROOT) for file in (ROOT / "points/rules/kinds").glob("[a-z]*.py"))
RULE_TESTS = tuple(f"tests/points/rules/test_{name}.py" for name in ("evaluation", "kinds", "clawback", "rule_json"))
# Of a file, the pure tests that have to notice.
PYTHON = dict.fromkeys([*RULES, *KINDS], RULE_TESTS) | {
    Path("redemption/pricing.py"): ("tests/redemption/catalogue/test_pricing.py",)
}
LEDGER = Path("points/ledger/sql")
# In the order in which they notice most, soonest.
LEDGER_TESTS = (
    "tests/points/ledger/test_ledger.py",
    "tests/points/ledger/test_expiry.py",
    "tests/points/ledger/test_merge.py",
    "tests/points/api/test_purchases.py",
    "tests/points/api/test_returns.py",
    "tests/points/api/test_batch.py",
    "tests/points/ledger/test_constraints.py",
    "tests/points/ledger/test_plain_equals_general.py",
    "tests/points/ledger/test_batch_equals_single.py",
    "tests/points/ledger/test_books_machine.py",
)
IN_ORDER = "the ranks keep their order"
UNPUBLISHED = "no birthday without points or percent is published, and no factor without percent"
# No input tells these mutants from the original: file, changed line, replacement, and the reason.
EQUIVALENT = {
    (
        "points/rules/kinds/rate.py",
        "RATES: Final[RuleGroup[Rate]] = RuleGroup(rank=10, awards=_awards)",
        "11",
    ): IN_ORDER,
    (
        "points/rules/groups.py",
        "FACTORS: Final[RuleGroup[FactorEffect]] = RuleGroup(rank=20, awards=_factor_awards)",
        "21",
    ): IN_ORDER,
    (
        "points/rules/groups.py",
        "BONUSES: Final[RuleGroup[BonusEffect]] = RuleGroup(rank=30, awards=_bonus_awards)",
        "31",
    ): IN_ORDER,
    (
        "points/rules/kinds/first_purchase.py",
        "FIRST_PURCHASES: Final[RuleGroup[FirstPurchase]] = RuleGroup(rank=40, awards=_awards)",
        "41",
    ): IN_ORDER,
    (
        "points/rules/kinds/green.py",
        "GREENS: Final[RuleGroup[Green]] = RuleGroup(rank=50, awards=_awards)",
        "51",
    ): IN_ORDER,
    (
        "points/rules/groups.py",
        "(rule, stacking.Factor(effect.percent or 100, effect.purse, rule.definition.stacking))",
        "101",
    ): UNPUBLISHED,
    ("points/rules/kinds/birthday.py", "points = Points(self.points or 0)", "1"): UNPUBLISHED,
    (
        "points/rules/kinds/birthday.py",
        'return award(rule, occasion, self.points or 0, "birthday", once_key=once_key, note=note)',
        "1",
    ): UNPUBLISHED,
    (
        "points/rules/clawback.py",
        "if not fen or not total:",
        "and",
    ): "spreading no money leaves each line as it is, and without money on the lines there is none to spread",
    (
        "points/rules/evaluation.py",
        "occasion = Occasion(ruleset.merchant_id, Purchase(event.occurred_at, 0))",
        "1",
    ): "the award of an event does not depend on an amount",
    (
        "redemption/pricing.py",
        "if quote.cost < public.cost",
        "<=",
    ): "of two equal prices the public one is chosen, because it does not depend on old lots",
}
SCORE = 0.9
PATIENCE_SECONDS = 600
PASSED, FAILED = 0, 1


def survives_python(mutant: Mutant) -> bool:
    module = str(mutant.file.with_suffix("")).replace("/", ".")
    variables = {"MUTATED_MODULE": module, "MUTATED_TEXT": mutant.text()}
    # Plugins that pure tests do not need take longer to load than most mutants live.
    variables |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return _pass(["--noconftest", "-p", "tests.campaigns.mutated", *PYTHON[mutant.file]], variables)


@contextmanager
def mutated_template(environment: environments.Environment, mutant: Mutant) -> Iterator[str]:
    """A migrated database with the mutant in it. Raises psycopg.Error when PostgreSQL refuses its text."""
    name = f"hongmi_test_{environment.session}_{secrets.token_hex(4)}"
    environment.clone(name)
    try:
        with psycopg.connect(environments.at(environment.owner_url, name), autocommit=True) as connection:
            connection.execute(mutant.text().replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION").encode())
        yield name
    finally:
        environment.drop(name)


def survives_sql(environment: environments.Environment, mutant: Mutant) -> bool:
    with mutated_template(environment, mutant) as template:
        own = {"HONGMI_TEST_TEMPLATE": template, "HONGMI_TEST_SESSION": secrets.token_hex(4)}
        return _pass(LEDGER_TESTS, {name: value for name, value in os.environ.items() if "_TEST_" in name} | own)


def _pass(arguments: Sequence[str], variables: dict[str, str]) -> bool:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(environments.OURS)}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *arguments]
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=inherited | variables, capture_output=True, text=True, timeout=PATIENCE_SECONDS
        )
    except subprocess.TimeoutExpired:
        return False
    assert done.returncode in (PASSED, FAILED, 2), done.stdout + done.stderr
    return done.returncode == PASSED


def chosen(files: Sequence[Path], count: int) -> list[Mutant]:
    os.chdir(ROOT)
    every = list(itertools.chain.from_iterable(map(mutation.of, files)))
    return random.Random(1).sample(every, count) if 0 < count < len(every) else every


def ledger_functions() -> list[Path]:
    return [file for file in sorted(LEDGER.rglob("*.sql")) if "CREATE FUNCTION" in file.read_text()]


def judge(kind: str, mutants: Sequence[Mutant], verdicts: Sequence[bool | None]) -> None:
    """Print the survivors and the score; a text that is no program (None) and an equivalent count for nothing."""
    tried = [
        (mutant, survived)
        for mutant, survived in zip(mutants, verdicts, strict=True)
        if survived is not None and not is_equivalent(mutant)
    ]
    alive = [mutant for mutant, survived in tried if survived]
    for mutant in alive:
        print(f"\nsurvived: {mutant}", end="")
    score = 1 - len(alive) / len(tried)
    print(f"\n{kind}: {len(tried) - len(alive)} of {len(tried)} mutants killed, {score:.1%}")
    assert score >= SCORE


def is_equivalent(mutant: Mutant) -> bool:
    row = mutant.file.read_text().splitlines()[mutant.line - 1].strip()
    return (str(mutant.file), row, mutant.replacement) in EQUIVALENT


def verdict(environment: environments.Environment, mutant: Mutant) -> bool | None:
    try:
        return survives_sql(environment, mutant)
    except psycopg.Error:
        return None


def test_a_few_mutants_of_the_prices_and_of_the_ledger_are_noticed(
    environment: environments.Environment,
) -> None:
    os.chdir(ROOT)
    prices = mutation.of(Path("redemption/pricing.py"))
    [edge] = [one for one in prices if ">= before" in str(one) and one.replacement == ">"]
    assert not survives_python(edge)
    draws = mutation.of(LEDGER / "spending" / "_draw.sql")
    [order] = [one for one in draws if one.replacement == "greatest" and "q.remaining" in str(one)]
    assert not survives_sql(environment, order)


def test_control_without_a_change_the_pure_tests_pass() -> None:
    os.chdir(ROOT)
    assert survives_python(Mutant(Path("redemption/pricing.py"), 1, 0, 0, ""))


@pytest.mark.campaign
def test_mutants_of_rules_returns_and_prices() -> None:
    mutants = chosen(list(PYTHON), int(os.environ.get("HONGMI_MUTANTS", "0")))
    with ThreadPoolExecutor(2) as pool:
        judge("Python", mutants, list(pool.map(survives_python, mutants)))


@pytest.mark.campaign
def test_mutants_of_the_ledgers_sql(environment: environments.Environment) -> None:
    mutants = chosen(ledger_functions(), int(os.environ.get("HONGMI_MUTANTS", "0")))
    with ThreadPoolExecutor(2) as pool:
        judge("SQL", mutants, list(pool.map(lambda mutant: verdict(environment, mutant), mutants)))
