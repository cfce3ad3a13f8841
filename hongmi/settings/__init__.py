"""Everything that differs between installations comes from the environment; hongmi/checks.py validates it."""

import django_stubs_ext

from hongmi.settings.apps import *
from hongmi.settings.browser_security import *
from hongmi.settings.console import *
from hongmi.settings.environment import *
from hongmi.settings.jobs import *
from hongmi.settings.language import *
from hongmi.settings.logs import *
from hongmi.settings.outbox import *
from hongmi.settings.partners import *
from hongmi.settings.payments import *
from hongmi.settings.people import *
from hongmi.settings.programme import *
from hongmi.settings.stores import *

SILENCED_SYSTEM_CHECKS = [
    # An optional phone, see hongmi/settings/people.py.
    "account.W001",
    # Forms do not check the ledger's constraints: the ledger functions do, and the database enforces them.
    "models.W045",
]

# Makes `ModelAdmin[User]` and the like valid at run time.
django_stubs_ext.monkeypatch()
