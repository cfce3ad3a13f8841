"""Earning rules and the labels they match. A version, once in force, is never edited: a new one follows it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class EarningRule(models.Model):
    """A named rule of one merchant; what it says lives in its versions."""

    merchant = models.ForeignKey("merchants.Merchant", models.PROTECT, related_name="earning_rules")
    code = models.SlugField(_("code"), max_length=50)
    name = models.CharField(_("name"), max_length=100)
    name_en = models.CharField(_("English name"), max_length=100, blank=True)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("earning rule")
        verbose_name_plural = _("earning rules")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["merchant", "code"], name="a_rule_code_is_unique_within_its_merchant")
        ]

    def __str__(self) -> str:
        return self.name


class EarningRuleVersion(models.Model):
    """A rule's definition in [`starts_at`, `ends_at`); no end: until replaced. `points.rules.rule_json` is its form."""

    rule = models.ForeignKey(EarningRule, models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField(_("version"))
    definition = models.JSONField(_("definition"))
    starts_at = models.DateTimeField(_("in force from"))
    ends_at = models.DateTimeField(_("in force until"), null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("rule version")
        verbose_name_plural = _("rule versions")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rule", "version"], name="a_rule_version_is_numbered_once"),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="a_rule_version_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} v{self.version}"


class GoodsLabel(models.Model):
    """A label on a merchant's goods for a time, e.g. `green:energy-label-1`. Rules match labels, not certificates."""

    merchant = models.ForeignKey("merchants.Merchant", models.PROTECT, related_name="goods_labels")
    sku = models.CharField(_("SKU"), max_length=64)
    label = models.CharField(_("label"), max_length=64)
    valid_from = models.DateTimeField(_("valid from"))
    valid_to = models.DateTimeField(_("valid to"), null=True, blank=True)

    class Meta:
        verbose_name = _("goods label")
        verbose_name_plural = _("goods labels")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["merchant", "sku", "label", "valid_from"], name="a_label_is_put_on_goods_once_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="a_label_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku}: {self.label}"
