"""The languages of the pages, and the time zone of every day and month."""

from django.utils.translation import gettext_lazy as _

from hongmi.lib.shanghai import SHANGHAI
from hongmi.settings.environment import BASE_DIR

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "hongmi" / "locale"]
TIME_ZONE = SHANGHAI.key
