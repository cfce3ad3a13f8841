"""The SMS port: the sandbox that stores messages, and the real driver against a server of our own."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from notifications import sms
from notifications.models import SandboxSms

KEY = "throw-away-key"
CODE = sms.Sms(phone="+8613800138000", template="code", facts={"code": "274951", "minutes": "5"})


@pytest.mark.django_db
def test_the_sandbox_stores_the_text_sealed_and_returns_it() -> None:
    sms.send(CODE)
    text = sms.last_in_sandbox(CODE.phone)
    assert text == "【红米好物】验证码 274951，5 分钟内有效。请勿告诉任何人，我们的工作人员也不会向您索要。"
    stored = SandboxSms.objects.get()
    assert b"274951" not in bytes(stored.sealed)
    assert sms.last_in_sandbox("+8613800138001") is None


def test_a_text_is_in_the_readers_language() -> None:
    english = sms.Sms(CODE.phone, CODE.template, CODE.facts, language="en")
    assert sms.text_of(english).startswith("[Hongmi] Your code is 274951")


class Provider(BaseHTTPRequestHandler):
    """Answers like the provider, and stores the requests."""

    requests: list[tuple[dict[str, str], bytes]]
    code = "Ok"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).requests.append((dict(self.headers.items()), body))
        response = {"Response": {"SendStatusSet": [{"Code": type(self).code, "Message": "…"}], "RequestId": "1"}}
        answer = json.dumps(response).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:
        return


@pytest.fixture
def provider(settings: Any) -> Iterator[type[Provider]]:
    pytest.importorskip("tencentcloud.sms.v20210111", reason="the optional extra hongmi[tencent] is not installed")
    Provider.requests, Provider.code = [], "Ok"
    server = HTTPServer(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.SMS_DRIVER = "notifications.sms_tencent.Tencent"
    settings.TENCENT_SMS = {
        "secret_id": "id",
        "secret_key": KEY,
        "app_id": "1400000000",
        "signature": "红米好物",
        "region": "ap-guangzhou",
        "endpoint": f"http://127.0.0.1:{server.server_port}",
        "templates": {"code": {"id": "100001", "facts": ["code", "minutes"]}},
    }
    yield Provider
    server.shutdown()
    server.server_close()


def signature(headers: dict[str, str], body: bytes) -> str:
    """TC3-HMAC-SHA256 by the provider's manual, independent of its library."""
    moment = headers["X-TC-Timestamp"]
    scope = headers["Authorization"].split("Credential=id/")[1].split(",")[0]
    names = headers["Authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    lower = {name.lower(): value for name, value in headers.items()}
    signed = "".join(f"{name}:{lower[name].strip().lower()}\n" for name in names)
    request = f"POST\n/\n\n{signed}\n{';'.join(names)}\n{hashlib.sha256(body).hexdigest()}"
    text = f"TC3-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = b"TC3" + KEY.encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def test_the_real_driver_sends_the_registered_template_with_a_valid_signature(provider: type[Provider]) -> None:
    sms.send(CODE)
    ((headers, body),) = provider.requests
    request = json.loads(body)
    assert request["PhoneNumberSet"] == ["+8613800138000"]
    assert (request["TemplateId"], request["TemplateParamSet"]) == ("100001", ["274951", "5"])
    assert (request["SmsSdkAppId"], request["SignName"]) == ("1400000000", "红米好物")
    assert headers["X-TC-Action"] == "SendSms"
    assert headers["Authorization"].endswith(signature(headers, body))


def test_a_refusal_of_the_provider_has_its_code_and_no_number(provider: type[Provider]) -> None:
    provider.code = "LimitExceeded.PhoneNumberDailyLimit"
    with pytest.raises(sms.SmsNotSent) as refusal:
        sms.send(CODE)
    assert "LimitExceeded" in str(refusal.value)
    assert "138" not in str(refusal.value)


def test_a_provider_that_does_not_answer_raises_sms_not_sent(provider: type[Provider], settings: Any) -> None:
    settings.TENCENT_SMS["endpoint"] = "http://127.0.0.1:1"
    with pytest.raises(sms.SmsNotSent):
        sms.send(CODE)
