"""The books: append-only, for ever. Only the pen (schema `points`) inserts; nobody updates or deletes."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Func, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .fields import (
    ActKindField,
    CountingNumberField,
    Law,
    PurseField,
    ReferenceField,
    RequestHashField,
    WholeNumberField,
    Xid8Field,
)


class Purse(models.IntegerChoices):
    BASE = 1, pgettext_lazy("purse", "points")
    GREEN = 2, _("green points")


class ActKind(models.IntegerChoices):
    """Every kind of business act; each says what happened, and none is ever undone, only answered by another."""

    PURCHASE = 1, _("purchase")  # a member bought something; the rules award points, perhaps none
    AWARD = 2, _("award")  # points without a purchase: sign-up, birthday, a confirmed project
    REDEMPTION = 3, _("redemption")  # points spent at once
    HOLD = 4, _("hold")  # points set aside for a spend that is not certain yet
    CAPTURE = 5, _("capture")  # all or part of a hold is spent, the rest goes back
    RELEASE = 6, _("release")  # a hold is given up
    LAPSE = 7, _("lapse")  # a hold ran out of time
    EXPIRY = 8, _("expiry")  # lots reached the end of their validity
    RETURN = 9, _("return")  # goods came back; the points they earned are clawed back
    REVERSAL = 10, _("reversal")  # a mistaken act is answered by its opposite, once
    TRANSFER = 11, _("transfer")  # green points given inside a family
    COMPENSATION = 12, _("compensation")  # points to make good a wrong, once per cause
    ADJUSTMENT = 13, _("adjustment")  # a correction proposed by one person and approved by another
    OPENING = 14, _("opening balance")  # points brought from an older programme
    REFUND = 15, _("refund")  # spent points go back to the lots they came from
    MERGE = 16, _("merge of accounts")  # all that a duplicate member has goes to the member who survives


class AccountKind(models.IntegerChoices):
    """Kinds of ledger account 科目; an account is (kind, holder, purse)."""

    ISSUANCE = 1, _("issuance")  # held by the issuing merchant; its debit balance is what it has issued
    MEMBER = 2, _("member")  # held by the member
    HELD = 3, _("held")  # held for the member while a spend is uncertain
    REDEEMED = 4, _("redeemed")  # held by the merchant where points were spent
    EXPIRED = 5, _("expired")  # held by the issuing merchant
    TRANSIT = 6, _("transit")  # between two members who live on different nodes
    RESERVE = 7, _("customer reserve")  # 备付金: money's own class, which no point may touch (SPEC R53)


# Kind of the debit account, then kind of the credit account: the only pairs a posting may join. Reserve joins only
# itself, so points never mix with customer reserve money.
POSTING_PAIRS: tuple[int, ...] = (
    12,  # issue
    21,  # claw back, reverse an issue
    24,  # redeem
    42,  # refund
    23,  # hold
    32,  # release, lapse
    34,  # capture
    25,  # expire
    52,  # reverse an expiry
    22,  # transfer
    26,
    62,
    77,
)


class Act(models.Model):
    """One business act."""

    id = models.BigAutoField(primary_key=True)
    merchant = models.ForeignKey("merchants.Merchant", models.DO_NOTHING, db_constraint=False, db_index=False)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.DO_NOTHING, db_constraint=False, db_index=False)
    parent_id = models.BigIntegerField(_("answers act"), null=True)
    actor_id = models.BigIntegerField(_("actor"), null=True)
    approved_by_id = models.BigIntegerField(_("approved by"), null=True)
    amount_fen = WholeNumberField(_("amount in fen"), null=True)
    store_id = models.BigIntegerField(_("store"), null=True)
    occurred_at = models.DateTimeField(_("occurred at"))
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Func(function="clock_timestamp"))
    xid = Xid8Field(db_default=Func(function="pg_current_xact_id"))
    kind = ActKindField(_("kind"), choices=ActKind)
    request_hash = RequestHashField(_("request hash"), max_length=32)
    reference = ReferenceField(_("reference"), max_length=128)
    breakdown = models.JSONField(_("breakdown"))

    class Meta:
        verbose_name = _("act")
        verbose_name_plural = _("acts")
        indexes: ClassVar = [
            models.Index(fields=["xid"], name="points_act_by_xid"),
            models.Index(
                fields=["parent_id", "kind"], name="points_act_by_parent", condition=Q(parent_id__isnull=False)
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["merchant", "kind", "reference"], name="a_reference_is_used_once_per_merchant_and_kind"
            ),
            models.UniqueConstraint(fields=["parent_id"], condition=Q(kind__in=[5, 6, 7]), name="a_hold_ends_once"),
            models.UniqueConstraint(fields=["parent_id"], condition=Q(kind=10), name="an_act_is_reversed_once"),
            models.CheckConstraint(
                condition=Law("parent_id IS NOT NULL OR kind <> ALL ('{5,6,7,9,10,15}')"),
                name="an_answer_names_the_act_it_answers",
            ),
            models.CheckConstraint(
                condition=Law("kind <> ALL ('{13,16}') OR (actor_id <> approved_by_id) IS TRUE"),
                name="an_adjustment_or_a_merge_takes_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.reference}"


class Journal(models.Model):
    """What one act did to one wallet: points (signed, may be 0) and the balance after."""

    pk = models.CompositePrimaryKey("member_id", "purse", "act_id")
    act = models.ForeignKey(Act, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="journal")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.DO_NOTHING, db_constraint=False, db_index=False)
    merchant = models.ForeignKey("merchants.Merchant", models.DO_NOTHING, db_constraint=False, db_index=False)
    points = models.BigIntegerField(_("points"))
    balance_after = WholeNumberField(_("balance after"))
    owed = models.BigIntegerField(_("change of points owed"), db_default=0)
    purse = PurseField(_("purse"), choices=Purse)

    class Meta:
        verbose_name = _("journal entry")
        verbose_name_plural = _("journal")
        indexes: ClassVar = [models.Index(fields=["act"], name="points_journal_by_act")]
        constraints: ClassVar = []

    def __str__(self) -> str:
        return f"{self.points:+d}"


class Posting(models.Model):
    """Debit account, credit account, amount > 0 in one row: balanced by its shape."""

    pk = models.CompositePrimaryKey("act_id", "line")
    act = models.ForeignKey(Act, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="postings")
    debit_holder = models.BigIntegerField(_("debit holder"))
    credit_holder = models.BigIntegerField(_("credit holder"))
    amount = CountingNumberField(_("points"))
    line = models.SmallIntegerField(_("line"))
    purse = PurseField(_("purse"), choices=Purse)
    debit_kind = models.SmallIntegerField(_("debit account"), choices=AccountKind)
    credit_kind = models.SmallIntegerField(_("credit account"), choices=AccountKind)

    class Meta:
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        constraints: ClassVar = [
            # The law of SPEC R53: a pair that is not listed cannot be written. The credit account's digit is tested
            # apart, because 0 and 12 would add up to 12 as well.
            models.CheckConstraint(
                condition=Law(
                    "credit_kind BETWEEN 1 AND 7 AND "
                    f"debit_kind * 10 + credit_kind = ANY ('{{{','.join(str(pair) for pair in POSTING_PAIRS)}}}')"
                ),
                name="a_posting_joins_only_accounts_that_may_meet",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_debit_kind_display()} → {self.get_credit_kind_display()} {self.amount}"


class Draw(models.Model):
    """How much an act took from (negative) or gave back to (positive) one lot."""

    pk = models.CompositePrimaryKey("act_id", "lot_id")
    act = models.ForeignKey(Act, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="draws")
    lot = models.ForeignKey("points.Lot", models.DO_NOTHING, db_constraint=False, db_index=False, related_name="draws")
    points = models.BigIntegerField(_("points"))
    expires_at = models.DateTimeField(_("new end of validity"), null=True)

    class Meta:
        verbose_name = _("draw")
        verbose_name_plural = _("draws")
        indexes: ClassVar = [models.Index(fields=["lot"], name="points_draw_by_lot")]
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(points=0), name="a_draw_moves_points")]

    def __str__(self) -> str:
        return f"{self.points:+d}"


class Idempotency(models.Model):
    """The key under which a booked act was asked for; the act holds the request's hash. A refusal leaves nothing here.

    Only 128 bits of the key's SHA-256 are kept: half the bytes of what clients send, and of an index in random order.
    """

    pk = models.CompositePrimaryKey("merchant_id", "key_digest")
    merchant = models.ForeignKey("merchants.Merchant", models.DO_NOTHING, db_constraint=False, db_index=False)
    act = models.ForeignKey(Act, models.DO_NOTHING, db_constraint=False, db_index=False)
    key_digest = models.UUIDField(_("digest of the key"))

    class Meta:
        verbose_name = _("idempotency key")
        verbose_name_plural = _("idempotency keys")

    def __str__(self) -> str:
        return str(self.key_digest)
