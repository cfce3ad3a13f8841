"""The house's own WSGI application with one more address: a view that asks the database for nothing but 1."""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.web_settings"

from hongmi.wsgi import application as application
