"""Every route × every role × (own, other merchant's, missing): another merchant's row answers like a missing one."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse

from accounts import limits
from hongmi.lib import rls
from merchants import permissions
from merchants.models import Staff
from tests import partner_client
from tests.access import policies, scenario
from tests.access.scenario import MISSING, Shop
from tests.partner_client import PartnerClient

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    limits.forget()


@pytest.fixture
def stationer() -> Shop:
    return scenario.open_shop("stationer")


@pytest.fixture
def garage() -> Shop:
    return scenario.open_shop("garage")


def address(name: str, arguments: dict[str, Any]) -> str:
    route = scenario.routes()[name]
    named = {each for each in (*MISSING, "reward_id") if f":{each}>" in route}
    return reverse(name, kwargs={each: (MISSING | arguments)[each] for each in named})


def body_of(name: str, shop: Shop) -> Any:
    """The policy's body with the shop's own member, purchase and authorisation."""
    template = json.dumps(policies.PARTNER[name][2])
    purchase = partner_client.purchase(shop.member)
    body = template.replace('"{purchase}"', json.dumps(purchase)).replace("{member_id}", str(shop.member.public_id))
    return json.loads(body.replace("{spend}", str(shop.authorisation.pk)))


def call(caller: Client | PartnerClient, name: str, arguments: dict[str, Any], body: Any = None) -> Any:
    path, method = address(name, arguments), policies.PARTNER[name][0]
    if isinstance(caller, PartnerClient):
        path = path.removeprefix("/api/v1")
        return caller.get(path) if method == "get" else caller.post(path, body)
    headers = {"Idempotency-Key": "matrix"}
    return caller.get(path) if method == "get" else caller.post(path, body, "application/json", headers=headers)


def status_and_body(answer: Any) -> tuple[int, Any]:
    """Status and body without the parts that differ from request to request."""
    body = copy.deepcopy(answer.json())
    body.pop("request_id", None)
    return answer.status_code, body


def test_every_route_has_one_stated_policy() -> None:
    stated = [
        *policies.PUBLIC,
        *policies.HIDDEN,
        *policies.SIGN_IN,
        *policies.MEMBER,
        *policies.PARTNER,
        *policies.SIGNED,
    ]
    assert len(stated) == len(set(stated))
    assert set(scenario.routes()) - set(stated) == set()


def test_every_page_of_the_console_has_a_stated_policy() -> None:
    assert set(scenario.console_models()) - set(policies.CONSOLE) == set()


@pytest.mark.parametrize("name", sorted(policies.PUBLIC - {"token"}))
def test_a_public_page_needs_no_sign_in(name: str) -> None:
    answer = Client(raise_request_exception=False).get(address(name, {}))
    assert answer.status_code < 500
    assert answer.status_code not in (401, 403)
    assert "sign-in" not in answer.headers.get("Location", "")


@pytest.mark.parametrize("name", sorted(policies.HIDDEN))
@pytest.mark.parametrize("role", policies.ROLES)
def test_a_hidden_page_is_missing_for_every_role(name: str, role: str, stationer: Shop) -> None:
    assert scenario.browser(role, stationer.merchant).get(address(name, {})).status_code == 404


@pytest.mark.parametrize("name", sorted(policies.MEMBER))
def test_a_members_page_needs_a_sign_in(name: str, stationer: Shop) -> None:
    for caller in (Client(), Client(headers={"Authorization": f"Bearer {stationer.client.token}"})):
        for answer in (caller.get(address(name, {})), caller.post(address(name, {}))):
            assert answer.status_code in (302, 405)
            if answer.status_code == 302:
                assert "sign-in" in answer.headers["Location"]


@pytest.mark.parametrize("name", ["member_entry", "member_receipt"])
def test_a_member_sees_no_entry_of_another(name: str, stationer: Shop) -> None:
    alice = Client()
    alice.force_login(stationer.member, backend="django.contrib.auth.backends.ModelBackend")
    bob = scenario.browser("member", stationer.merchant)
    own = {"act_id": stationer.act}
    assert alice.get(address(name, own)).status_code in (200, 202)
    assert bob.get(address(name, own)).status_code == bob.get(address(name, {})).status_code == 404


@pytest.mark.parametrize("role", policies.ROLES)
def test_a_session_gives_no_access_to_the_partner_api(role: str, stationer: Shop) -> None:
    person = scenario.browser(role, stationer.merchant)
    for name in policies.PARTNER:
        answer = call(person, name, stationer.kwargs(), body_of(name, stationer))
        assert (name, answer.status_code) == (name, 401)


def test_an_anonymous_caller_has_no_access_to_the_partner_api(stationer: Shop) -> None:
    for name in policies.PARTNER:
        answer = call(Client(), name, stationer.kwargs(), body_of(name, stationer))
        assert (name, answer.status_code) == (name, 401)


def test_a_system_without_the_scope_is_refused(stationer: Shop) -> None:
    for name, (_, scope, _) in policies.PARTNER.items():
        others = tuple(each for each in partner_client.SCOPES if each != scope)
        narrow = PartnerClient(stationer.merchant, scopes=others)
        answer = call(narrow, name, stationer.kwargs(), body_of(name, stationer))
        assert (name, answer.status_code, answer.json()["code"]) == (name, 403, "scope_missing")


def objects() -> list[str]:
    """Calls with an id in their URL."""
    return [name for name in policies.PARTNER if "<" in scenario.routes()[name] and name not in policies.SHOWN_TO_ALL]


@pytest.mark.parametrize("name", objects())
def test_another_merchants_row_is_answered_like_a_missing_one(name: str, stationer: Shop, garage: Shop) -> None:
    body = body_of(name, stationer)
    other = call(stationer.client, name, garage.kwargs(), body)
    missing = call(stationer.client, name, {}, body)
    assert status_and_body(other) == status_and_body(missing)
    assert other.status_code in (403, 404)
    assert garage.secret not in other.content.decode()
    own = call(stationer.client, name, stationer.kwargs(), body)
    assert own.status_code in (200, 201, 202, 422)


def test_another_merchants_member_cannot_be_named_in_a_body(stationer: Shop, garage: Shop) -> None:
    other_member = str(garage.member.public_id)
    purchase = partner_client.purchase(garage.member)
    request = {"member_id": other_member, "act": "hold", "max_points": 1}
    hold = {
        "member_id": other_member,
        "purse": "base",
        "points": 1,
        "reference": "x",
        "authorisation": str(garage.authorisation.pk),
    }
    refused = [
        stationer.client.post("/purchases", purchase).status_code,
        stationer.client.post("/purchases/preview", purchase).status_code,
        stationer.client.post("/authorisations", request).status_code,
        stationer.client.post("/holds", hold).status_code,
    ]
    assert refused == [404, 404, 404, 403]
    batch = stationer.client.post("/purchases/batch", {"purchases": [purchase]}).json()
    assert batch["results"][0]["code"] == "member_not_found"


def page(label: str, what: str, key: Any = None) -> str:
    app, model = label.split(".")
    return reverse(f"admin:{app}_{model}_{what}", args=[] if key is None else [key])


@pytest.mark.parametrize("role", policies.ROLES)
def test_each_role_sees_its_own_shop_in_the_console_and_nothing_of_another(
    role: str, stationer: Shop, garage: Shop
) -> None:
    person = scenario.browser(role, stationer.merchant)
    for label, (viewers, adders) in policies.CONSOLE.items():
        listed = person.get(page(label, "changelist"))
        assert (label, listed.status_code == 200) == (label, role in viewers)
        assert (label, person.get(page(label, "add")).status_code == 200) == (label, role in adders)
        if role in policies.STAFF_ROLES:
            assert garage.secret not in listed.content.decode()
        own, other = scenario.row_of(label, stationer), scenario.row_of(label, garage)
        if own is None or role == "member":
            continue
        assert (label, person.get(page(label, "delete", own)).status_code) == (label, 403)
        shown = [person.get(page(label, "change", key)).status_code for key in (own, other, paths_missing(own))]
        if role in policies.STAFF_ROLES:
            assert (label, shown[0] == 200) == (label, role in viewers)
            assert (label, shown[1]) == (label, shown[2])
            assert shown[1] != 200
            histories = [person.get(page(label, "history", key)).status_code for key in (other, paths_missing(own))]
            assert (label, histories[0], histories[0] != 200) == (label, histories[1], True)
        elif role in viewers:
            assert (label, shown[:2]) == (label, [200, 200])


def paths_missing(key: Any) -> Any:
    return 2**62


@pytest.mark.parametrize("label", sorted(policies.CONSOLE))
def test_an_anonymous_caller_is_redirected_from_every_console_page(label: str, stationer: Shop) -> None:
    for caller in (Client(), Client(headers={"Authorization": f"Bearer {stationer.client.token}"})):
        for what in ("changelist", "add"):
            assert caller.get(page(label, what)).status_code == 302


def action(name: str, key: Any) -> str:
    return reverse(f"admin:{name}", args=[] if key is None else [key])


def post(caller: Client, name: str, key: Any, shop: Shop) -> tuple[int, str, int]:
    """POST the action with valid values of this shop, then roll back; returns status, redirect and rows written."""
    form = {field: typed.format(**shop.form_values()) for field, typed in policies.ACTIONS[name][1].items()}
    with transaction.atomic():
        before = rows_written()
        answer = caller.post(action(name, key), form)
        written = rows_written() - before
        transaction.set_rollback(True)
    return answer.status_code, answer.headers.get("Location", ""), written


def rows_written() -> int:
    """Rows written by this connection in all tables, as PostgreSQL counts them, including the open transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(n_tup_ins + n_tup_upd + n_tup_del)::bigint FROM pg_stat_xact_user_tables")
        return int(cursor.fetchone()[0])


