"""The house's settings; only the addresses differ."""

from hongmi.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.web_urls"
