"""WeChat Pay API v3 as a service provider (服务商模式): each merchant is a sub-merchant paid itself (SPEC D12).

PAYMENT_PROVIDERS["wechat"] and WECHAT_PAY configure it. Signatures are WECHATPAY2-SHA256-RSA2048 and resources
AEAD_AES_256_GCM, as pay.weixin.qq.com/doc/v3 describes them (签名生成, 签名验证, 证书和回调报文解密). `cryptography`
alone suffices, because a client library would be used for sixty lines.
"""

import base64
import binascii
import json
import secrets
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlencode

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from redemption.payments import Bill, ForgedNotice, Notice, NoticeKind, ProviderUnavailable, RefundOrder

NAME = "wechat"
SCHEME = "WECHATPAY2-SHA256-RSA2048"
FRESH_FOR = timedelta(minutes=5)
TIMEOUT_SECONDS = 5
NEVER = "1970-01-01T00:00:00+00:00"
PAID_STATES = frozenset({"SUCCESS", "REFUND"})


class WeChatPay:
    """settings.WECHAT_PAY: base_url, mchid, appid, serial_no, private_key (PEM), api_v3_key (32 bytes), notify_url and
    platform_keys {serial or public key id: PEM}."""

    def open(self, bill: Bill) -> str:
        answer = self._call(
            "POST",
            "/v3/pay/partner/transactions/native",
            {
                "sp_appid": self._settings["appid"],
                "sp_mchid": self._settings["mchid"],
                "sub_mchid": bill.payee_account,
                "description": bill.description[:127],
                "out_trade_no": bill.number,
                "time_expire": bill.pay_before.astimezone().isoformat(timespec="seconds"),
                "notify_url": self._settings["notify_url"],
                "amount": {"total": bill.amount_fen, "currency": "CNY"},
            },
        )
        return str(answer["code_url"])

    def close(self, *, number: str, payee_account: str) -> None:
        body = {"sp_mchid": self._settings["mchid"], "sub_mchid": payee_account}
        self._call("POST", f"/v3/pay/partner/transactions/out-trade-no/{quote(number)}/close", body)

    def find(self, *, number: str, payee_account: str) -> Notice | None:
        query = urlencode({"sp_mchid": self._settings["mchid"], "sub_mchid": payee_account})
        answer = self._call("GET", f"/v3/pay/partner/transactions/out-trade-no/{quote(number)}?{query}")
        return _paid(f"query-{number}", answer) if answer.get("trade_state") in PAID_STATES else None

    def refund(self, order: RefundOrder) -> bool:
        answer = self._call(
            "POST",
            "/v3/refund/domestic/refunds",
            {
                "sub_mchid": order.payee_account,
                "out_trade_no": order.number,
                "out_refund_no": order.refund_number,
                "reason": order.reason[:80],
                "amount": {"refund": order.amount_fen, "total": order.paid_fen, "currency": "CNY"},
            },
        )
        return answer.get("status") == "SUCCESS"

    def read_notice(self, *, headers: Mapping[str, str], body: bytes, moment: datetime) -> Notice:
        self._verify(headers, body, moment.timestamp())
        try:
            envelope = json.loads(body)
            resource = self._decrypted(envelope["resource"])
            event: str = envelope["event_type"]
            if event == "TRANSACTION.SUCCESS":
                return _paid(envelope["id"], resource)
            return _refunded(envelope["id"], resource, is_done=event == "REFUND.SUCCESS")
        except (KeyError, TypeError, ValueError, InvalidTag):
            # The signature is valid but the payload is not as documented, so nothing in it is trusted.
            raise ForgedNotice from None

    @property
    def _settings(self) -> dict[str, Any]:
        values: dict[str, Any] = settings.WECHAT_PAY
        return values

    @cached_property
    def _private_key(self) -> RSAPrivateKey:
        key = serialization.load_pem_private_key(self._settings["private_key"].encode(), password=None)
        assert isinstance(key, RSAPrivateKey)
        return key

    def _decrypted(self, resource: Mapping[str, str]) -> dict[str, Any]:
        if resource["algorithm"] != "AEAD_AES_256_GCM":
            raise ValueError(resource["algorithm"])
        plain = AESGCM(self._settings["api_v3_key"].encode()).decrypt(
            resource["nonce"].encode(),
            base64.b64decode(resource["ciphertext"]),
            resource.get("associated_data", "").encode(),
        )
        payload: dict[str, Any] = json.loads(plain)
        return payload

    def _verify(self, headers: Mapping[str, str], body: bytes, now: float) -> None:
        stamp, nonce = headers.get("wechatpay-timestamp", ""), headers.get("wechatpay-nonce", "")
        pem = self._settings["platform_keys"].get(headers.get("wechatpay-serial", ""))
        if pem is None or not stamp.isdecimal() or abs(now - int(stamp)) > FRESH_FOR.total_seconds():
            raise ForgedNotice
        key = serialization.load_pem_public_key(pem.encode())
        assert isinstance(key, RSAPublicKey)
        signed = b"\n".join([stamp.encode(), nonce.encode(), body, b""])
        try:
            signature = base64.b64decode(headers.get("wechatpay-signature", ""), validate=True)
            key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
        except (InvalidSignature, binascii.Error):
            raise ForgedNotice from None

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        sent = json.dumps(body, ensure_ascii=False).encode() if body is not None else b""
        request = urllib.request.Request(self._settings["base_url"] + path, data=sent or None, method=method)
        for name, value in self._signed_headers(method, path, sent).items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:
                received, headers = response.read(), {name.lower(): value for name, value in response.headers.items()}
            self._verify(headers, received, time.time())
            answer: dict[str, Any] = json.loads(received) if received else {}
        except (OSError, ValueError, ForgedNotice) as error:
            # The message may repeat the request, so only the type is passed on.
            raise ProviderUnavailable(type(error).__name__) from None
        return answer

    def _signed_headers(self, method: str, path: str, body: bytes) -> dict[str, str]:
        stamp, nonce = str(int(time.time())), secrets.token_hex(16)
        signed = b"\n".join([method.encode(), path.encode(), stamp.encode(), nonce.encode(), body, b""])
        signature = base64.b64encode(self._private_key.sign(signed, padding.PKCS1v15(), hashes.SHA256())).decode()
        facts = {
            "mchid": self._settings["mchid"],
            "nonce_str": nonce,
            "timestamp": stamp,
            "serial_no": self._settings["serial_no"],
            "signature": signature,
        }
        parameters = ",".join(f'{name}="{value}"' for name, value in facts.items())
        return {
            "Authorization": f"{SCHEME} {parameters}",
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": "hongmi",
        }


def _paid(event_id: str, payload: Mapping[str, Any]) -> Notice:
    if payload["amount"].get("currency", "CNY") != "CNY":
        raise ValueError("not yuan")
    is_paid = payload["trade_state"] in PAID_STATES
    return Notice(
        event_id=event_id,
        kind=NoticeKind.PAID if is_paid else NoticeKind.OTHER,
        number=payload["out_trade_no"],
        provider_number=payload["transaction_id"],
        payee_account=payload["sub_mchid"],
        amount_fen=_fen(payload["amount"]["total"]),
        at=datetime.fromisoformat(payload["success_time"]),
    )


def _refunded(event_id: str, payload: Mapping[str, Any], *, is_done: bool) -> Notice:
    return Notice(
        event_id=event_id,
        kind=NoticeKind.REFUNDED if is_done else NoticeKind.OTHER,
        number=payload["out_trade_no"],
        provider_number=payload["transaction_id"],
        payee_account=payload.get("sub_mchid", ""),
        amount_fen=_fen(payload["amount"]["refund"]),
        # Only a refund that succeeded has a time.
        at=datetime.fromisoformat(payload.get("success_time") or NEVER),
        refund_number=payload["out_refund_no"],
    )


def _fen(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(value)
    return value
