"""Appoint somebody of the platform: `manage.py assign_role NAME operator`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import queries
from accounts.models import PlatformRole, User
from merchants.operations import staff

NOBODY = "none"


class Command(BaseCommand):
    help = "Give a person a role of the platform (operator, support, compliance, regulator), or take it away (none)."

    def add_arguments(self, parser: CommandParser) -> None:
        # No number, because what is typed here stays in the shell's history.
        parser.add_argument("person", help="the sign-in name or the member id")
        parser.add_argument("role", choices=[*filter(None, PlatformRole.values), NOBODY])

    def handle(self, *args: Any, person: str, role: str, **options: Any) -> None:
        found = User.objects.filter(username=person).first() or queries.person_by_public_id(person)
        if found is None or not found.is_active:
            raise CommandError(f"There is nobody called {person}.")
        staff.assign_role(person=found, role=PlatformRole("" if role == NOBODY else role))
        self.stdout.write(f"{person}: {role}")
