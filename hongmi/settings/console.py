"""The look of the console."""

from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

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
    "DASHBOARD_CALLBACK": "hongmi.console.index.overview",
    "SIDEBAR": {"navigation": "hongmi.console.index.navigation"},
    # The red of the pages; 600 and darker carry white and are read on white.
    "COLORS": {
        "primary": {
            "50": "#fdf4f2", "100": "#fae4e0", "200": "#f5cac4", "300": "#eca49b", "400": "#de7269",
            "500": "#c8403b", "600": "#a61e22", "700": "#8b181c", "800": "#72171a", "900": "#5f181a", "950": "#34080a",
        },
    },
}  # fmt: skip