def test_every_address_of_the_console_is_a_page_of_a_model_or_a_stated_action() -> None:
    pages = {f"{label.replace('.', '_')}_{one}" for label in policies.CONSOLE for one in policies.OF_EVERY_MODEL}
    assert set(scenario.console_routes()) == {*policies.ACTIONS, *pages, *policies.BESIDE_THE_MODELS}


@pytest.mark.parametrize("role", policies.ROLES)
def test_each_action_exists_for_its_roles_in_their_own_shop_alone(role: str, stationer: Shop, garage: Shop) -> None:
    """GET shows the page with the button, POST runs the action."""
    person = scenario.browser(role, stationer.merchant)
    refused = 302 if role == "member" else 403
    for name, (doers, _) in policies.ACTIONS.items():
        own, other = scenario.acted_on(name, stationer), scenario.acted_on(name, garage)
        assert (name, person.get(action(name, own)).status_code) == (name, 200 if role in doers else refused)
        if role not in doers:
            status, _, written = post(person, name, own, stationer)
            assert (name, status, written) == (name, refused, 0)
        if role not in policies.STAFF_ROLES:
            continue
        pressed = post(person, name, other, garage)
        assert (name, pressed[2]) == (name, 0)
        if other is None:
            assert garage.secret not in person.post(action(name, None), {"typed": str(garage.member.public_id)}).text
            continue
        shown, missing = (person.get(action(name, key)) for key in (other, paths_missing(own)))
        assert (name, shown.status_code) == (name, missing.status_code)
        assert (name, *pressed) == (name, *post(person, name, paths_missing(own), garage))
        assert shown.status_code in (403, 404)


