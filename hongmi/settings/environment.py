"""What the environment says: which installation this is, its secrets and its places."""

from pathlib import Path

import environ

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent.parent

# "production" unless somebody says "demo" or "test", because forgetting to say it must be the safe mistake.
ENVIRONMENT = env.str("HONGMI_ENVIRONMENT", default="production")
IS_PRODUCTION = ENVIRONMENT == "production"
DEBUG = env.bool("DEBUG", default=False)
# Weak when it is not given, so that no more than looking at the code is possible without one (hongmi.E002).
SECRET_KEY = env.str("SECRET_KEY", default="not given")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# How many proxies of our own, one behind the other, every request passes before it is here. The last tells in
# X-Forwarded-Proto whether it came by TLS, and X-Forwarded-For is believed as far as they wrote it
# (hongmi/lib/client_address.py). 0 believes neither, because a number too high lets callers choose their address.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
STATE_DIR = Path(env.str("HONGMI_STATE_DIR", default=str(BASE_DIR / ".state")))

# Keys of the phone's encryption and blind index, the newest first; the seal's Ed25519 key.
HONGMI_FIELD_KEYS = env.list("HONGMI_FIELD_KEYS", default=[])
HONGMI_SEAL_KEY = env.str("HONGMI_SEAL_KEY", default="")
# Nobody's seal: production is refused under this name (hongmi.E027).
EXAMPLE_SEAL_ORIGIN = "hongmi.example/points"
# The seal: the name its heads carry, where its public keys are, and where heads are published: in production a place
# out of reach of whoever could rewrite the database.
SEAL_ORIGIN = env.str("HONGMI_SEAL_ORIGIN", default=EXAMPLE_SEAL_ORIGIN)
SEAL_KEYS_DIRECTORY = Path(env.str("HONGMI_SEAL_KEYS_DIRECTORY", default=str(STATE_DIR / "seal")))
HEADS_DIRECTORY = Path(env.str("HONGMI_HEADS_DIRECTORY", default=str(STATE_DIR / "heads")))
