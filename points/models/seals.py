"""The seal: Merkle tree of acts (RFC 6962), signed heads, and folded balances of hot system accounts."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from hongmi.lib.enums import EnumField
from points.types import AccountKind, Purse


class Seal(models.Model):
    """A leaf: which act stands at which place of the tree, with its hash."""

    leaf_index = models.BigIntegerField(primary_key=True)
    act_id = models.BigIntegerField(unique=True)
    leaf_hash = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = _("seal")
        verbose_name_plural = _("seals")

    def __str__(self) -> str:
        return str(self.leaf_index)


class TreeNode(models.Model):
    """The root of 256**level leaves, complete ones only, so that a proof in a tree of 10^8 leaves reads few rows."""

    pk = models.CompositePrimaryKey("level", "index")
    index = models.BigIntegerField()
    level = models.SmallIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = _("tree node")
        verbose_name_plural = _("tree nodes")

    def __str__(self) -> str:
        return f"{self.level}/{self.index}"


class TreeHead(models.Model):
    """A signed head of the tree. The newest has the highest id; a quiet tree gets new heads of the same size."""

    id = models.BigAutoField(primary_key=True)
    tree_size = models.BigIntegerField(_("leaves"))
    sealed_xid = models.BigIntegerField(_("every act of an earlier transaction is sealed"))
    horizon_at = models.DateTimeField(_("covers what was recorded until"))
    # Every row recorded until `mark_at` belongs to transactions before `mark_xid`: a later head's horizon, once those
    # transactions are over.
    mark_xid = models.BigIntegerField(_("mark"))
    mark_at = models.DateTimeField(_("moment of the mark"))
    signed_at = models.DateTimeField(_("signed at"))
    root_hash = models.BinaryField(max_length=32)
    signature = models.BinaryField(max_length=64)
    key_id = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("tree head")
        verbose_name_plural = _("tree heads")
        indexes: ClassVar = [models.Index(fields=["tree_size"], name="points_treehead_by_size")]

    def __str__(self) -> str:
        return str(self.tree_size)


class AccountRollup(models.Model):
    """Folded debits and credits of a system account, up to the last sealed act."""

    pk = models.CompositePrimaryKey("kind", "holder", "purse")
    holder = models.BigIntegerField(_("holder"))
    debits = models.BigIntegerField(_("debits"))
    credits = models.BigIntegerField(_("credits"))
    kind = EnumField(_("account"), db_enum="account_kind", choices=AccountKind)
    purse = EnumField(_("purse"), db_enum="purse", choices=Purse)

    class Meta:
        verbose_name = _("account rollup")
        verbose_name_plural = _("account rollups")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(debits__gte=0, credits__gte=0), name="a_rollup_sums_positive_amounts"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.credits - self.debits}"
