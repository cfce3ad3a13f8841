"""Authentication of partner systems: Alice runs the Stationer's, Bob the Garage's."""

import base64
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import redis
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import include, path
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oauth2_provider.models import get_access_token_model
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from merchants import auth, credentials, partner_tokens
from merchants.models import Merchant, MerchantCategory, MerchantStatus, PartnerCredential
from merchants.scopes import SCOPES
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


class WhoAmI(APIView):
    required_scopes = {"GET": "wallets:read", "POST": "purchases:write"}  # noqa: RUF012

    def get(self, request: Request) -> Response:
        return Response({"merchant_id": str(request.auth.merchant_id)})

    def post(self, request: Request) -> Response:
        return Response({"merchant_id": str(request.auth.merchant_id)})


class WithoutScope(APIView):
    """Declares no scope."""

    schema = None

    def get(self, request: Request) -> Response:
        return Response({})


urlpatterns = [
    path("api/v1/me", WhoAmI.as_view()),
    path("api/v1/without-scope", WithoutScope.as_view()),
    path("", include("hongmi.urls")),
]


@pytest.fixture(autouse=True)
def clean_cache() -> None:
    cache.clear()


@pytest.fixture(autouse=True)
def generous_limits(settings: Any) -> None:
    settings.API_RATES = {**settings.API_RATES, "token": "1000000/minute"}


@pytest.fixture
def stationer() -> Merchant:
    return factories.merchant(code="STATIONER", name="文具店")


@pytest.fixture
def garage() -> Merchant:
    return factories.merchant(code="GARAGE", name="4S店", category=MerchantCategory.AUTOMOTIVE)


@pytest.fixture
def alice(stationer: Merchant) -> tuple[PartnerCredential, str]:
    return credentials.issue(merchant_id=stationer.pk, name="Alice's partner")


@pytest.fixture
def bob(garage: Merchant) -> tuple[PartnerCredential, str]:
    return credentials.issue(merchant_id=garage.pk, name="Bob's partner", scopes=["wallets:read"])


@pytest.fixture
def caller() -> Client:
    return Client(headers={"accept-language": "en"})


def request_token(caller: Client, key: tuple[PartnerCredential, str], **more: str) -> Any:
    body = {"grant_type": "client_credentials", "client_id": key[0].client_id, "client_secret": key[1], **more}
    return caller.post("/oauth/token", urlencode(body), content_type="application/x-www-form-urlencoded")


def token_of(caller: Client, key: tuple[PartnerCredential, str], **more: str) -> str:
    answer = request_token(caller, key, **more)
    assert answer.status_code == 200, answer.content
    return str(answer.json()["access_token"])


def me(caller: Client, token: str, method: str = "get") -> Any:
    return getattr(caller, method)("/api/v1/me", headers={"authorization": f"Bearer {token}"})


def test_a_token_identifies_the_merchant_of_its_credential(caller: Client, alice: Any, bob: Any) -> None:
    for key in (alice, bob):
        token = token_of(caller, key)
        for _ in range(2):  # from the database, then from the cache
            assert me(caller, token).json() == {"merchant_id": str(key[0].merchant_id)}


def test_the_answer_is_a_bearer_token_with_its_scopes_and_an_hour_to_live(caller: Client, bob: Any) -> None:
    answer = request_token(caller, bob).json()
    assert (answer["token_type"], answer["expires_in"], answer["scope"]) == ("Bearer", 3600, "wallets:read")
    assert "refresh_token" not in answer


def test_id_and_secret_may_come_as_basic_authorisation(caller: Client, alice: Any) -> None:
    pair = base64.b64encode(f"{alice[0].client_id}:{alice[1]}".encode()).decode()
    answer = caller.post(
        "/oauth/token",
        "grant_type=client_credentials",
        content_type="application/x-www-form-urlencoded",
        headers={"authorization": f"Basic {pair}"},
    )
    assert answer.status_code == 200


def test_no_secret_is_stored_in_clear(caller: Client, alice: Any) -> None:
    token = token_of(caller, alice)
    stored = get_access_token_model().objects.values().get()
    assert token not in str(stored)
    alice[0].refresh_from_db()
    assert alice[1] not in str(PartnerCredential.objects.values().get(pk=alice[0].pk))
    assert alice[0].client_secret.startswith("pbkdf2_sha256_random$")


