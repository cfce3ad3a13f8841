"""The price history of rewards: rows are added and ended, never rewritten, and triggers enforce the promises."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from points.clearing_value import CLEARING_VALUE_FEN
from redemption import pricing


class PriceKind(models.TextChoices):
    BASE = "base", _("price")
    WINDOW = "window", _("promotion with a window")


class FaceValueBasis(models.TextChoices):
    """The evidence of a face value (SPEC R37). A charged price is valid evidence for 30 days."""

    CHARGED = "charged", _("really charged")
    ATTESTED = "attested", _("attested")


class _OneReward(Func):
    """int8range(reward_id, reward_id, '[]'): lets a GiST index tell rewards apart without an extension."""

    function = "int8range"
    template = "%(function)s(%(expressions)s, '[]')"
    output_field = models.Field()


class _FaceValue(models.Model):
    """The cash price of the same thing, with its evidence."""

    face_value_fen = models.PositiveIntegerField(_("face value in fen"))
    face_value_basis = models.CharField(
        _("the face value was"), max_length=8, choices=FaceValueBasis, default=FaceValueBasis.CHARGED
    )
    face_value_evidence = models.CharField(
        _("evidence of the face value"), max_length=200, help_text=_("the receipt, or by whom it is attested")
    )
    face_value_on = models.DateField(_("charged or attested on"))

    class Meta:
        abstract = True


class RewardPrice(_FaceValue):
    """`points` and `cash_fen` together buy one piece while `during` holds. `face_value_fen` is its cash price then.

    A dearer base price holds from `noticed_at` + the notice period (SPEC R35, R40); lots from before `announced_at`
    that cover the old price still pay it.
    """

    reward = models.ForeignKey("redemption.Reward", models.PROTECT, related_name="prices")
    kind = models.CharField(_("kind"), max_length=8, choices=PriceKind, default=PriceKind.BASE)
    with_cash = models.BooleanField(_("points and cash"), default=False)
    points = models.PositiveIntegerField(_("points"))
    cash_fen = models.PositiveIntegerField(_("cash in fen"), default=0)
    during = DateTimeRangeField(_("during"))
    occasion = models.CharField(_("occasion"), max_length=100, blank=True)
    is_dearer = models.BooleanField(_("dearer than before"), default=False, editable=False)
    announced_at = models.DateTimeField(_("announced at"))
    noticed_at = models.DateTimeField(_("members notified at"), null=True, blank=True)
    notice_days = models.PositiveSmallIntegerField(_("days of notice"), default=30)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(points__gt=0, face_value_fen__gte=F("cash_fen") + F("points") * CLEARING_VALUE_FEN),
                name="a_point_buys_at_least_its_guaranteed_value",
            ),
            models.CheckConstraint(
                condition=Q(with_cash=False, cash_fen=0) | Q(with_cash=True, cash_fen__gt=0),
                name="a_price_with_cash_has_its_cash",
            ),
            models.CheckConstraint(condition=~Q(face_value_evidence=""), name="a_face_value_has_its_evidence"),
            # Otherwise a range that is empty, or open to the past, would escape the comparison with the price before.
            models.CheckConstraint(
                condition=Q(during__startswith__isnull=False, announced_at__lte=F("during__startswith")),
                name="a_price_is_announced_before_it_holds",
            ),
            # D5: 30 days by default, never less than 7 (电子商务法 art. 34).
            models.CheckConstraint(condition=Q(notice_days__gte=7), name="a_notice_lasts_at_least_a_week"),
            models.CheckConstraint(
                condition=Q(is_dearer=False)
                | Q(
                    noticed_at__isnull=False,
                    during__startswith__gte=F("noticed_at") + Value(timedelta(days=1)) * F("notice_days"),
                ),
                name="a_dearer_price_waits_for_its_notice",
            ),
            models.CheckConstraint(
                condition=~Q(kind="window") | Q(during__endswith__isnull=False), name="a_promotion_has_an_end"
            ),
            ExclusionConstraint(
                name="prices_of_one_kind_do_not_overlap",
                expressions=[
                    (_OneReward(F("reward"), F("reward")), RangeOperators.OVERLAPS),
                    ("during", RangeOperators.OVERLAPS),
                ],
                condition=Q(kind="base", with_cash=False),
            ),
            ExclusionConstraint(
                name="prices_with_cash_do_not_overlap",
                expressions=[
                    (_OneReward(F("reward"), F("reward")), RangeOperators.OVERLAPS),
                    ("during", RangeOperators.OVERLAPS),
                ],
                condition=Q(kind="base", with_cash=True),
            ),
            ExclusionConstraint(
                name="promotions_do_not_overlap",
                expressions=[
                    (_OneReward(F("reward"), F("reward")), RangeOperators.OVERLAPS),
                    ("during", RangeOperators.OVERLAPS),
                ],
                condition=Q(kind="window", with_cash=False),
            ),
            ExclusionConstraint(
                name="promotions_with_cash_do_not_overlap",
                expressions=[
                    (_OneReward(F("reward"), F("reward")), RangeOperators.OVERLAPS),
                    ("during", RangeOperators.OVERLAPS),
                ],
                condition=Q(kind="window", with_cash=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.points}" if not self.with_cash else f"{self.points} + {self.cash_fen / 100:.2f}"

    def as_price(self) -> pricing.Price:
        """The row as a plain value for `pricing`."""
        return pricing.Price(
            id=self.pk,
            is_window=self.kind == PriceKind.WINDOW,
            with_cash=self.with_cash,
            points=self.points,
            cash_fen=self.cash_fen,
            face_value_fen=self.face_value_fen,
            starts_at=self.during.lower,
            ends_at=self.during.upper,
            announced_at=self.announced_at,
            is_dearer=self.is_dearer,
            occasion=self.occasion,
        )


class PriceRise(_FaceValue):
    """An announced dearer base price.

    Once every affected member is notified (`noticed_at`) it becomes `price`, in force after `notice_days` and not
    before `wanted_from` (SPEC R35, R37, R40).
    """

    reward = models.ForeignKey("redemption.Reward", models.PROTECT, related_name="rises")
    with_cash = models.BooleanField(_("points and cash"), default=False)
    points = models.PositiveIntegerField(_("points"))
    cash_fen = models.PositiveIntegerField(_("cash in fen"), default=0)
    wanted_from = models.DateTimeField(_("not before"))
    announced_at = models.DateTimeField(_("announced at"))
    noticed_at = models.DateTimeField(_("members notified at"), null=True, blank=True)
    notice_days = models.PositiveSmallIntegerField(_("days of notice"), default=30)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    price = models.OneToOneField(RewardPrice, models.PROTECT, null=True, blank=True, related_name="rise")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("announced rise")
        verbose_name_plural = _("announced rises")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(points__gt=0, face_value_fen__gte=F("cash_fen") + F("points") * CLEARING_VALUE_FEN),
                name="a_rise_keeps_the_guaranteed_value",
            ),
            models.CheckConstraint(condition=Q(notice_days__gte=7), name="a_rise_is_announced_a_week_before_at_least"),
            models.UniqueConstraint(
                fields=["reward", "with_cash"],
                condition=Q(price=None, withdrawn_at=None),
                name="one_rise_of_a_price_is_announced_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reward} → {self.points}"

    def holds_from(self, *, noticed_at: datetime) -> datetime:
        """When the price comes into force if every member was notified by `noticed_at`."""
        return max(self.wanted_from, noticed_at + timedelta(days=self.notice_days))
