"""Everything that differs between installations comes from the environment; hongmi/checks.py judges what came."""

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
    # A phone that is not required, as hongmi/settings/people.py says.
    "account.W001",
    # Forms do not judge the laws of the books: the pen explains them, and the database holds them.
    "models.W045",
]

# Lets `ModelAdmin[User]` and the like, which the type checker wants, be written without quotes.
django_stubs_ext.monkeypatch()
