"""Our settings; only the URLs differ."""

from hongmi.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.web_urls"
