"""Reseal all people, phone moves and second factors after a new first key in HONGMI_FIELD_KEYS."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from accounts import second_factor
from accounts.operations import key_rotation
from hongmi.lib import named_objects


class Command(BaseCommand):
    help = "Seal and index all people with the newest key of HONGMI_FIELD_KEYS; may be repeated at any time."

    def handle(self, *args: Any, **options: Any) -> None:
        last_id: int | None = 0
        seen = changed = 0
        while last_id is not None:
            progress = key_rotation.reseal(after_id=last_id)
            last_id, seen, changed = progress.last_id, seen + progress.seen, changed + progress.changed
            if progress.seen:
                self.stdout.write(f"{seen} people examined, {changed} sealed again, up to number {last_id}")
        moves = key_rotation.reseal_moves()
        factors = second_factor.reseal()
        for path in settings.RESEALED_BY:
            self.stdout.write(f"{named_objects.attribute(path)()} sealed again by {path}")
        self.stdout.write(
            f"Done: {changed} people, {moves} waiting moves and {factors} second factors were sealed again."
        )