def test_an_anonymous_caller_is_redirected_from_every_action(stationer: Shop) -> None:
    for name in policies.ACTIONS:
        key = scenario.acted_on(name, stationer)
        for caller in (Client(), Client(headers={"Authorization": f"Bearer {stationer.client.token}"})):
            assert (name, caller.get(action(name, key)).status_code) == (name, 302)
            status, led_to, written = post(caller, name, key, stationer)
            assert (name, status, written) == (name, 302, 0)
            assert "/console/login/" in led_to


def test_an_owner_of_one_shop_who_reads_at_another_only_reads_there(stationer: Shop, garage: Shop) -> None:
    person = scenario.browser("read_only", garage.merchant)
    Staff.objects.create(merchant=stationer.merchant, user_id=person.session["_auth_user_id"], role="owner")
    for name, (doers, _) in policies.ACTIONS.items():
        key = scenario.acted_on(name, garage)
        if "read_only" not in doers:
            status, _, written = post(person, name, key, garage)
            assert (name, status in (403, 404) or key is None, written) == (name, True, 0)


def test_control_each_action_works_for_its_roles(stationer: Shop) -> None:
    owner, operator = (scenario.browser(role, stationer.merchant) for role in ("owner", "operator"))
    for name, (doers, _) in policies.ACTIONS.items():
        person = owner if "owner" in doers else operator
        status, _, written = post(person, name, scenario.acted_on(name, stationer), stationer)
        assert (name, status) == (name, 200 if name in policies.SHOWS_RESULT else 302)
        assert (name, written > 0) == (name, name not in policies.READS)


