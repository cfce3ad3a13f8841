"""After a false alarm (somebody's broken script guessed codes): sign-in by code and card goes on at once."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts import limits


class Command(BaseCommand):
    help = "Forget every counted code, answer and wrong guess, so that nobody waits any longer."

    def handle(self, *args: Any, **options: Any) -> None:
        limits.forget()
        self.stdout.write("Every window starts anew.")
