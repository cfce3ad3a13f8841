"""WeChat Pay with throw-away keys: notices are verified and decrypted, requests are signed."""

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from redemption.payments import ForgedNotice, NoticeKind, ProviderUnavailable
from redemption.payments.wechat import WeChatPay
from tests.redemption.shopping import MINUTE, NOON

API_KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def platform_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def wechat(settings: Any, platform_key: rsa.RSAPrivateKey) -> WeChatPay:
    public = platform_key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    private = platform_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    settings.WECHAT_PAY = {
        "base_url": "http://127.0.0.1:9",
        "mchid": "1900000001",
        "appid": "wx0",
        "serial_no": "OURS",
        "private_key": private.decode(),
        "api_v3_key": API_KEY,
        "notify_url": "https://hongmi.example/payments/wechat/notices",
        "platform_keys": {"PUB_KEY_ID_1": public.decode()},
    }
    return WeChatPay()


def transaction(**changes: Any) -> dict[str, Any]:
    return {
        "sp_mchid": "1900000001",
        "sub_mchid": "1900000109",
        "out_trade_no": "HM1",
        "transaction_id": "4200001",
        "trade_state": "SUCCESS",
        "success_time": "2026-11-22T12:00:30+08:00",
        "amount": {"total": 990, "payer_total": 990, "currency": "CNY"},
    } | changes


def envelope(
    payload: Mapping[str, Any],
    *,
    event: str = "TRANSACTION.SUCCESS",
    key: str = API_KEY,
    associated: str = "transaction",
) -> bytes:
    sealed = AESGCM(key.encode()).encrypt(b"fdasflkja484", json.dumps(payload).encode(), associated.encode())
    resource = {
        "algorithm": "AEAD_AES_256_GCM",
        "nonce": "fdasflkja484",
        "associated_data": "transaction",
        "ciphertext": base64.b64encode(sealed).decode(),
    }
    return json.dumps({"id": "EV-1", "event_type": event, "resource": resource}).encode()


def signed(key: rsa.RSAPrivateKey, body: bytes, *, at: datetime = NOON, serial: str = "PUB_KEY_ID_1") -> dict[str, str]:
    stamp = str(int(at.timestamp()))
    signature = key.sign(f"{stamp}\nnonce\n".encode() + body + b"\n", padding.PKCS1v15(), hashes.SHA256())
    return {
        "wechatpay-timestamp": stamp,
        "wechatpay-nonce": "nonce",
        "wechatpay-serial": serial,
        "wechatpay-signature": base64.b64encode(signature).decode(),
    }


def test_wechats_notice_is_verified_opened_and_read(wechat: WeChatPay, platform_key: rsa.RSAPrivateKey) -> None:
    body = envelope(transaction())
    notice = wechat.read_notice(headers=signed(platform_key, body), body=body, moment=NOON)
    assert (notice.kind, notice.number, notice.amount_fen, notice.payee_account, notice.provider_number) == (
        NoticeKind.PAID, "HM1", 990, "1900000109", "4200001",
    )  # fmt: skip
    assert notice.at == datetime.fromisoformat("2026-11-22T12:00:30+08:00")


def test_wechats_refund_notice_names_our_refund(wechat: WeChatPay, platform_key: rsa.RSAPrivateKey) -> None:
    payload = {
        "out_trade_no": "HM1",
        "transaction_id": "4200001",
        "out_refund_no": "HMR7",
        "success_time": "2026-11-22T12:00:30+08:00",
        "amount": {"total": 990, "refund": 490},
    }
    body = envelope(payload, event="REFUND.SUCCESS")
    notice = wechat.read_notice(headers=signed(platform_key, body), body=body, moment=NOON)
    assert (notice.kind, notice.refund_number, notice.amount_fen) == (NoticeKind.REFUNDED, "HMR7", 490)


@pytest.mark.parametrize("wrong", ["key", "body", "old", "future", "serial", "api key", "associated data", "currency"])
def test_wechats_forged_notice_is_refused(wechat: WeChatPay, platform_key: rsa.RSAPrivateKey, wrong: str) -> None:
    body = envelope(
        transaction(amount={"total": 990, "currency": "USD"}) if wrong == "currency" else transaction(),
        key="f" * 32 if wrong == "api key" else API_KEY,
        associated="other" if wrong == "associated data" else "transaction",
    )
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    at = NOON + {"old": -6, "future": 6}.get(wrong, 0) * MINUTE
    serial = "PUB_KEY_ID_2" if wrong == "serial" else "PUB_KEY_ID_1"
    headers = signed(other if wrong == "key" else platform_key, body, at=at, serial=serial)
    with pytest.raises(ForgedNotice):
        wechat.read_notice(headers=headers, body=body + b" " if wrong == "body" else body, moment=NOON)


def test_requests_to_wechat_sign_method_path_and_body(wechat: WeChatPay, platform_key: rsa.RSAPrivateKey) -> None:
    headers = wechat._signed_headers("POST", "/v3/refund/domestic/refunds", b"{}")
    scheme, parameters = headers["Authorization"].split(" ", 1)
    facts = dict(part.split("=", 1) for part in parameters.split(","))
    facts = {name: value.strip('"') for name, value in facts.items()}
    message = f"POST\n/v3/refund/domestic/refunds\n{facts['timestamp']}\n{facts['nonce_str']}\n{{}}\n".encode()
    signature = base64.b64decode(facts["signature"])
    platform_key.public_key().verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
    assert (scheme, facts["mchid"], facts["serial_no"]) == ("WECHATPAY2-SHA256-RSA2048", "1900000001", "OURS")


def test_a_wechat_that_does_not_answer_is_unavailable_and_not_an_error(wechat: WeChatPay) -> None:
    with pytest.raises(ProviderUnavailable):
        wechat.find(number="HM1", payee_account="1900000109")
