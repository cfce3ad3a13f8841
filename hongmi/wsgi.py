"""The web process."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hongmi.settings")

application = get_wsgi_application()

from hongmi import checks  # noqa: E402 - needs the settings

checks.refuse_to_start()
