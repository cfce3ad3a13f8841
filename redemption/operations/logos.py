"""Logos for customised pieces (SPEC R23): re-encoded, encrypted under the member's key."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts.models import User
from hongmi.lib import field_crypto, idempotency, rls
from hongmi.lib.retry import in_one_transaction
from merchants import queries as merchants
from merchants.errors import MemberMerged, MemberNotFound
from redemption import images
from redemption.errors import LogoNotFound, LogoRefused
from redemption.models import Logo
from redemption.operations import keys

# Long enough for a member to resume an order that was interrupted.
UNUSED_RETENTION = timedelta(days=30)
_CONTEXT = b"logo:"


@dataclass(frozen=True, slots=True)
class StoredLogo:
    """A new logo, or with `is_replay` the one that an earlier identical upload stored."""

    logo: Logo
    is_replay: bool


def store(*, merchant_id: int, member: UUID, upload: bytes, key: str | None, moment: datetime) -> StoredLogo:
    """Re-encode an uploaded picture and store it for this member's orders at this merchant.

    Raises LogoRefused (`why` of images.PictureRefused), MemberNotFound, MemberMerged or KeyReused, and has written
    nothing.
    """
    digest = hashlib.sha256(upload).digest()
    request_hash = idempotency.request_hash(act="logo", body={"member": member, "upload": digest.hex()})
    membership = merchants.member(merchant_id=merchant_id, public_id=member)
    if membership is None:
        raise MemberNotFound
    own = Logo.objects.filter(merchant_id=merchant_id, member_id=membership.member_id)

    def act() -> StoredLogo:
        keys.remember(merchant_id=merchant_id, key=key, request_hash=request_hash)
        known = own.filter(upload_digest=digest).first()
        if known is not None:
            return StoredLogo(known, is_replay=True)
        if membership.merged_into is not None:
            raise MemberMerged({"merged_into": str(membership.merged_into)})
        return StoredLogo(_create(merchant_id, membership.member_id, _redrawn(upload), digest, moment), is_replay=False)

    return in_one_transaction(act)


def logo_of(*, public_id: UUID, merchant_id: int | None = None, member_id: int | None = None) -> Logo:
    """The logo as this merchant, or this member, may see it. Raises LogoNotFound."""
    assert (merchant_id is None) != (member_id is None), "exactly one owner"
    own = Logo.objects.filter(public_id=public_id)
    visible = own.filter(member_id=member_id) if merchant_id is None else own.filter(merchant_id=merchant_id)
    logo = visible.first()
    if logo is None:
        raise LogoNotFound
    return logo


def image_of(logo: Logo) -> bytes:
    """The decrypted PNG or JPEG. Raises LogoNotFound once the member was erased."""
    try:
        # A member who has left the merchant since then still waits for the pieces.
        with rls.unscoped():
            key = logo.member.data_key()
        return key.open(bytes(logo.picture_cipher), context=_CONTEXT + bytes(logo.upload_digest))
    except field_crypto.CannotOpen:
        raise LogoNotFound from None


def purge_unused(*, moment: datetime) -> int:
    """Delete logos that were uploaded more than 30 days ago and that no order uses. Returns how many."""
    with transaction.atomic():
        unused = Logo.objects.filter(orders=None, uploaded_at__lt=moment - UNUSED_RETENTION)
        return unused.delete()[0]


def _redrawn(upload: bytes) -> images.Picture:
    try:
        return images.redraw(upload)
    except images.PictureRefused as refused:
        raise LogoRefused({"why": refused.why}) from None


def _create(merchant_id: int, member_id: int, drawn: images.Picture, digest: bytes, moment: datetime) -> Logo:
    key = User.objects.get(pk=member_id).data_key()
    return Logo.objects.create(
        merchant_id=merchant_id,
        member_id=member_id,
        upload_digest=digest,
        media_type=drawn.media_type,
        width=drawn.width,
        height=drawn.height,
        size_bytes=len(drawn.data),
        picture_cipher=key.seal(drawn.data, context=_CONTEXT + digest),
        uploaded_at=moment,
    )
