"""Give a person a platform role: `manage.py assign_role NAME operator`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import queries
from accounts.models import PlatformRole, User
from merchants.operations import staff

NOBODY = "none"


class Command(BaseCommand):
    help = "Give a person a platform role (operator, support, compliance, regulator), or remove it (none)."

    def add_arguments(self, parser: CommandParser) -> None:
        # Not a phone number, because the shell's history would store it.
        parser.add_argument("person", help="the sign-in name or the member id")
        parser.add_argument("role", choices=[*filter(None, PlatformRole.values), NOBODY])

    def handle(self, *args: Any, person: str, role: str, **options: Any) -> None:
        found = User.objects.filter(username=person).first() or queries.person_by_public_id(person)
        if found is None or not found.is_active:
            raise CommandError(f"No active person has the sign-in name or member id {person}.")
        staff.assign_role(person=found, role=PlatformRole("" if role == NOBODY else role))
        self.stdout.write(f"{person}: {role}")
