"""The filters that write points and money in templates."""

from django import template

from points import amounts

register = template.Library()
for write in (amounts.points, amounts.signed, amounts.yuan, amounts.worth):
    register.filter(write.__name__, write)
