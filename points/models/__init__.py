"""The tables of the books, their projections, the seal and the earning rules, each in its own file."""

from .adjustments import Adjustment
from .audits import AuditRun
from .books import AccountKind, Act, ActKind, Draw, Idempotency, Journal, Posting, Purse
from .fields import Xid8Field
from .projections import CapUsage, Debt, Hold, Lot, LotKind, Once, Wallet
from .rules import EarningRule, EarningRuleVersion, GoodsLabel
from .seals import AccountRollup, Seal, TreeHead, TreeNode

__all__ = [
    "AccountKind",
    "AccountRollup",
    "Act",
    "ActKind",
    "Adjustment",
    "AuditRun",
    "CapUsage",
    "Debt",
    "Draw",
    "EarningRule",
    "EarningRuleVersion",
    "GoodsLabel",
    "Hold",
    "Idempotency",
    "Journal",
    "Lot",
    "LotKind",
    "Once",
    "Posting",
    "Purse",
    "Seal",
    "TreeHead",
    "TreeNode",
    "Wallet",
    "Xid8Field",
]