def test_a_wrong_secret_or_an_unknown_client_gets_no_token(caller: Client, alice: Any, bob: Any) -> None:
    for key in ((alice[0], "wrong"), (alice[0], bob[1]), (PartnerCredential(client_id="nobody"), alice[1])):
        answer = request_token(caller, key)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("grant", ["password", "authorization_code", "refresh_token", "implicit", ""])
def test_other_grants_are_refused(caller: Client, alice: Any, grant: str) -> None:
    assert request_token(caller, alice, grant_type=grant, username="a", password="b", code="c").status_code == 400


def test_secrets_in_the_url_are_refused(caller: Client, alice: Any) -> None:
    body = {"grant_type": "client_credentials", "client_id": alice[0].client_id, "client_secret": alice[1]}
    answer = caller.post(f"/oauth/token?{urlencode(body)}", urlencode(body), "application/x-www-form-urlencoded")
    assert answer.status_code == 400
    token = token_of(caller, alice)
    assert caller.get(f"/api/v1/me?access_token={token}").status_code == 401


def test_a_credential_gets_no_scope_it_was_not_given(caller: Client, bob: Any) -> None:
    answer = request_token(caller, bob, scope="purchases:write")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")
    answer = me(caller, token_of(caller, bob), "post")
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert "purchases:write" in answer.json()["detail"]


def test_a_token_may_be_narrower_than_its_credential(caller: Client, alice: Any) -> None:
    token = token_of(caller, alice, scope="wallets:read")
    assert me(caller, token).status_code == 200
    assert me(caller, token, "post").status_code == 403


@pytest.mark.parametrize("header", [None, "", "Basic YTpi", "bearer", "Bearer", "Token abc"])
def test_without_a_token_it_is_401_with_a_challenge(caller: Client, header: str | None) -> None:
    answer = caller.get("/api/v1/me", headers={} if header is None else {"authorization": header})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("token", ["unknown", "a b", "\x00", "ÿ", "x" * 10_000])
