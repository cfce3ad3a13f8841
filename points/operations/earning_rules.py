"""Earning rules, published version by version."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from hongmi.lib.errors import DomainError
from points.models import EarningRule, EarningRuleVersion
from points.rules import rule_json, rulebook, validation
from points.rules.reader import DefinitionInvalid, Problem


class InvalidRule(DomainError):
    """The rule cannot be published; `problems` gives the reasons, field by field."""

    code = "invalid_rule"
    sentence = _("The rule cannot be published as it is.")

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(
            {
                "problems": [
                    {"where": problem.where, "code": problem.code, "sentence": str(problem)} for problem in problems
                ]
            }
        )
        self.problems = tuple(problems)


def publish(
    *,
    rule: EarningRule,
    definition: dict[str, Any],
    starts_at: datetime,
    ends_at: datetime | None = None,
    created_by_id: int | None = None,
) -> EarningRuleVersion:
    """Add the next version of a rule, in force from `starts_at`. Versions before it stay as they are for ever."""
    try:
        parsed = rule_json.parse(definition)
    except DefinitionInvalid as error:
        raise InvalidRule(error.problems) from error
    problems = validation.validate(parsed, rule.merchant.category, starts_at=starts_at, ends_at=ends_at)
    if problems:
        raise InvalidRule(problems)
    with transaction.atomic():
        # The rule's row is the mutex of its version numbers.
        EarningRule.objects.select_for_update().get(pk=rule.pk)
        last = rule.versions.order_by("-version").values_list("version", flat=True).first() or 0
        version = EarningRuleVersion.objects.create(
            rule=rule,
            version=last + 1,
            definition=rule_json.canonical(parsed),
            starts_at=starts_at,
            ends_at=ends_at,
            created_by_id=created_by_id,
        )
        rulebook.announce_change(rule.merchant_id)
    return version
