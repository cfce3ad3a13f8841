"""Appoint somebody of the platform: `manage.py assign_role --create NAME operator`."""

import getpass
import sys
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import queries
from accounts.models import PlatformRole, User
from merchants.operations import staff

NOBODY = "none"


class Command(BaseCommand):
    help = "Give a person a role of the platform (operator, support, compliance, regulator), or take it away (none)."

    def add_arguments(self, parser: CommandParser) -> None:
        # No number and no password, because the shell's history keeps the arguments.
        parser.add_argument("person", help="the sign-in name or the member id")
        parser.add_argument("role", choices=[*filter(None, PlatformRole.values), NOBODY])
        parser.add_argument(
            "--create",
            action="store_true",
            help="create the person under this sign-in name; the password is read from the terminal or the first line "
            "of the input",
        )

    def handle(self, *args: Any, person: str, role: str, create: bool, **options: Any) -> None:
        found = User.objects.filter(username=person).first() or queries.person_by_public_id(person)
        if create:
            if found is not None:
                raise CommandError(f"{person} exists already: leave out --create.")
            staff.create_with_role(username=person, password=_password(person), role=_role(role))
        elif found is None or not found.is_active:
            raise CommandError(f"There is nobody called {person}: --create creates a person.")
        else:
            staff.assign_role(person=found, role=_role(role))
        self.stdout.write(f"{person}: {role}")


def _role(role: str) -> PlatformRole:
    return PlatformRole("" if role == NOBODY else role)


def _password(name: str) -> str:
    """Raises CommandError for a weak one, or one typed differently the second time."""
    if sys.stdin.isatty():
        password = getpass.getpass("Password: ")
        if password != getpass.getpass("Again: "):
            raise CommandError("The two passwords differ.")
    else:
        password = sys.stdin.readline().rstrip("\n")
    try:
        validate_password(password, User(username=name))
    except ValidationError as refusal:
        raise CommandError(" ".join(refusal.messages)) from None
    return password
