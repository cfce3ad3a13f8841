"""Merchants and members of the bench, with ids that a pgbench script can compute."""

import hashlib
import uuid


def member_uuid(number: int) -> uuid.UUID:
    """The same as `md5('m' || number)::uuid` in SQL."""
    return uuid.UUID(hashlib.md5(f"m{number}".encode(), usedforsecurity=False).hexdigest())


def create(merchants: int, members: int) -> None:
    """`merchants` live merchants; members 1…`members`, each of the first merchant and of one other."""
    import django

    django.setup()
    from accounts.models import User
    from merchants.models import Membership, Merchant

    shops = Merchant.objects.bulk_create(
        Merchant(code=f"B{number}", name=f"Bench {number}", category="retail", status="live")
        for number in range(merchants)
    )
    people = User.objects.bulk_create(
        (User(public_id=member_uuid(number), password="!") for number in range(1, members + 1)), batch_size=2_000
    )
    Membership.objects.bulk_create(
        (
            Membership(merchant=shop, member=person)
            for number, person in enumerate(people, 1)
            for shop in {shops[0], shops[number % merchants]}
        ),
        batch_size=5_000,
    )
