"""Consents, closing of accounts, erasure of identities, and purging."""

from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import data_subjects, tombstones
from accounts.models import Challenge, Closure, Consent, ConsentChannel, ConsentPurpose, User, WrappedKey
from hongmi.lib.errors import DomainError
from notifications import outbox


class MayNotClose(DomainError):
    """Accounts of staff and merged accounts cannot be closed by their owner."""

    code = "may_not_close"
    sentence = _("This account cannot be closed here. Please ask our support.")


def set_consent(
    *,
    person: User,
    purpose: ConsentPurpose,
    is_given: bool,
    moment: datetime,
    channel: ConsentChannel = ConsentChannel.ANY,
    given_by: User | None = None,
) -> Consent:
    """Record an answer to the current text; earlier answers stay unchanged."""
    return Consent.objects.create(
        person=person,
        purpose=purpose,
        channel=channel,
        is_given=is_given,
        text_version=settings.TERMS_VERSION,
        given_by=given_by or person,
        answered_at=moment,
    )


def record_agreement(*, person: User, purpose: ConsentPurpose, moment: datetime) -> None:
    """Record that the person agreed at sign-in, once per version of the text."""
    known = Consent.objects.filter(
        person=person, purpose=purpose, is_given=True, text_version=settings.TERMS_VERSION
    ).exists()
    if not known:
        set_consent(person=person, purpose=purpose, is_given=True, moment=moment)


def request_closure(*, person: User, moment: datetime) -> Closure:
    """Close the account after the cooling-off period; every session ends now. A repeated request returns the first
    one. Raises MayNotClose."""
    if person.is_staff or person.is_superuser or person.merged_into_id is not None:
        raise MayNotClose
    with transaction.atomic():
        User.objects.select_for_update().get(pk=person.pk)
        closure = Closure.objects.filter(person=person, cancelled_at=None, erased_at=None).first()
        if closure is None:
            due_at = moment + timedelta(days=settings.CLOSING_COOLING_OFF_DAYS)
            closure = Closure.objects.create(person=person, requested_at=moment, due_at=due_at)
    end_sessions(person=person)
    return closure


def withdraw_closure(*, person: User, moment: datetime) -> bool:
    """Cancel an open closure, because the person signed in. Returns whether there was one."""
    return bool(Closure.objects.filter(person=person, cancelled_at=None, erased_at=None).update(cancelled_at=moment))


def erase_due(*, moment: datetime, limit: int = 200) -> int:
    """Erase people whose cooling-off period has ended; returns their number."""
    due = Closure.objects.filter(cancelled_at=None, erased_at=None, due_at__lte=moment).order_by("due_at")
    closures = list(due.values_list("pk", flat=True)[:limit])
    return sum(_erase_closed(closure_id, moment) for closure_id in closures)


def _erase_closed(closure_id: int, moment: datetime) -> bool:
    with transaction.atomic():
        closure = (
            Closure.objects.select_for_update(skip_locked=True)
            .filter(pk=closure_id, cancelled_at=None, erased_at=None)
            .first()
        )
        if closure is None:
            return False
        erase(person=User.objects.select_for_update().get(pk=closure.person_id), moment=moment)
        Closure.objects.filter(pk=closure_id).update(erased_at=moment)
    return True


def erase(*, person: User, moment: datetime) -> None:
    """Erase the identity and keep the entries: destroy the data key, and let every app erase its personal data.

    Benefits given once per person are first stored under the marks of their numbers (SPEC R05).
    """
    with transaction.atomic():
        # Accounts merged into this one belong to the same person.
        for merged in User.objects.filter(merged_into=person, erased_at=None).order_by("pk"):
            erase(person=merged, moment=moment)
        tombstones.remember(person=person, facts=data_subjects.used_up(person))
        data_subjects.erase(person, moment)
        WrappedKey.objects.filter(person=person).delete()
        User.objects.filter(pk=person.pk).update(
            identity=None,
            phone_index=None,
            name_index=None,
            birth_month_day=None,
            username=None,
            password=make_password(None),
            is_active=False,
            erased_at=moment,
        )
        outbox.publish(topic="accounts.erased", payload={"member": person.pk})
    end_sessions(person=person)


def end_sessions(*, person: User, but: str | None = None) -> None:
    """Sign the person out on every device, except that of the session with the key `but`."""
    for session in UserSession.objects.filter(user=person).exclude(session_key=but or ""):
        session.end()


def purge_sessions(*, moment: datetime) -> int:
    """Delete sessions that have expired, and what is known about their browsers; returns how many had expired."""
    deleted, _ = Session.objects.filter(expire_date__lt=moment).delete()
    # A minute, because a sign-in writes its browser's row before its session.
    UserSession.objects.filter(created_at__lt=moment - timedelta(minutes=1)).exclude(
        session_key__in=Session.objects.values("session_key")
    ).delete()
    return deleted


def purge(*, moment: datetime) -> int:
    """Delete codes expired for a day, and erase people of `data_subjects.unneeded`; returns the number erased."""
    Challenge.objects.filter(expires_at__lt=moment - timedelta(days=1)).delete()
    erased = 0
    for person in data_subjects.unneeded(moment):
        erase(person=person, moment=moment)
        erased += 1
    return erased
