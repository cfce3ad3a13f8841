"""Settings from the environment: kind of installation, secrets and directories."""

from pathlib import Path

import environ

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent.parent

# "production" unless set to "demo" or "test", so that forgetting it is the safe mistake.
ENVIRONMENT = env.str("HONGMI_ENVIRONMENT", default="production")
IS_PRODUCTION = ENVIRONMENT == "production"
DEBUG = env.bool("DEBUG", default=False)
# The default is too weak to serve with (hongmi.E002); it only lets commands such as `check` run.
SECRET_KEY = env.str("SECRET_KEY", default="not given")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# The number of our own proxies that every request passes, one behind the other. The last sets X-Forwarded-Proto, and
# X-Forwarded-For is trusted as far as they wrote it (hongmi/lib/client_address.py). 0 trusts neither; a number that is
# too high lets callers choose their address.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
STATE_DIR = Path(env.str("HONGMI_STATE_DIR", default=str(BASE_DIR / ".state")))

# Keys of the phone's encryption and blind index, the newest first; the seal's Ed25519 key.
HONGMI_FIELD_KEYS = env.list("HONGMI_FIELD_KEYS", default=[])
HONGMI_SEAL_KEY = env.str("HONGMI_SEAL_KEY", default="")
# An example: production refuses to start under this name (hongmi.E027).
EXAMPLE_SEAL_ORIGIN = "hongmi.example/points"
# The seal: the name its heads carry, the directory of its public keys, and the directory where heads are published. In
# production nobody who could rewrite the database may have write access to the latter.
SEAL_ORIGIN = env.str("HONGMI_SEAL_ORIGIN", default=EXAMPLE_SEAL_ORIGIN)
SEAL_KEYS_DIRECTORY = Path(env.str("HONGMI_SEAL_KEYS_DIRECTORY", default=str(STATE_DIR / "seal")))
HEADS_DIRECTORY = Path(env.str("HONGMI_HEADS_DIRECTORY", default=str(STATE_DIR / "heads")))
