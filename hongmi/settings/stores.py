"""Storage: the database, Redis and files."""

from urllib.parse import urlsplit, urlunsplit

from hongmi.settings.environment import BASE_DIR, IS_PRODUCTION, STATE_DIR, env


def _the_next_database(redis_url: str) -> str:
    """The same server's database after this one; an address that names none means the first."""
    parts = urlsplit(redis_url)
    return urlunsplit(parts._replace(path=f"/{int(parts.path.strip('/') or 0) + 1}"))


DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASE_ROUTERS = ["hongmi.routers.OwnerMigrates"]

DATABASES = {
    # hongmi_app: serves every request and every task.
    "default": env.db_url("DATABASE_URL", default="postgresql://hongmi_app@127.0.0.1:5432/hongmi")
    | {
        "CONN_MAX_AGE": 0,
        "OPTIONS": {
            "pool": {"min_size": 1, "max_size": env.int("DATABASE_POOL_SIZE", default=20), "timeout": 10},
            # Off, because row-level security sends two statements in one message (hongmi/lib/rls.py). Ledger calls
            # are not slower for it: they use a psycopg cursor of their own with prepared statements.
            "server_side_binding": False,
            "prepare_threshold": 5,
        },
    },
}
# hongmi_owner: migrations only. Absent where requests are served, so that it cannot be misused there.
if env.str("DATABASE_OWNER_URL", default=""):
    DATABASES["owner"] = env.db_url("DATABASE_OWNER_URL") | {
        "CONN_MAX_AGE": 0,
        "OPTIONS": {"server_side_binding": False, "prepare_threshold": None},
    }

# Redis: the queue and the limits in one database, the cache in the next, because clearing a cache empties a database.
REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
CACHE_URL = env.str("CACHE_URL", default="") or _the_next_database(REDIS_URL)
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CACHE_URL,
        "KEY_PREFIX": "hongmi",
        "TIMEOUT": 300,
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles" if IS_PRODUCTION else None
STATICFILES_DIRS = [BASE_DIR / "hongmi" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": STATE_DIR / "media"}},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if IS_PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
# Served from the packages outside production, because collecting takes longer than starting.
WHITENOISE_USE_FINDERS = not IS_PRODUCTION
