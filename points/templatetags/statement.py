"""Names of shops, months and ends of validity in a statement."""

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from merchants.models import Merchant
from points.statement import explanations

register = template.Library()


@register.filter
def named(merchant: Merchant) -> str:
    """The merchant's name in the reader's language."""
    return str(merchant)


@register.filter
def month(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), _("F Y"))


@register.filter
def last_day(expires_at: datetime) -> str:
    """The last whole day: an end at midnight is the end of the day before."""
    return explanations.day(explanations.last_moment(expires_at))


@register.filter
def earmark(code: str) -> str:
    """The purpose of earmarked points."""
    return explanations.earmark(code)
