"""SMS through a port: a driver sends a registered template with its facts to a number.

settings.SMS_DRIVER names the driver. The sandbox stores messages, sealed, for the platform console and the tests;
production refuses it (hongmi.E020).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import structlog
from django.conf import settings
from django.template.loader import select_template
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hongmi.lib import field_crypto, named_objects
from hongmi.lib.errors import DomainError
from hongmi.lib.metrics import shared
from notifications.models import SandboxSms

SANDBOX_INDEX = "sandbox sms"
logger = structlog.get_logger(__name__)
SMS = shared.counter("hongmi_sms_total")


class SmsNotSent(DomainError):
    """The provider did not accept the SMS. The error never holds the number or the text."""

    code = "sms_not_sent"
    sentence = _("The SMS could not be sent. Please try again in a minute.")


@dataclass(frozen=True, repr=False)
class Sms:
    """One SMS. `template` is the name under which the text is registered with the provider."""

    phone: str
    template: str
    facts: Mapping[str, str]
    language: str = "zh-hans"


class SmsDriver(Protocol):
    def send(self, sms: Sms) -> None:
        """Pass the SMS to the provider within 5 seconds. Raises SmsNotSent."""


class Sandbox:
    """Sends nothing; stores the SMS for the platform console."""

    def send(self, sms: Sms) -> None:
        content = {"phone": sms.phone, "text": text_of(sms)}
        ring = field_crypto.ring()
        SandboxSms.objects.create(
            template=sms.template,
            phone_index=ring.index(sms.phone, purpose=SANDBOX_INDEX),
            sealed=ring.seal(json.dumps(content).encode(), context=SANDBOX_INDEX.encode()),
            sent_at=timezone.now(),
        )


def send(sms: Sms) -> None:
    """Raises SmsNotSent. Call it outside a transaction, because a sent SMS cannot be rolled back."""
    driver: SmsDriver = named_objects.attribute(settings.SMS_DRIVER)()
    try:
        driver.send(sms)
    except SmsNotSent as failure:
        # The provider's code only: the log never holds a number or a text.
        logger.error(failure.code, template=sms.template, **failure.facts)
        SMS.add(template=sms.template, result="failed")
        raise
    SMS.add(template=sms.template, result="sent")


def text_of(sms: Sms) -> str:
    """The text as the reader gets it, as registered with the provider."""
    names = [f"notifications/sms/{sms.template}.{sms.language}.txt", f"notifications/sms/{sms.template}.txt"]
    text: str = select_template(names).render(dict(sms.facts))
    return text.strip()


def read_sandbox(message: SandboxSms) -> tuple[str, str]:
    """(phone, text) of a message that the sandbox stored."""
    plain = field_crypto.ring().open(bytes(message.sealed), context=SANDBOX_INDEX.encode())
    content = json.loads(plain)
    return content["phone"], content["text"]


def last_in_sandbox(phone: str) -> str | None:
    """The text last sent to this number."""
    indexes = field_crypto.ring().indexes(phone, purpose=SANDBOX_INDEX)
    message = SandboxSms.objects.filter(phone_index__in=indexes).order_by("-id").first()
    return read_sandbox(message)[1] if message else None
