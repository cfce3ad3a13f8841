"""Logos for customised pieces (SPEC R23): drawn anew, sealed under the member's key, shown to those concerned."""

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

# How long a logo that no order bears is kept: long enough to come back to an order that was interrupted.
UNUSED_KEPT_FOR = timedelta(days=30)
_CONTEXT = b"logo:"


@dataclass(frozen=True, slots=True)
class StoredLogo:
    """The logo, or the one that the same upload had made before."""

    logo: Logo
    is_replay: bool


def store(*, merchant_id: int, member: UUID, upload: bytes, key: str | None, moment: datetime) -> StoredLogo:
    """Draw an uploaded picture anew and keep it for this member's orders at this merchant.

    Raises LogoRefused (`why` of pictures.PictureRefused), MemberNotFound, MemberMerged or KeyReused, and has written
    nothing.
    """
    digest = hashlib.sha256(upload).digest()
    asked = idempotency.request_hash(act="logo", body={"member": member, "upload": digest.hex()})
    joined = merchants.member(merchant_id=merchant_id, public_id=member)
    if joined is None:
        raise MemberNotFound
    own = Logo.objects.filter(merchant_id=merchant_id, member_id=joined.member_id)

    def act() -> StoredLogo:
        keys.remember(merchant_id=merchant_id, key=key, request_hash=asked)
        known = own.filter(upload_digest=digest).first()
        if known is not None:
            return StoredLogo(known, is_replay=True)
        if joined.merged_into is not None:
            raise MemberMerged({"merged_into": str(joined.merged_into)})
        return StoredLogo(_kept(merchant_id, joined.member_id, _drawn(upload), digest, moment), is_replay=False)

    return in_one_transaction(act)


def logo_of(*, public_id: UUID, merchant_id: int | None = None, member_id: int | None = None) -> Logo:
    """The logo as this merchant, or this member, may see it. Raises LogoNotFound."""
    assert (merchant_id is None) != (member_id is None), "somebody asks"
    own = Logo.objects.filter(public_id=public_id)
    asked = own.filter(member_id=member_id) if merchant_id is None else own.filter(merchant_id=merchant_id)
    found = asked.first()
    if found is None:
        raise LogoNotFound
    return found


def image_of(logo: Logo) -> bytes:
    """The PNG or JPEG that we wrote. Raises LogoNotFound once the member was erased."""
    try:
        # Who has left the merchant since is still waiting for the pieces.
        with rls.unscoped():
            key = logo.member.data_key()
        return key.open(bytes(logo.picture_cipher), context=_CONTEXT + bytes(logo.upload_digest))
    except field_crypto.CannotOpen:
        raise LogoNotFound from None


def purge_unused(*, moment: datetime) -> int:
    """Drop logos that were uploaded 30 days ago and that no order bears; answers how many."""
    with transaction.atomic():
        unused = Logo.objects.filter(orders=None, uploaded_at__lt=moment - UNUSED_KEPT_FOR)
        return unused.delete()[0]


def _drawn(upload: bytes) -> images.Picture:
    try:
        return images.redraw(upload)
    except images.PictureRefused as refused:
        raise LogoRefused({"why": refused.why}) from None


def _kept(merchant_id: int, member_id: int, drawn: images.Picture, digest: bytes, moment: datetime) -> Logo:
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
