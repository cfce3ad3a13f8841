"""Families, invitations into them, pets."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User


class FamilyRole(models.TextChoices):
    """The head invites people and sets caps; a child can do neither."""

    HEAD = "head", _("head")
    ADULT = "adult", _("adult")
    CHILD = "child", _("child")


class Family(models.Model):
    """People who may give each other green points. A family's caps cannot be higher than the platform's."""

    name = models.CharField(_("name"), max_length=100, blank=True)
    gift_points_per_day = models.PositiveIntegerField(
        _("green points a member may give per day"), null=True, blank=True
    )
    gift_points_per_year = models.PositiveIntegerField(
        _("green points a member may give per year"), null=True, blank=True
    )
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("family")
        verbose_name_plural = _("families")

    def __str__(self) -> str:
        return self.name or f"{self._meta.verbose_name} {self.pk}"


class FamilyMember(models.Model):
    """A person's place in a family; one family per person at a time."""

    family = models.ForeignKey(Family, models.CASCADE, related_name="places")
    member = models.ForeignKey(User, models.CASCADE, related_name="family_places")
    role = models.CharField(_("role"), max_length=10, choices=FamilyRole, default=FamilyRole.ADULT)
    joined_at = models.DateTimeField(_("joined at"), db_default=Now())
    left_at = models.DateTimeField(_("left at"), null=True, blank=True)

    class Meta:
        verbose_name = _("family member")
        verbose_name_plural = _("family members")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["member"], condition=Q(left_at__isnull=True), name="one_family_per_person_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["family"], condition=Q(left_at__isnull=True, role="head"), name="a_family_has_one_head"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member} @ {self.family}"


class FamilyInvitation(models.Model):
    """An offered place: for a member, for the owner of a number, or for the holder of the code, stored as a hash."""

    family = models.ForeignKey(Family, models.CASCADE, related_name="invitations")
    invited_by = models.ForeignKey(User, models.CASCADE, related_name="+")
    role = models.CharField(_("role"), max_length=10, choices=FamilyRole, default=FamilyRole.ADULT)
    token_hash = models.BinaryField(_("code"), max_length=32, unique=True)
    member = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="family_invitations")
    phone_index = models.BinaryField(_("phone index"), max_length=32, null=True, editable=False)
    invited_at = models.DateTimeField(_("invited at"))
    expires_at = models.DateTimeField(_("expires at"))
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    is_accepted = models.BooleanField(_("accepted"), default=False)

    class Meta:
        verbose_name = _("family invitation")
        verbose_name_plural = _("family invitations")
        indexes: ClassVar = [
            models.Index(fields=["phone_index"], name="open_invitation_by_phone", condition=Q(answered_at__isnull=True))
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(is_accepted=False) | Q(answered_at__lt=F("expires_at")),
                name="an_invitation_is_accepted_in_time",
            ),
            models.CheckConstraint(condition=~Q(role="head"), name="nobody_is_invited_as_head"),
        ]

    def __str__(self) -> str:
        return f"{self.family} {self.pk}"


class Pet(models.Model):
    """A member's pet. The owner's data key seals its name and birthday; month and day are searchable."""

    owner = models.ForeignKey(User, models.CASCADE, related_name="pets")
    sealed = models.BinaryField(_("sealed name and birthday"), editable=False)
    birth_month_day = models.PositiveSmallIntegerField(_("month and day of birth"), editable=False, db_index=True)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("pet")
        verbose_name_plural = _("pets")

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"
