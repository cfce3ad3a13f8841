"""Staff of merchants: invitations, roles, ends of jobs; and roles of the platform."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction

from accounts import codes
from accounts.models import PHONE_INDEX, PlatformRole, User
from accounts.operations import privacy
from hongmi.lib import field_crypto
from merchants.errors import InvitationOver, LastOwner, StaffRefused
from merchants.models import Staff, StaffInvitation, StaffRole, Store

INVITATION_LASTS = timedelta(days=7)
INVITATION_PURPOSE = "staff invitation"
# The roles that each role may invite, change and end.
GOVERNS = {
    StaffRole.OWNER: frozenset(StaffRole),
    StaffRole.MANAGER: frozenset({StaffRole.CASHIER, StaffRole.READ_ONLY}),
}


def invite(
    *,
    merchant_id: int,
    by: User,
    role: StaffRole,
    moment: datetime,
    store_ids: Collection[int] = (),
    phone: str | None = None,
) -> str:
    """Offer a role; returns the code to pass on, which cannot be shown again. With `phone` (E.164) only the owner of
    that number may accept. Raises StaffRefused."""
    _require_governor(merchant_id, by, role)
    stores = _stores(merchant_id, by, store_ids)
    code = codes.draw_spoken_code()
    ring = field_crypto.ring()
    with transaction.atomic():
        invitation = StaffInvitation.objects.create(
            merchant_id=merchant_id,
            role=role,
            code_hash=_hashes(code)[0],
            phone_index=ring.index(phone, purpose=PHONE_INDEX) if phone else None,
            invited_by=by,
            invited_at=moment,
            expires_at=moment + INVITATION_LASTS,
        )
        invitation.stores.set(stores)
    return code


def accept(*, person: User, code: str, moment: datetime) -> Staff:
    """Accept the invitation with this code. Raises InvitationOver or LastOwner."""
    with transaction.atomic():
        invitation = (
            StaffInvitation.objects.select_for_update()
            .filter(code_hash__in=_hashes(code), ended_at=None, expires_at__gt=moment)
            .first()
        )
        if invitation is None or not _is_for(invitation, person):
            raise InvitationOver
        # The inviting person may have lost the right to invite since.
        try:
            _require_governor(invitation.merchant_id, invitation.invited_by, StaffRole(invitation.role))
        except StaffRefused:
            raise InvitationOver from None
        # The only owner must not take a lesser role by mistake.
        _keep_an_owner(invitation.merchant_id, person, StaffRole(invitation.role))
        place, _ = Staff.objects.update_or_create(
            merchant_id=invitation.merchant_id, user=person, defaults={"role": invitation.role, "is_active": True}
        )
        place.stores.set(invitation.stores.all())
        User.objects.filter(pk=person.pk).update(is_staff=True)
        invitation.accepted_by, invitation.ended_at = person, moment
        invitation.save(update_fields=["accepted_by", "ended_at"])
    return place


def withdraw_invitation(*, merchant_id: int, by: User, invitation_id: int, moment: datetime) -> None:
    """Raises StaffRefused, or InvitationOver when it was accepted or withdrawn before."""
    invitation = StaffInvitation.objects.filter(merchant_id=merchant_id, pk=invitation_id).first()
    if invitation is None:
        raise InvitationOver
    _require_governor(merchant_id, by, StaffRole(invitation.role))
    if not StaffInvitation.objects.filter(pk=invitation.pk, ended_at=None).update(ended_at=moment):
        raise InvitationOver


def change_role(
    *, merchant_id: int, by: User, user_id: int, role: StaffRole, store_ids: Collection[int] | None = None
) -> None:
    """Change the role, and with `store_ids` the stores (none: all stores). Raises StaffRefused or LastOwner."""
    with transaction.atomic():
        place = _governed_place(merchant_id, by, user_id)
        _require_governor(merchant_id, by, role)
        _keep_an_owner(merchant_id, place.user, role)
        place.role = role
        place.save(update_fields=["role"])
        if store_ids is not None:
            place.stores.set(_stores(merchant_id, by, store_ids))


def end(*, merchant_id: int, by: User, user_id: int) -> None:
    """End the person's access to this merchant from the next request on. Raises StaffRefused or LastOwner."""
    with transaction.atomic():
        place = _governed_place(merchant_id, by, user_id)
        _keep_an_owner(merchant_id, place.user, None)
        place.is_active = False
        place.save(update_fields=["is_active"])
        works_elsewhere = Staff.objects.filter(user=place.user, is_active=True).exists()
        if not works_elsewhere and not place.user.platform_role:
            User.objects.filter(pk=user_id).update(is_staff=False)


def assign_role(*, person: User, role: PlatformRole) -> None:
    """Give a person a platform role, or remove it (PlatformRole.NONE). Every session ends, so that they sign in again
    under the rules of the new role."""
    works = bool(role) or Staff.objects.filter(user=person, is_active=True).exists()
    # A superuser has every permission whatever the role, so the role takes that away.
    User.objects.filter(pk=person.pk).update(platform_role=role, is_staff=works, is_superuser=False)
    privacy.end_sessions(person=person)


def create_with_role(*, username: str, password: str, role: PlatformRole) -> User:
    """A new person who signs in by name and password and has a platform role."""
    return User.objects.create_user(username, password, platform_role=role, is_staff=bool(role))


def _governed_place(merchant_id: int, by: User, user_id: int) -> Staff:
    place = (
        Staff.objects.filter(merchant_id=merchant_id, user_id=user_id, is_active=True).select_related("user").first()
    )
    if place is None:
        raise StaffRefused
    _require_governor(merchant_id, by, StaffRole(place.role))
    return place


def _require_governor(merchant_id: int, by: User, role: StaffRole) -> None:
    own = Staff.objects.filter(merchant_id=merchant_id, user=by, is_active=True).values_list("role", flat=True).first()
    if own is None or role not in GOVERNS.get(StaffRole(own), frozenset()):
        raise StaffRefused


def _stores(merchant_id: int, by: User, store_ids: Collection[int]) -> list[Store]:
    """These stores of the merchant. A person bound to stores may assign only those. Raises StaffRefused."""
    stores = list(Store.objects.filter(merchant_id=merchant_id, pk__in=store_ids))
    bound_to = set(Store.objects.filter(staff__merchant_id=merchant_id, staff__user=by, staff__is_active=True))
    if len(stores) != len(set(store_ids)) or (bound_to and not (stores and bound_to.issuperset(stores))):
        raise StaffRefused
    return stores


def _keep_an_owner(merchant_id: int, person: User, next_role: StaffRole | None) -> None:
    """Raises LastOwner."""
    if next_role == StaffRole.OWNER:
        return
    # Locks the rows of all owners, because two owners who end each other's job at once would leave none.
    owners = Staff.objects.select_for_update().filter(merchant_id=merchant_id, role=StaffRole.OWNER, is_active=True)
    if {owner.user_id for owner in owners.order_by("pk")} == {person.pk}:
        raise LastOwner


def _is_for(invitation: StaffInvitation, person: User) -> bool:
    if invitation.phone_index is None:
        return True
    indexes = field_crypto.ring().indexes(person.phone, purpose=PHONE_INDEX) if person.phone else []
    return bytes(invitation.phone_index) in indexes


def _hashes(code: str) -> list[bytes]:
    return field_crypto.ring().indexes(codes.normal_spoken_code(code), purpose=INVITATION_PURPOSE)
