"""The list of all kinds of rules. A new kind is one file beside this one and one entry here."""

from points.rules.effect import Effect, Explanation
from points.rules.form_fields import Field
from points.rules.kinds.birthday import Birthday
from points.rules.kinds.bonus import Bonus
from points.rules.kinds.first_purchase import FirstPurchase
from points.rules.kinds.green import Green
from points.rules.kinds.multiplier import Multiplier
from points.rules.kinds.rate import Rate
from points.rules.kinds.sign_up import SignUp

KINDS: tuple[type[Effect], ...] = (Rate, Multiplier, Bonus, FirstPurchase, SignUp, Birthday, Green)


def by_name() -> dict[str, type[Effect]]:
    """The kinds by their names in a rule's JSON."""
    return {kind.kind: kind for kind in KINDS}


def form_fields() -> tuple[Field, ...]:
    """The fields of all kinds, each once."""
    return tuple({field.name: field for kind in KINDS for field in kind.fields}.values())


def explanation(reason: str) -> Explanation | None:
    """Writes the sentence of an award with this reason; None for a reason that is no rule's."""
    return next((kind.explanations[reason] for kind in KINDS if reason in kind.explanations), None)
