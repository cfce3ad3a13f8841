"""The tables of the books, their projections, the seal and the earning rules, each in its own file."""

from .adjustments import Adjustment
from .audits import AuditRun
from .books import Act, Draw, Idempotency, Journal, Posting
from .fields import Xid8Field
from .projections import CapUsage, Debt, Hold, Lot, Once, Wallet
from .rules import EarningRule, EarningRuleVersion, GoodsLabel
from .seals import AccountRollup, Seal, TreeHead, TreeNode

__all__ = [
    "AccountRollup",
    "Act",
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
    "Once",
    "Posting",
    "Seal",
    "TreeHead",
    "TreeNode",
    "Wallet",
    "Xid8Field",
]
