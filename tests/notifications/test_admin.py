"""The console shows undelivered messages to holders of the permission, and nobody can change them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from notifications import outbox
from notifications.models import Delivery

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LIST = "/console/notifications/delivery/"


@pytest.fixture
def parked() -> Delivery:
    return Delivery.objects.create(
        message_id=1, consumer="points.tasks.notify_members", topic="points.accrued", payload={"act": 1},
        published_at=NOW, due_at=NOW, parked_at=NOW, attempts=outbox.MAX_ATTEMPTS, last_error="ValueError: ink ran out",
    )  # fmt: skip


def console(*permissions: str) -> Client:
    """The console as a member of staff with these permissions sees it."""
    staff = User.objects.create_user(username="alice", is_staff=True)
    staff.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_an_operator_sees_what_is_parked_and_why(parked: Delivery) -> None:
    page = console("view_delivery").get(LIST).content.decode()
    assert "ValueError: ink ran out" in page


def test_staff_without_permission_see_nothing(parked: Delivery) -> None:
    assert console().get(LIST).status_code == 403


@pytest.mark.parametrize("action", ["add/", "{id}/delete/"])
def test_nobody_adds_or_deletes(parked: Delivery, action: str) -> None:
    everything = ("view_delivery", "add_delivery", "change_delivery", "delete_delivery")
    assert console(*everything).get(LIST + action.format(id=parked.id)).status_code == 403


def send_again(client: Client, delivery: Delivery) -> None:
    client.post(LIST, {"action": "send_again", "_selected_action": [delivery.id]})
    delivery.refresh_from_db()


def test_an_operator_sends_a_parked_delivery_again(parked: Delivery) -> None:
    send_again(console("view_delivery", "change_delivery"), parked)
    assert (parked.parked_at, parked.attempts) == (None, 0)


def test_view_permission_alone_cannot_send_again(parked: Delivery) -> None:
    send_again(console("view_delivery"), parked)
    assert parked.parked_at == NOW


def test_prometheus_reads_the_backlog(parked: Delivery, settings: Any, publish: Callable[..., int]) -> None:
    settings.METRICS_TOKEN = "secret"
    publish("points.accrued", act=1)
    page = Client().get("/metrics", headers={"Authorization": "Bearer secret"}).content.decode()
    numbers = dict(line.split() for line in page.splitlines() if line.startswith("hongmi_outbox_"))
    assert float(numbers["hongmi_outbox_parked"]) >= 1
    assert float(numbers["hongmi_outbox_waiting"]) >= 1
    assert float(numbers["hongmi_outbox_oldest_seconds"]) >= 0
