"""Translates the Python name of a field without a `verbose_name`.

Most foreign keys carry the name of their target, so a `verbose_name` in each model would only repeat it, and Django
would show the Python name in English. `hongmi.messages` extracts these names from the models into the catalogue.
"""

import ast
from collections.abc import Iterable, Iterator

from django.db.models import Field, Model
from django.utils.translation import pgettext_lazy

# One English word may have two translations: the owner of a pet, and the owner among a shop's staff.
CONTEXT = "field"
# Django's own primary keys, and the keyword argument of an expression.
_UNNAMED = ("id", "pk", "output_field")


def translate(model_classes: Iterable[type[Model]]) -> None:
    """Give every field without a `verbose_name` its translated name; migrations do not see it."""
    for model in model_classes:
        for field in [*model._meta.local_fields, *model._meta.local_many_to_many]:
            if _is_nameless(field):
                field.verbose_name = pgettext_lazy(CONTEXT, _label(field.name))


def _is_nameless(field: "Field[object, object]") -> bool:
    # `_verbose_name` keeps the argument as given; Django fills in `verbose_name`.
    return field._verbose_name is None and field.name not in _UNNAMED  # type: ignore[attr-defined]


def _label(name: str) -> str:
    return name.replace("_", " ")


def names_in(source: str) -> Iterator[str]:
    """The labels of the fields that a module declares without a `verbose_name`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and isinstance(node.targets[0], ast.Name):
            name, call = node.targets[0].id, node.value
            if name not in _UNNAMED and _is_nameless_field(call):
                yield _label(name)


def _is_nameless_field(call: ast.Call) -> bool:
    kind = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if any(keyword.arg == "verbose_name" for keyword in call.keywords):
        return False
    # A relation's first argument is its target model; any other field's is its name.
    is_relation = kind in ("ForeignKey", "OneToOneField", "ManyToManyField")
    return is_relation or (kind.endswith("Field") and not call.args)
