"""Consent, closing an account, and erasing whom it belonged to."""

from datetime import datetime, timedelta
from typing import ClassVar

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts import data_subjects, tombstones
from accounts.models import Challenge, Closure, Consent, ConsentChannel, ConsentPurpose, User, WrappedKey
from notifications import outbox


class MayNotClose(Exception):
    """Staff and merged accounts are ended by who appointed or merged them."""

    code: ClassVar[str] = "may_not_close"


def set_consent(
    *,
    person: User,
    purpose: ConsentPurpose,
    is_given: bool,
    moment: datetime,
    channel: ConsentChannel = ConsentChannel.ANY,
    given_by: User | None = None,
) -> Consent:
    """Write down an answer to the text of today; what was answered before stays as it was."""
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
    """The person agreed at the door; written down once per version of the text."""
    known = Consent.objects.filter(
        person=person, purpose=purpose, is_given=True, text_version=settings.TERMS_VERSION
    ).exists()
    if not known:
        set_consent(person=person, purpose=purpose, is_given=True, moment=moment)


def request_closure(*, person: User, moment: datetime) -> Closure:
    """Close after the cooling-off; every session ends now. A second wish is the first. Raises MayNotClose."""
    if person.is_staff or person.is_superuser or person.merged_into_id is not None:
        raise MayNotClose
    with transaction.atomic():
        User.objects.select_for_update().get(pk=person.pk)
        closure = Closure.objects.filter(person=person, cancelled_at=None, erased_at=None).first()
        if closure is None:
            due_at = moment + timedelta(days=settings.CLOSING_COOLING_OFF_DAYS)
            closure = Closure.objects.create(person=person, asked_at=moment, due_at=due_at)
    end_sessions(person=person)
    return closure


def withdraw_closure(*, person: User, moment: datetime) -> bool:
    """Signing in within the cooling-off means: I stay. Answers whether there was a wish to close."""
    return bool(Closure.objects.filter(person=person, cancelled_at=None, erased_at=None).update(cancelled_at=moment))


def erase_due(*, moment: datetime, limit: int = 200) -> int:
    """Erase whose cooling-off has ended; answers how many."""
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
    """The identity goes, the entries stay: the data key is destroyed, and every app clears its part.

    What was given once per person is first remembered under the marks of their numbers (SPEC R05).
    """
    with transaction.atomic():
        # Who was merged into this person is this person.
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


def purge(*, moment: datetime) -> int:
    """What nobody needs any more: codes of yesterday, and the identity of whom `personal_data.unneeded` names."""
    Challenge.objects.filter(expires_at__lt=moment - timedelta(days=1)).delete()
    erased = 0
    for person in data_subjects.unneeded(moment):
        erase(person=person, moment=moment)
        erased += 1
    return erased
