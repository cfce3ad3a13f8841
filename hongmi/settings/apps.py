"""Installed apps, middleware, and the folders of templates."""

from hongmi.settings.environment import BASE_DIR

# From the lowest layer up.
OWN_APPS = ["notifications", "accounts", "merchants", "points", "redemption", "green", "reports"]

INSTALLED_APPS = [
    "hongmi.apps.HongmiConfig",
    *OWN_APPS,
    # the console; unfold comes before the admin, because it replaces its templates
    "hongmi.apps.ConsoleConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
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
    "drf_spectacular",
    "drf_spectacular_sidecar",
    # the rest
    "csp",
    "django_htmx",
    "django_prometheus",
    "django_structlog",
]

MIDDLEWARE = [
    # First, because Django caches a request's headers when they are first read.
    "hongmi.lib.request_id.RequestIdMiddleware",
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "hongmi.lib.logs.requests.RequestLogMiddleware",
    "csp.middleware.CSPMiddleware",
    "hongmi.console.policy.ConsolePolicyMiddleware",
    "hongmi.lib.rls.RowLevelSecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    # After the locale, because a problem's title is in the caller's language.
    "hongmi.lib.throttling.RateLimitHeaderMiddleware",
    "hongmi.lib.problems.ProblemMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "merchants.middleware.ConsoleAccessMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
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
                "hongmi.context_processors.unread_notifications",
            ],
        },
    },
]
