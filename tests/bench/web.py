"""Our WSGI application with one more URL: a view that only runs SELECT 1."""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.web_settings"

from hongmi.wsgi import application as application
