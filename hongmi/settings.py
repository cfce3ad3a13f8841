"""Everything that differs between installations comes from the environment; hongmi/checks.py judges what came."""

import os
from pathlib import Path
from typing import TypedDict

import django_stubs_ext
import environ
import structlog
from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF
from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

# Lets `ModelAdmin[User]` and the like, which the type checker wants, be written without quotes.
django_stubs_ext.monkeypatch()

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent

# "production" unless somebody says "demo" or "test", because forgetting to say it must be the safe mistake.
ENVIRONMENT = env.str("HONGMI_ENVIRONMENT", default="production")
IS_PRODUCTION = ENVIRONMENT == "production"
DEBUG = env.bool("DEBUG", default=False)
# Weak when it is not given, so that no more than looking at the code is possible without one (hongmi.E002).
SECRET_KEY = env.str("SECRET_KEY", default="not given")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
STATE_DIR = Path(env.str("HONGMI_STATE_DIR", default=str(BASE_DIR / ".state")))

# Keys of the phone's encryption and blind index, the newest first; the seal's Ed25519 key (see points/keyring.py).
HONGMI_FIELD_KEYS = env.list("HONGMI_FIELD_KEYS", default=[])
HONGMI_SEAL_KEY = env.str("HONGMI_SEAL_KEY", default="")
# The seal: the name its heads carry, where its public keys are, and where heads are published: in production a place
# out of reach of whoever could rewrite the database.
SEAL_ORIGIN = env.str("HONGMI_SEAL_ORIGIN", default="hongmi.example/points")
SEAL_KEYS_DIRECTORY = Path(env.str("HONGMI_SEAL_KEYS_DIRECTORY", default=str(STATE_DIR / "seal")))
HEADS_DIRECTORY = Path(env.str("HONGMI_HEADS_DIRECTORY", default=str(STATE_DIR / "heads")))

INSTALLED_APPS = [
    "hongmi.apps.HongmiConfig",
    # the house, from the ground up
    "notifications",
    "accounts",
    "merchants",
    "points",
    "redemption",
    "green",
    "reports",
    # the console; unfold stands before the admin, because it replaces its templates
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.import_export",
    "import_export",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    # people and partners
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "oauth2_provider",
    # the API
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    # the rest
    "csp",
    "django_htmx",
    "django_prometheus",
    "django_structlog",
    "pgtrigger",
    "pghistory",
]

MIDDLEWARE = [
    # First, because Django keeps a request's headers as they were when someone first looked.
    "hongmi.lib.request_id.RequestIdMiddleware",
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "csp.middleware.CSPMiddleware",
    "hongmi.console_policy.ConsolePolicyMiddleware",
    "hongmi.lib.row_scope.RowScopeMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    # After the locale, because a problem's title is told in the caller's language.
    "hongmi.lib.throttling.RateLimitHeaderMiddleware",
    "hongmi.lib.problems.ProblemMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "merchants.doors.ConsoleDoorMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "hongmi.urls"
WSGI_APPLICATION = "hongmi.wsgi.application"
APPEND_SLASH = False
CONSOLE_PATH = "console/"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "hongmi.page_context.letters",
            ],
        },
    },
]

# --- databases ------------------------------------------------------------------------------------

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASE_ROUTERS = ["hongmi.routers.OwnerMigrates"]

DATABASES = {
    # hongmi_app: serves every request and every task.
    "default": env.db_url("DATABASE_URL", default="postgresql://hongmi_app@127.0.0.1:5432/hongmi")
    | {
        "CONN_MAX_AGE": 0,
        "OPTIONS": {
            "pool": {"min_size": 1, "max_size": env.int("DATABASE_POOL_SIZE", default=20), "timeout": 10},
            # Off, because django-pghistory sends who-did-it in front of the statement, two statements in one.
            # The pen does not lose by it: it uses a psycopg cursor of its own, whose statements are prepared.
            "server_side_binding": False,
            "prepare_threshold": 5,
        },
    },
}
# hongmi_owner: migrations only. Absent where requests are served, because what is not there cannot be misused.
if env.str("DATABASE_OWNER_URL", default=""):
    DATABASES["owner"] = env.db_url("DATABASE_OWNER_URL") | {
        "CONN_MAX_AGE": 0,
        "OPTIONS": {"server_side_binding": False, "prepare_threshold": None},
    }

