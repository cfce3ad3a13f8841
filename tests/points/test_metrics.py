"""The metrics of the seal, the audit, SMS and tasks."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from hongmi.lib.metrics import shared
from notifications import sms
from points.models import AuditRun
from points.transparency import publication
from tests import factories
from tests.points import cast
from tests.points.transparency import sealing


@pytest.fixture(autouse=True)
def token(settings: Any) -> None:
    settings.METRICS_TOKEN = "secret"


def scraped() -> dict[str, float]:
    page = Client().get("/metrics", headers={"Authorization": "Bearer secret"}).content.decode()
    lines = [line.rpartition(" ") for line in page.splitlines() if line.startswith("hongmi_")]
    return {name: float(value) for name, _, value in lines}


def test_acts_that_wait_for_the_seal_are_counted_with_their_age(own_db: str) -> None:
    sealing.seal_all()
    shop = factories.merchant()
    cast.buy(shop, factories.member("Alice", shop), cast.award(5))
    before = scraped()
    assert before["hongmi_seal_waiting"] >= 1
    assert 0 <= before["hongmi_seal_oldest_seconds"] < 3600
    sealing.seal_all()
    assert scraped()["hongmi_seal_waiting"] == 0


def test_published_heads_that_the_table_lacks_raise_the_gauge_until_they_agree(
    own_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealing.seal_all()
    assert scraped()["hongmi_heads_disagree"] == 0
    assert abs(scraped()["hongmi_heads_published_seconds"] - timezone.now().timestamp()) < 60

    def disagree() -> int:
        raise publication.HeadsDisagree

    with monkeypatch.context() as patched:
        patched.setattr(publication, "publish", disagree)
        with pytest.raises(publication.HeadsDisagree):
            sealing.seal_all()
    assert scraped()["hongmi_heads_disagree"] == 1
    sealing.seal_all()
    assert scraped()["hongmi_heads_disagree"] == 0


class Refusing:
    def send(self, message: sms.Sms) -> None:
        raise sms.SmsNotSent({"provider_code": "LimitExceeded"})


@pytest.mark.django_db
def test_an_sms_that_was_not_sent_is_counted_and_logged_without_the_number(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    name = 'hongmi_sms_total{result="failed",template="code"}'
    before = scraped().get(name, 0)
    settings.SMS_DRIVER = f"{__name__}.Refusing"
    with pytest.raises(sms.SmsNotSent):
        sms.send(sms.Sms(phone="+8613800138000", template="code", facts={"code": "123456", "minutes": "5"}))
    assert scraped()[name] == before + 1
    [line] = [record.msg for record in caplog.records if record.name == "notifications.sms"]
    assert isinstance(line, dict)
    assert (line["event"], line["template"], line["provider_code"]) == ("sms_not_sent", "code", "LimitExceeded")
    assert "13800138000" not in caplog.text
    assert "123456" not in caplog.text


@pytest.mark.django_db
def test_without_redis_a_metric_is_lost_and_the_page_still_answers(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    shared.gauge("hongmi_sample").set(1)
    assert "hongmi_sample" not in scraped()
    assert "hongmi_seal_waiting" in scraped()


@pytest.mark.django_db
def test_prometheus_reads_the_last_audit_whichever_process_ran_it() -> None:
    finding = {"milliseconds": 1, "examples": []}
    for broken in (3, 1):
        laws = {f"law {number}": finding | {"count": int(number < broken)} for number in range(5)}
        AuditRun.objects.create(started_at=timezone.now(), is_ok=False, findings=laws)
    numbers = scraped()
    assert numbers["hongmi_audit_broken_laws"] == 1
    assert abs(numbers["hongmi_audit_finished_seconds"] - timezone.now().timestamp()) < 60
