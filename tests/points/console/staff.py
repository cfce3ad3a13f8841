"""Staff at the console and their view of its pages."""

import uuid
from typing import Any

from django.test import Client
from django.urls import reverse

from merchants.models import Merchant
from tests import factories


def staff(name: str, role: str, merchant: Merchant | None = None) -> Client:
    """Signed in: at a merchant in this role, or for the platform."""
    username, platform_role = f"{name}-{uuid.uuid4().hex[:8]}", "" if merchant else role
    person = factories.person(username=username, is_staff=True, platform_role=platform_role)
    if merchant:
        factories.staff(merchant, person, role)
    client = Client(headers={"accept-language": "en"})
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def read(client: Client, name: str, *args: Any) -> str:
    answer = client.get(reverse(f"admin:{name}", args=args))
    assert answer.status_code == 200, answer
    return answer.content.decode()