# --- Redis: the queue and the limits in one database, the cache in the next, because clearing a cache empties its own

REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
_server, _number = REDIS_URL.rsplit("/", maxsplit=1)
CACHE_URL = env.str("CACHE_URL", default=f"{_server}/{int(_number) + 1}")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CACHE_URL,
        "KEY_PREFIX": "hongmi",
        "TIMEOUT": 300,
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"

# --- jobs -----------------------------------------------------------------------------------------

CELERY_BROKER_URL = REDIS_URL
CELERY_TIMEZONE = "Asia/Shanghai"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT = 40
CELERY_TASK_TIME_LIMIT = 45
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # Above the longest task, or a slow one would run twice; and looked at often, so that what a dead worker held
    # comes back within a minute.
    "visibility_timeout": 50,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
}
CELERY_BEAT_SCHEDULE: dict[str, dict[str, object]] = {
    # Ticks that nobody took in time are dropped, because the next one does the same work.
    "relay_outbox": {"task": "notifications.tasks.relay_outbox", "schedule": 1.0, "options": {"expires": 5}},
    "seal_acts": {"task": "points.tasks.seal_acts", "schedule": 3.0, "options": {"expires": 5}},
    "review_issuing_limits": {
        "task": "points.tasks.review_issuing_limits",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "erase_closed_accounts": {"task": "accounts.tasks.erase_closed_accounts", "schedule": crontab(minute=10)},
    "move_due_phones": {"task": "accounts.tasks.move_due_phones", "schedule": crontab(minute=25)},
    "purge_personal_data": {"task": "accounts.tasks.purge_personal_data", "schedule": crontab(hour=4, minute=40)},
    "purge_member_codes": {"task": "merchants.tasks.purge_member_codes", "schedule": crontab(hour=4, minute=10)},
    "publish_value_index": {"task": "redemption.tasks.publish_value_index", "schedule": crontab(hour=0, minute=20)},
    "end_unpaid_orders": {
        "task": "redemption.tasks.end_unpaid_orders",
        "schedule": 20.0,
        "options": {"expires": 20},
    },
    "send_refunds": {"task": "redemption.tasks.send_refunds", "schedule": 20.0, "options": {"expires": 20}},
    "reconcile_payments": {
        "task": "redemption.tasks.reconcile_payments",
        "schedule": 120.0,
        "options": {"expires": 60},
    },
    "audit_books": {"task": "points.tasks.audit_books", "schedule": crontab(hour=3, minute=30)},
}


class OutboxRoute(TypedDict):
    tasks: list[str]
    template: str


# Who listens to which fact of the outbox: topic → dotted task names, and the template of its letter in an inbox or "".
# Business is connected here and nowhere else; hongmi.E010 and E011 prove that each name exists. A topic is never taken
# away, because letters of long ago are still read; when nobody listens any more its tasks are empty.
OUTBOX_ROUTES: dict[str, OutboxRoute] = {
    topic: {"tasks": ["points.tasks.tell_members"], "template": f"notifications/{topic}.txt"}
    for topic in (
        "points.accrued",
        "points.redeemed",
        "points.refunded",
        "points.expired",
        "points.clawed_back",
        "points.reversed",
        "points.given",
    )
}
OUTBOX_ROUTES["books.audit_failed"] = {
    "tasks": ["points.tasks.tell_watchers"],
    "template": "notifications/books.audit_failed.txt",
}
OUTBOX_ROUTES["rewards.price_rises"] = {
    "tasks": ["redemption.tasks.tell_price_rises"],
    "template": "notifications/rewards.price_rises.txt",
}
OUTBOX_ROUTES["accounts.codes_guessed_at"] = {
    "tasks": ["accounts.tasks.tell_watchers"],
    "template": "notifications/accounts.codes_guessed_at.txt",
}
# Facts about people, of which no letter is written.
OUTBOX_ROUTES |= {
    "accounts.joined": {"tasks": ["points.tasks.welcome_members"], "template": ""},
    "accounts.guardian_agreed": {"tasks": ["points.tasks.welcome_members"], "template": ""},
    "merchants.joined": {"tasks": ["points.tasks.welcome_members"], "template": ""},
    "accounts.erased": {"tasks": [], "template": ""},
    "orders.confirmed": {"tasks": [], "template": ""},
    "orders.fulfilled": {"tasks": [], "template": ""},
    "orders.accepted": {"tasks": [], "template": ""},
    "orders.cancelled": {"tasks": [], "template": ""},
    "orders.refunded": {"tasks": [], "template": ""},
}

# Green points a member may give to family, per Shanghai day and year (SPEC D7).
GIFT_POINTS_PER_DAY = 500
GIFT_POINTS_PER_YEAR = 5_000

# Days between telling members of a dearer price and its beginning (SPEC D5); the database refuses less than 7.
PRICE_NOTICE_DAYS = 30

# --- people ---------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
    # Opens no session: it says what the roles of who is signed in let them do.
    "merchants.powers.RoleBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
if ENVIRONMENT == "test":
    # A slow hash protects stolen passwords; the tests have none to steal.
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# For partners' secrets, which a machine drew; not for people, who get the first of the list.
PASSWORD_HASHERS += ["merchants.credentials.RandomSecretHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
# Who waits for a question about a membership is asked first (merchants.views.welcome).
LOGIN_REDIRECT_URL = "welcome"
WELCOME_URL = "/"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {"login": "accounts.forms.PasswordSignInForm"}
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGIN_METHODS = {"phone", "username"}
# Nobody signs up with a form: who proves a number that has no account gets one (accounts/operations/sign_in.py).
# A phone that is not required, because who has none (a sign-in name, a card) would not be let in.
ACCOUNT_SIGNUP_FIELDS = ["phone", "password1*"]
SILENCED_SYSTEM_CHECKS = ["account.W001"]
ACCOUNT_PHONE_VERIFICATION_ENABLED = False
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
USERSESSIONS_TRACK_ACTIVITY = False

# How codes are sent and guessed: per number and per address; the whole house's wrong answers before sign-in by code
# pauses for devices it has not met. One code lives 5 minutes and bears 3 answers.
SIGN_IN_CODE_RATES = {"number": ["1/minute", "5/hour", "10/day"], "address": ["20/minute", "200/hour"]}
SIGN_IN_ANSWER_RATES = {"address": ["30/minute", "300/hour"]}
# Codes by which members let a merchant spend their points: per number, and per merchant that asks.
SPENDING_CODE_RATES = {"number": ["3/minute", "20/hour"], "merchant": ["600/minute"]}
SIGN_IN_FAILURE_BUDGETS = ["200/10 minutes", "2000/day"]
SMS_DRIVER = env.str("SMS_DRIVER", default="" if IS_PRODUCTION else "notifications.sms.Sandbox")
# For notifications/sms_tencent.py: secret_id, secret_key, app_id, signature, region, templates.
TENCENT_SMS = env.json("TENCENT_SMS", default={})
# Who moves the cash beside points (redemption/payments): the sandbox is refused in production (hongmi.E023).
PAYMENT_PROVIDERS = env.dict(
    "PAYMENT_PROVIDERS", default={} if IS_PRODUCTION else {"sandbox": "redemption.payments.sandbox.Sandbox"}
)
# For redemption/payments/wechat.py: base_url, mchid, appid, serial_no, private_key, api_v3_key, notify_url,
# platform_keys.
WECHAT_PAY = env.json("WECHAT_PAY", default={})
# After this long without a sign-in a number may have been given to somebody else (二次放号).
RECYCLED_NUMBER_AFTER_DAYS = 180
# How long the notice of a lost number stands before support's move of the account happens without a second person.
PHONE_MOVE_NOTICE_DAYS = 7
CLOSING_COOLING_OFF_DAYS = 15
# 电子商务法 art. 31: what belongs to a transaction is kept for at least three years after it.
PERSONAL_DATA_KEPT_YEARS = 3
# The version of the terms and the privacy notice that people agree to now.
TERMS_VERSION = "2026-11"
# Each app's part in export, erasure and retention of personal data (accounts/personal_data.py says what a part is).
PERSONAL_DATA_ROOMS = ["accounts.records", "merchants.records", "points.records"]
# Whoever can move points or let others in needs a second factor in the console; the demo's people sign in by password.
CONSOLE_SECOND_FACTOR = env.bool("CONSOLE_SECOND_FACTOR", default=IS_PRODUCTION)
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]

# --- partners -------------------------------------------------------------------------------------

OAUTH2_PROVIDER_APPLICATION_MODEL = "merchants.PartnerCredential"
OAUTH2_PROVIDER = {
    # Knows the client credentials grant and no other.
    "OAUTH2_SERVER_CLASS": "oauthlib.oauth2.BackendApplicationServer",
    "APPLICATION_ADMIN_CLASS": "merchants.admin.PartnerCredentialAdmin",
    "OAUTH2_VALIDATOR_CLASS": "merchants.oauth.PartnerValidator",
    "SCOPES_BACKEND_CLASS": "merchants.scopes.CredentialScopes",
    "CLIENT_SECRET_HASHER": "pbkdf2_sha256_random",
    "ACCESS_TOKEN_EXPIRE_SECONDS": 3600,
    "ALLOWED_SCHEMES": ["https"],
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
    "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
}

# --- the API --------------------------------------------------------------------------------------

# By credential, or by address where nobody has signed in yet ("token").
API_RATES = {"default": env.str("API_RATE", default="6000/minute"), "token": "60/minute"}
PROBLEM_PATH_PREFIX = "/api/"
PROBLEM_TYPE_PREFIX = "/problems/"
REST_FRAMEWORK = {
    "DEFAULT_PARSER_CLASSES": ["hongmi.lib.strict_json.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["merchants.auth.PartnerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["merchants.auth.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["hongmi.lib.throttling.CallerThrottle"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    # OPTIONS would describe the serializers to anyone; the OpenAPI document does that.
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "hongmi.lib.problems.respond",
    "URL_FORMAT_OVERRIDE": None,
    "DATETIME_FORMAT": "iso-8601",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "TEST_REQUEST_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Hongmi partner API",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    # Everybody may read the description; what it describes asks for a token.
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": r"/api/v[0-9]+",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "hongmi.lib.openapi.describe_common_parts",
    ],
    # Two answers tell a voucher's status; the others' words belong to one answer each.
    "ENUM_NAME_OVERRIDES": {"VoucherStatusEnum": "redemption.models.VoucherStatus"},
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}
# A batch of 1,000 purchases is 5 MB at most; the parser holds every other call to 1 MB.
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# --- the console ----------------------------------------------------------------------------------

UNFOLD = {
    "SITE_TITLE": _("Hongmi console"),
    "SITE_HEADER": _("Hongmi"),
    "SITE_SUBHEADER": _("Console"),
    "SITE_ICON": lambda request: static("hongmi/logo.svg"),
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("hongmi/favicon.svg")}],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "STYLES": [lambda request: static("hongmi/console.css")],
    "DASHBOARD_CALLBACK": "points.dashboard.fill",
    "SIDEBAR": {"navigation": "hongmi.console.navigation"},
    # The red of the pages; 600 and darker carry white and are read on white.
    "COLORS": {
        "primary": {
            "50": "#fdf4f2", "100": "#fae4e0", "200": "#f5cac4", "300": "#eca49b", "400": "#de7269",
            "500": "#c8403b", "600": "#a61e22", "700": "#8b181c", "800": "#72171a", "900": "#5f181a", "950": "#34080a",
        },
    },
}  # fmt: skip

# --- words and time -------------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "hongmi" / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

# --- files ----------------------------------------------------------------------------------------

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
# Straight from the packages outside production, because collecting takes longer than starting.
WHITENOISE_USE_FINDERS = not IS_PRODUCTION

# --- defence --------------------------------------------------------------------------------------

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_PRODUCTION
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=IS_PRODUCTION)
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if IS_PRODUCTION else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- logs -----------------------------------------------------------------------------------------

_shared_processors: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=False),
]
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_shared_processors,
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": _shared_processors,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {"django.server": {"handlers": ["stderr"], "propagate": False}},
}
DJANGO_STRUCTLOG_CELERY_ENABLED = True
# RequestIdMiddleware has made the caller's id harmless by then.
DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID = True

# Prometheus must show this token.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
# Several web processes add up their numbers in files.
if _metrics_dir := env.str("PROMETHEUS_MULTIPROC_DIR", default=""):
    os.makedirs(_metrics_dir, exist_ok=True)