# --- row-level security, with the filters of the application removed ---


@pytest.fixture
def without_scoping(monkeypatch: pytest.MonkeyPatch) -> None:
    """Removes every filter by merchant and applies roles everywhere, as a careless change could."""
    original: Callable[..., Any] = QuerySet.filter

    def unscoped(self: Any, *args: Any, **kwargs: Any) -> Any:
        return original(self, *args, **{key: value for key, value in kwargs.items() if "merchant" not in key})

    monkeypatch.setattr(QuerySet, "filter", unscoped)
    monkeypatch.setattr(permissions.Permissions, "may", lambda self, permission, merchant_id=None: True)
    monkeypatch.setattr(permissions.Permissions, "merchants", lambda self, permission: None)


READ = [name for name in objects() if policies.PARTNER[name][0] == "get"]
# Models that only their merchant may read. Shops, stores, rules and labels are public in the mall, and so are
# published rewards and their prices: the first of each shop here is a draft.
SCOPED = (
    "merchants.staff",
    "merchants.staffinvitation",
    "merchants.membership",
    "merchants.partnercredential",
    "points.act",
    "points.lot",
    "points.hold",
    "points.adjustment",
    "redemption.reward",
    "redemption.rewardprice",
    "redemption.order",
    "redemption.voucher",
    "redemption.payment",
    "redemption.refund",
    "redemption.offset",
    "redemption.offer",
    "redemption.orderreturn",
)


@pytest.mark.parametrize("name", READ)
def test_without_filters_the_database_still_hides_other_merchants_from_a_system(
    name: str, stationer: Shop, garage: Shop, without_scoping: None
) -> None:
    other = call(stationer.client, name, garage.kwargs())
    assert other.status_code == 404
    assert garage.secret not in other.content.decode()
    assert call(stationer.client, name, stationer.kwargs()).status_code in (200, 202)


@pytest.mark.parametrize("label", SCOPED)
def test_without_filters_the_database_still_hides_other_merchants_from_staff(
    label: str, stationer: Shop, garage: Shop, request: pytest.FixtureRequest
) -> None:
    own, other = scenario.row_of(label, stationer), scenario.row_of(label, garage)
    owner = scenario.browser("owner", stationer.merchant)
    request.getfixturevalue("without_scoping")
    assert owner.get(page(label, "change", own)).status_code == 200
    assert owner.get(page(label, "change", other)).status_code != 200
    assert garage.secret not in owner.get(page(label, "changelist")).content.decode()


@pytest.mark.parametrize("label", ["points.act", "merchants.membership", "redemption.order", "redemption.payment"])
def test_control_without_row_level_security_the_console_leaks(
    label: str, stationer: Shop, garage: Shop, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = scenario.row_of(label, garage)
    owner = scenario.browser("owner", stationer.merchant)
    request.getfixturevalue("without_scoping")
    monkeypatch.setattr(rls, "restrict_to", lambda merchant_ids: None)
    assert owner.get(page(label, "change", other)).status_code == 200


def test_control_without_row_level_security_the_api_leaks(
    stationer: Shop, garage: Shop, without_scoping: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rls, "restrict_to", lambda merchant_ids: None)
    assert garage.secret in call(stationer.client, "statement", garage.kwargs()).content.decode()


def test_the_scope_does_not_stay_on_the_connection(stationer: Shop) -> None:
    assert stationer.client.get(f"/members/{stationer.member.public_id}").status_code == 200
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('hongmi.merchants', true)")
        assert cursor.fetchone() in (("",), (None,))