def test_a_made_up_token_is_401(caller: Client, token: str) -> None:
    answer = caller.get("/api/v1/me", headers={"authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")


def test_an_expired_token_is_refused_even_from_the_cache(caller: Client, alice: Any) -> None:
    token = token_of(caller, alice).encode()
    moment = datetime.now(UTC)
    assert auth.partner_of(token, caller="ip:alice", moment=moment).merchant_id == alice[0].merchant_id
    with pytest.raises(auth.AuthenticationFailed):
        auth.partner_of(token, caller="ip:alice", moment=moment + timedelta(hours=1, seconds=1))


def test_revoking_works_from_the_next_request_on(
    caller: Client, alice: Any, bob: Any, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    token, other = token_of(caller, alice), token_of(caller, bob)
    assert me(caller, token).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        credentials.revoke(alice[0], moment=datetime.now(UTC))
    assert me(caller, token).status_code == 401
    assert request_token(caller, alice).status_code == 401
    assert me(caller, other).status_code == 200


def test_a_request_that_read_the_state_before_a_suspension_does_not_cache_it_after(
    caller: Client, alice: Any, stationer: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, load = token_of(caller, alice), auth._load

    def late(checksum: str, moment: datetime) -> partner_tokens.Partner:
        partner = load(checksum, moment)
        Merchant.objects.filter(pk=stationer.pk).update(status=MerchantStatus.SUSPENDED)
        partner_tokens.forget_all()
        return partner

    monkeypatch.setattr(auth, "_load", late)
    assert me(caller, token).status_code == 200
    monkeypatch.undo()
    assert me(caller, token).json()["code"] == "merchant_not_active"


def test_a_token_issued_while_its_credential_was_revoked_is_refused(caller: Client, alice: Any) -> None:
    token = token_of(caller, alice)
    PartnerCredential.objects.filter(pk=alice[0].pk).update(revoked_at=datetime.now(UTC))
    assert me(caller, token).status_code == 401


def test_a_lost_invalidation_is_repaired_within_half_a_minute() -> None:
    assert partner_tokens.CACHE_SECONDS <= 30


@pytest.mark.parametrize("status", [status for status in MerchantStatus if status not in auth.STATUSES_WITH_ACCESS])
def test_an_inactive_merchant_has_no_access(caller: Client, status: MerchantStatus) -> None:
    shop = Merchant.objects.create(code="QUIET", name="文具店", category=MerchantCategory.STATIONERY, status=status)
    answer = me(caller, token_of(caller, credentials.issue(merchant_id=shop.pk, name="partner")))
    assert (answer.status_code, answer.json()["code"]) == (403, "merchant_not_active")


def test_an_exiting_merchant_still_takes_returns(caller: Client, alice: Any, stationer: Merchant) -> None:
    stationer.status = MerchantStatus.EXITING
    stationer.save()
    assert me(caller, token_of(caller, alice), "post").status_code == 200


def test_without_redis_the_database_answers(caller: Client, alice: Any, settings: Any) -> None:
    token = token_of(caller, alice)
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1"}
    }
    assert me(caller, token).status_code == 200


def test_a_view_without_scopes_refuses_everybody(caller: Client, alice: Any) -> None:
    token = token_of(caller, alice)
    with pytest.raises(ImproperlyConfigured):
        caller.get("/api/v1/without-scope", headers={"authorization": f"Bearer {token}"})


def test_an_unknown_method_is_405_and_not_a_missing_scope(caller: Client, alice: Any) -> None:
    assert me(caller, token_of(caller, alice), "delete").status_code == 405


def test_an_unknown_scope_is_never_given(stationer: Merchant) -> None:
    with pytest.raises(credentials.UnknownScope, match="points:print"):
        credentials.issue(merchant_id=stationer.pk, name="x", scopes=["points:print"])
    credential, _secret = credentials.issue(merchant_id=stationer.pk, name="x")
    assert credential.scopes == list(SCOPES)


@pytest.mark.parametrize(
    ("column", "value"),
    [("authorization_grant_type", "password"), ("client_type", "public"), ("hash_client_secret", False)],
)
def test_the_database_keeps_credentials_to_machines_with_hashed_secrets(alice: Any, column: str, value: Any) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        PartnerCredential.objects.filter(pk=alice[0].pk).update(**{column: value})


def test_too_many_token_requests_are_refused(caller: Client, alice: Any, settings: Any) -> None:
    settings.API_RATES = {**settings.API_RATES, "token": "2/hour"}
    caller = Client(REMOTE_ADDR=f"198.51.100.7:{alice[0].client_id}")
    answers = [request_token(caller, alice) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[-1].headers["Retry-After"]) > 3000


def elsewhere(**headers: str) -> Client:
    """A client with an address of its own."""
    return Client(REMOTE_ADDR=f"198.51.100.7:{secrets.token_hex(8)}", headers=headers)


def test_partners_behind_one_proxy_do_not_spend_each_others_window(alice: Any, bob: Any, settings: Any) -> None:
    settings.API_RATES = {**settings.API_RATES, "token": "1/hour"}
    settings.TRUSTED_PROXIES = 1
    noted = [f"2001:db8:{secrets.token_hex(2)}:{number}::1" for number in (1, 2)]
    first, second = (Client(REMOTE_ADDR="192.0.2.9", headers={"x-forwarded-for": one}) for one in noted)
    answers = [request_token(client, key) for client, key in [(first, alice), (second, bob)] * 2]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]


def test_refused_calls_are_counted_by_address(alice: Any, bob: Any, settings: Any) -> None:
    settings.API_RATES = {**settings.API_RATES, "refused": "3/hour"}
    caller = elsewhere()
    poor, good = token_of(caller, bob), token_of(caller, alice)
    answers = [me(caller, "unknown"), caller.get("/api/v1/me"), me(caller, poor, "post")]
    answers += [me(caller, "unknown"), caller.get("/api/v1/me"), me(caller, poor, "post")]
    assert [answer.status_code for answer in answers] == [401, 401, 403, 429, 429, 429]
    assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0", "0", "0"]
    assert {answer.headers["RateLimit-Limit"] for answer in answers} == {"3"}
    assert all(int(answer.headers["Retry-After"]) > 3000 for answer in answers[3:])
    assert {answer.json()["code"] for answer in answers[3:]} == {"throttled"}
    # The partner behind the same address has access, even with an uncached token; so have other addresses.
    assert me(caller, good).status_code == 200
    assert me(elsewhere(), "unknown").status_code == 401


def test_unknown_tokens_are_looked_up_until_the_address_has_had_enough(
    alice: Any, settings: Any, django_assert_num_queries: Any, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    settings.API_RATES = {**settings.API_RATES, "refused": "2/hour"}
    caller = elsewhere()
    revoked = token_of(caller, alice)
    with django_capture_on_commit_callbacks(execute=True):
        credentials.revoke(alice[0], moment=datetime.now(UTC))
    with django_assert_num_queries(2):
        assert [me(caller, token).status_code for token in ("unknown", revoked)] == [401, 401]
    with django_assert_num_queries(0):
        assert {me(caller, token).status_code for token in ("a", "b", revoked)} == {429}


def test_a_good_call_queries_redis_only_for_its_token_and_its_limit(
    caller: Client, alice: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, commands, execute = token_of(caller, alice), list[str](), redis.Redis.execute_command

    def recorded(client: Any, *arguments: Any, **more: Any) -> Any:
        commands.append(arguments[0])
        return execute(client, *arguments, **more)

    monkeypatch.setattr(redis.Redis, "execute_command", recorded)
    assert me(caller, token).status_code == 200
    first, commands[:] = list(commands), []
    assert me(caller, token).status_code == 200
    assert (first, commands) == (["MGET", "SET", "EVALSHA", "EVALSHA"], ["MGET", "EVALSHA", "EVALSHA"])


@pytest.mark.parametrize("client_id", ["\x00", "a\x00b", "\ud800", "红米", "x" * 300])
def test_an_impossible_client_id_is_an_unknown_one(caller: Client, alice: Any, client_id: str) -> None:
    body = urlencode({"grant_type": "client_credentials", "client_id": client_id}, errors="surrogatepass")
    basic = base64.b64encode(f"{client_id}:x".encode("utf-8", "surrogatepass")).decode()
    for form, headers in ((body, {}), ("grant_type=client_credentials", {"authorization": f"Basic {basic}"})):
        answer = caller.post("/oauth/token", form, "application/x-www-form-urlencoded", headers=headers)
        assert answer.status_code in (400, 401)


def test_it_refuses_a_nul_in_a_parameter_the_library_would_keep(caller: Client, alice: Any) -> None:
    form = {"client_id": alice[0].client_id, "client_secret": alice[1], "grant_type": "client_credentials"}
    answer = caller.post("/oauth/token", {**form, "resource": "http://a\x00"})
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request"})


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["grant_type", "client_id", "client_secret", "scope", "resource", "x"]),
        st.sampled_from(["client_credentials", "\x00", "\ud800", "http://a\x00"]) | st.text(max_size=20),
    ),
    st.none() | st.binary(max_size=40),
)
def test_random_token_requests_never_cause_a_server_error(
    caller: Client, alice: Any, form: dict[str, str], basic: bytes | None
) -> None:
    form = {"client_id": alice[0].client_id, "client_secret": alice[1], "grant_type": "client_credentials", **form}
    headers = {} if basic is None else {"authorization": "Basic " + base64.b64encode(basic).decode()}
    body = urlencode(form, errors="surrogatepass")
    answer = caller.post("/oauth/token", body, "application/x-www-form-urlencoded", headers=headers)
    assert answer.status_code in (200, 400, 401)


def test_the_description_names_scopes_keys_and_problems(caller: Client) -> None:
    document = caller.get("/api/schema.json").json()
    operation = document["paths"]["/api/v1/me"]["post"]
    assert operation["security"] == [{"partner": ["purchases:write"]}]
    assert [parameter["name"] for parameter in operation["parameters"]] == ["Idempotency-Key"]
    assert "application/problem+json" in operation["responses"]["422"]["content"]
    assert "parameters" not in document["paths"]["/api/v1/me"]["get"]
    flows = document["components"]["securitySchemes"]["partner"]["flows"]
    assert flows["clientCredentials"]["tokenUrl"] == "/oauth/token"
    assert "idempotency_key_missing" in document["info"]["description"]
