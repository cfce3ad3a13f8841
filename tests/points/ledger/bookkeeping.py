"""A cast that writes books with every kind of act in them, for tests that look at books as a whole."""

import secrets
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from points.ledger import functions
from tests import factories
from tests.points import cast


class Cast:
    """Alice and Bob, who are one family and joined both the Stationer and the Garage."""

    def __init__(self, moment: datetime | None = None) -> None:
        self.moment = moment or timezone.now()
        self.stationer = factories.merchant("stationer")
        self.garage = factories.merchant("garage", category="automotive", clawback_policy="owe")
        self.platform = factories.platform()
        both = (self.stationer, self.garage)
        self.alice, self.bob = factories.member("Alice", *both), factories.member("Bob", *both)
        factories.family(self.alice, self.bob)

    def buys(self, who: Any, *awards: dict[str, Any], at: Any = None, **more: Any) -> int:
        """A purchase with these awards; the answer is its act."""
        breakdown = more.pop("breakdown", {"lines": [{"sku": "本-1", "amount_fen": 5000}]})
        booking = functions.accrue(
            kind="purchase",
            merchant_id=(at or self.stationer).id,
            member=who.public_id,
            key=None,
            occurred_at=self.moment,
            moment=self.moment,
            awards=awards,
            breakdown=breakdown,
            amount_fen=5000,
            **_new_request(),
            **more,
        )
        assert booking.act_id is not None
        return booking.act_id

    def buys_much(self, count: int, who: Any = None) -> None:
        """`count` purchases of 1 point each, in one transaction."""
        member = str((who or self.alice).public_id)
        items = [
            {
                "member": member,
                "reference": uuid.uuid4().hex,
                "hash": secrets.token_hex(16),
                "occurred_at": self.moment.isoformat(),
                "amount_fen": 100,
                "awards": [points(1)],
                "breakdown": {},
            }
            for _ in range(count)
        ]
        functions.accrue_batch(
            merchant_id=self.stationer.id, items=items, moment=self.moment, actor_id=None, publish=False
        )

    def does_everything(self) -> None:
        """One act of nearly every kind; lots are drawn, extended, given and clawed back."""
        soon = (self.moment + timedelta(days=30)).isoformat()
        bought = self.buys(self.alice, points(500))
        self.buys(self.alice)
        self.buys(
            self.alice,
            points(200, kind="bonus", expires_at=soon),
            points(70, kind="green", purse="green", transferable=True),
        )
        self.buys(self.alice, points(40, kind="bonus", earmark="cake"))
        spent = self._at_garage(functions.redeem, purse="base", points=300)
        self._at_garage(functions.refund, parent_id=spent, points=250)
        held = self._at_garage(functions.hold, purse="base", points=120, expires_at=self.moment + timedelta(minutes=30))
        captured = self._at_garage(functions.end_hold, kind="capture", hold_id=held, points=100)
        self._at_garage(functions.refund, parent_id=captured, points=30)
        released = self._at_garage(
            functions.hold, purse="base", points=10, expires_at=self.moment + timedelta(minutes=30)
        )
        self._at_garage(functions.end_hold, kind="release", hold_id=released, points=None)
        self._returns(bought)
        functions.transfer(
            platform_id=self.platform.id,
            giver_id=self.alice.id,
            receiver_id=self.bob.id,
            points=50,
            moment=self.moment,
            caps=cast.gift_caps(self.moment),
            **_new_request(),
        )
        self._corrects()
        self.buys(self.bob, points(15, kind="bonus", expires_at=(self.moment + timedelta(days=1)).isoformat()))
        functions.expire(member_ids=[self.bob.id], moment=self.moment + timedelta(days=2))

    def _at_garage(self, act: Any, **more: Any) -> int:
        if act in (functions.redeem, functions.hold):
            more["member"] = self.alice.public_id
        return act(merchant_id=self.garage.id, key=None, moment=self.moment, **_new_request(), **more).act_id

    def _returns(self, bought: int) -> None:
        functions.return_purchase(
            merchant_id=self.stationer.id,
            parent_id=bought,
            seen_returns=0,
            base_points=100,
            green_points=0,
            key=None,
            occurred_at=self.moment,
            moment=self.moment,
            amount_fen=1000,
            policy="owe",
            **_new_request(),
        )

    def _corrects(self) -> None:
        mistaken = self.buys(self.bob, points(80), at=self.garage)
        functions.reverse(
            merchant_id=self.garage.id,
            parent_id=mistaken,
            moment=self.moment,
            policy="owe",
            actor_id=self.bob.id,
            breakdown={"reason": "误记"},
            **_new_request(),
        )
        functions.take_away(
            merchant_id=self.stationer.id,
            member=self.alice.public_id,
            purse="base",
            points=5,
            moment=self.moment,
            actor_id=self.alice.id,
            approved_by_id=self.bob.id,
            breakdown={"reason": "counted twice"},
            **_new_request(),
        )


def points(number: int, *, kind: str = "spend", purse: str = "base", **more: Any) -> dict[str, Any]:
    """An award in the form of the ledger function."""
    award = {"points": number, "kind": kind, "purse": purse, "rule": 7, "version": 1, "reason": "rate"} | more
    return cast.as_written(award)


def _new_request() -> dict[str, Any]:
    return {"reference": uuid.uuid4().hex, "request_hash": secrets.token_bytes(16)}
