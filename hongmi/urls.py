"""All URLs."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView

from hongmi import views
from hongmi.console import index
from hongmi.lib import problems
from merchants import oauth
from merchants import urls as merchant_urls
from points import urls as points_urls
from redemption import urls as redemption_urls

urlpatterns = [
    path("", views.home, name="home"),
    path("proofs", views.proofs, name="proofs"),
    path("checkpoint", views.checkpoint, name="checkpoint"),
    path("proofs/keys", views.verifier_keys, name="verifier_keys"),
    path("proofs/verify.py", views.verifier, name="verifier"),
    path("healthz", views.healthz, name="healthz"),
    path("metrics", views.metrics, name="metrics"),
    path("language", views.set_language, name="set_language"),
    path("oauth/token", oauth.TokenView.as_view(), name="token"),
    path("api/schema.json", SpectacularJSONAPIView.as_view(throttle_classes=[]), name="schema"),
    path(
        "api/v1/",
        include([*merchant_urls.api_urlpatterns, *points_urls.api_urlpatterns, *redemption_urls.api_urlpatterns]),
    ),
    path("api/docs", SpectacularSwaggerSplitView.as_view(url_name="schema", throttle_classes=[]), name="api_docs"),
    path("problems/<slug:code>", problems.page, name="problem"),
    path("", include(points_urls.urlpatterns)),
    path("", include(redemption_urls.urlpatterns)),
    path("", include("accounts.urls")),
    path("", include("merchants.urls")),
    # Before the console's own pages: sign-in and password change have one page each, with limits and second factor.
    path(f"{settings.CONSOLE_PATH}login/", index.sign_in),
    path(f"{settings.CONSOLE_PATH}password_change/", RedirectView.as_view(pattern_name="account_change_password")),
    path(settings.CONSOLE_PATH, admin.site.urls),
]
