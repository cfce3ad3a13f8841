"""Moves of an account whose number was lost to another number that the caller proved."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import ChallengePurpose, PhoneMove, User
from accounts.operations import phone_numbers, privacy, sign_in
from accounts.operations.support import OwnProposal, SupportRefused, required_reason
from hongmi.lib import field_crypto
from notifications import sms


class MayNotMove(SupportRefused):
    """Accounts of staff, and merged or erased accounts, cannot be moved: moving staff would allow becoming staff."""

    code = "may_not_move"
    sentence = _("Accounts of staff, merged and erased accounts are not moved here.")


class MoveIsOpen(SupportRefused):
    """An earlier move of this account is still open."""

    code = "move_is_open"
    sentence = _("A move of this account waits already. Stop it first.")


class MoveEnded(SupportRefused):
    """The move was done or stopped before."""

    code = "move_ended"
    sentence = _("This move was done or stopped already.")


def propose(*, person: User, new_phone: UUID, by: User, reason: str, moment: datetime) -> PhoneMove:
    """Propose to move the account to the number proven by the challenge `new_phone` (or to confirm the present one).

    The move is carried out when a second person approves it, or settings.PHONE_MOVE_NOTICE_DAYS after a notice to the
    old number; see PhoneMove. Signing in meanwhile stops it.

    Raises ReasonMissing, MayNotMove, MoveIsOpen, phone_numbers.NumberInUse or sign_in.CodeEnded.
    """
    reason = required_reason(reason)
    if person.is_staff or person.is_superuser or person.merged_into_id is not None or person.erased_at is not None:
        raise MayNotMove
    phone = sign_in.proven_phone(challenge_id=new_phone, purpose=ChallengePurpose.MOVED_PHONE, moment=moment)
    holder = User.objects.with_phone(phone).exclude(pk=person.pk).first()
    if holder is not None and not phone_numbers.is_dormant(holder, moment):
        raise phone_numbers.NumberInUse
    try:
        with transaction.atomic():
            move = PhoneMove.objects.create(
                person=person,
                phone=field_crypto.ring().seal(phone.encode(), context=sealing_context(person)),
                reason=reason,
                proposed_by=by,
                proposed_at=moment,
            )
    except IntegrityError as error:
        raise MoveIsOpen from error
    _give_notice(move, phone, moment)
    return move


def approve(*, move_id: int, by: User, moment: datetime) -> None:
    """Carry out the move with the approval of a second person; every session of the member ends.

    Raises MoveEnded, OwnProposal or phone_numbers.NumberInUse.
    """
    with transaction.atomic():
        move = _open_move(move_id)
        if move.proposed_by_id == by.pk:
            raise OwnProposal
        move.approved_by = by
        _carry_out(move, moment)
    privacy.end_sessions(person=move.person)


def stop_open(*, person: User, moment: datetime) -> int:
    """Stop the open move of this person, if any; returns the number stopped. Called by support and on sign-in."""
    waiting = PhoneMove.objects.filter(person=person, done_at=None, stopped_at=None)
    return waiting.update(stopped_at=moment, phone=None)


def carry_out_due(*, moment: datetime, limit: int = 200) -> int:
    """Carry out the moves whose `due_at` has come; returns their number."""
    due = PhoneMove.objects.filter(done_at=None, stopped_at=None, due_at__lte=moment).order_by("due_at")
    return sum(_move_due(move_id, moment) for move_id in list(due.values_list("pk", flat=True)[:limit]))


def _move_due(move_id: int, moment: datetime) -> bool:
    try:
        with transaction.atomic():
            move = _open_move(move_id)
            _carry_out(move, moment)
    except MoveEnded:
        return False
    except phone_numbers.NumberInUse:
        # Another account has the number by now, so support must decide again.
        PhoneMove.objects.filter(pk=move_id, done_at=None).update(stopped_at=moment, phone=None)
        return False
    privacy.end_sessions(person=move.person)
    return True


def _carry_out(move: PhoneMove, moment: datetime) -> None:
    person = User.objects.select_for_update().get(pk=move.person_id)
    sealed = bytes(move.phone or b"")
    phone = field_crypto.ring().open(sealed, context=sealing_context(person)).decode()
    phone_numbers.take_phone(person=person, phone=phone, moment=moment)
    move.phone = None
    move.done_at = moment
    move.save(update_fields=["phone", "done_at", "approved_by"])


def _open_move(move_id: int) -> PhoneMove:
    """Locks the move. Raises MoveEnded."""
    open_moves = PhoneMove.objects.select_for_update(of=("self",)).select_related("person")
    move = open_moves.filter(pk=move_id, done_at=None, stopped_at=None).first()
    if move is None:
        raise MoveEnded
    return move


def _give_notice(move: PhoneMove, phone: str, moment: datetime) -> None:
    """Send a notice to the old number; only if it was sent, set the day of the move without approval."""
    person = move.person
    if not person.phone or person.phone == phone or phone_numbers.is_dormant(person, moment):
        return
    due_at = moment + timedelta(days=settings.PHONE_MOVE_NOTICE_DAYS)
    facts = {"day": timezone.localtime(due_at).strftime("%Y-%m-%d")}
    try:
        sms.send(sms.Sms(phone=person.phone, template="phone_move", facts=facts, language=person.language))
    except sms.SmsNotSent:
        return
    # Only an open move, because it may have been approved meanwhile.
    if PhoneMove.objects.filter(pk=move.pk, done_at=None, stopped_at=None).update(due_at=due_at):
        move.due_at = due_at


def sealing_context(person: User) -> bytes:
    return b"phone move:" + person.public_id.bytes
