"""What the API answers when redemption refuses."""

from django.utils.translation import gettext_lazy as _

from hongmi.lib.problems import register
from redemption import operations

REWARD_NOT_FOUND = register("reward_not_found", 404, _("No such reward on sale"), operations.RewardNotFound)
