"""The catalogue: rewards that a merchant gives for points, and their appointments."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from hongmi.lib.enums import EnumField
from points.types import Purse


class RewardKind(models.TextChoices):
    GOODS = "goods", _("goods")
    SERVICE = "service", _("service")
    CUSTOMISED = "customised", _("customised service")
    TICKET = "ticket", _("ticket")
    COUPON = "coupon", _("coupon")
    OFFSET = "offset", _("off the bill")
    SAMPLE = "sample", _("sample")


class RewardStatus(models.TextChoices):
    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")
    DELISTED = "delisted", _("delisted")


class LimitWindow(models.TextChoices):
    """The period in which the limit per person counts, in Shanghai's days."""

    EVER = "ever", _("in all")
    DAY = "day", _("per day")
    MONTH = "month", _("per month")
    YEAR = "year", _("per year")


class Reward(models.Model):
    """Something to redeem. Its prices are rows of RewardPrice; `stock` NULL is unlimited.

    `details` holds the fields of its kind, in the form that `redemption.disclosures` checks: the hours of a ticket and
    of its cash equivalent, a coupon's threshold, an airline's rate, validity and limits, an insurer's contract.
    """

    merchant = models.ForeignKey("merchants.Merchant", models.PROTECT, related_name="rewards")
    sku = models.CharField(_("SKU"), max_length=64)
    kind = models.CharField(_("kind"), max_length=12, choices=RewardKind)
    goods_category = models.CharField(_("goods category"), max_length=64, blank=True)
    title = models.CharField(_("title"), max_length=100)
    title_en = models.CharField(_("English title"), max_length=100, blank=True)
    description = models.TextField(_("description"), blank=True)
    purse = EnumField(
        _("bought with"),
        db_enum="purse",
        choices=Purse,
        default=Purse.BASE,
        help_text=_("Green points are earned with green goods and deeds. The choice is final once published."),
    )
    terms = models.TextField(_("terms of use"), blank=True)
    details = models.JSONField(_("details"), default=dict, blank=True)
    stock = models.IntegerField(_("stock"), null=True, blank=True, help_text=_("empty: unlimited"))
    per_person_limit = models.PositiveIntegerField(_("limit per person"), null=True, blank=True)
    limit_window = models.CharField(_("limit counts"), max_length=8, choices=LimitWindow, default=LimitWindow.EVER)
    opens_at = models.DateTimeField(_("redeemable from"), null=True, blank=True)
    closes_at = models.DateTimeField(_("redeemable until"), null=True, blank=True)
    redemption_day = models.PositiveSmallIntegerField(
        _("only on this day of the month"), null=True, blank=True, help_text=_("Shanghai's calendar")
    )
    stores = models.ManyToManyField("merchants.Store", verbose_name=_("shops"), blank=True, related_name="rewards")
    status = models.CharField(_("status"), max_length=10, choices=RewardStatus, default=RewardStatus.DRAFT)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("reward")
        verbose_name_plural = _("rewards")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["merchant", "sku"], name="a_reward_sku_is_unique_within_its_merchant"),
            models.CheckConstraint(condition=Q(stock__isnull=True) | Q(stock__gte=0), name="stock_is_not_negative"),
            models.CheckConstraint(
                condition=Q(opens_at__isnull=True) | Q(closes_at__isnull=True) | Q(closes_at__gt=F("opens_at")),
                name="a_reward_closes_after_it_opens",
            ),
            models.CheckConstraint(
                condition=Q(redemption_day__isnull=True) | Q(redemption_day__gte=1, redemption_day__lte=31),
                name="a_redemption_day_is_a_day_of_a_month",
            ),
            models.CheckConstraint(
                condition=~Q(status="published") | (Q(published_at__isnull=False) & ~Q(terms="")),
                name="a_published_reward_discloses_its_terms",
            ),
        ]

    def __str__(self) -> str:
        """The title in the reader's language."""
        return self.title_en or self.title if (get_language() or "").startswith("en") else self.title


class Slot(models.Model):
    """An appointment of a service, and how many places are left."""

    reward = models.ForeignKey(Reward, models.CASCADE, related_name="slots")
    store = models.ForeignKey("merchants.Store", models.PROTECT, null=True, blank=True, related_name="+")
    starts_at = models.DateTimeField(_("starts at"))
    ends_at = models.DateTimeField(_("ends at"))
    places = models.PositiveIntegerField(_("places"))
    places_left = models.IntegerField(_("places left"))

    class Meta:
        verbose_name = _("slot")
        verbose_name_plural = _("slots")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="a_slot_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(places_left__gte=0, places_left__lte=F("places")), name="a_slot_is_not_overbooked"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M}"
