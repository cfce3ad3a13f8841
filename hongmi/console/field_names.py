"""What a field is called that has no name but its Python one: that name, in the reader's language.

Most foreign keys are called as what they point to, so naming them in each model would say everything twice; Django
would show the Python name in English. The catalogue finds these names in the models (`hongmi.messages`).
"""

import ast
from collections.abc import Iterable, Iterator

from django.db.models import Field, Model
from django.utils.translation import pgettext_lazy

# A word may be a field here and something else there: the owner of a pet, and an owner among a shop's staff.
CONTEXT = "field"
# Django's own primary keys, and what an expression in a model's module says of its result.
_UNSPOKEN = ("id", "pk", "output_field")


def spell(model_classes: Iterable[type[Model]]) -> None:
    """Give every field without a `verbose_name` its name from the catalogue; migrations do not see it."""
    for model in model_classes:
        for field in [*model._meta.local_fields, *model._meta.local_many_to_many]:
            if _is_nameless(field):
                field.verbose_name = pgettext_lazy(CONTEXT, _spoken(field.name))


def _is_nameless(field: "Field[object, object]") -> bool:
    # The only place that remembers whether a name was given, because Django fills in `verbose_name`.
    return field._verbose_name is None and field.name not in _UNSPOKEN  # type: ignore[attr-defined]


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def names_in(source: str) -> Iterator[str]:
    """The names of the fields that a module declares without saying what they are called."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and isinstance(node.targets[0], ast.Name):
            name, call = node.targets[0].id, node.value
            if name not in _UNSPOKEN and _is_nameless_field(call):
                yield _spoken(name)


def _is_nameless_field(call: ast.Call) -> bool:
    kind = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if any(word.arg == "verbose_name" for word in call.keywords):
        return False
    # A relation's first word is the model it points to; any other field's is its name.
    is_relation = kind in ("ForeignKey", "OneToOneField", "ManyToManyField")
    return is_relation or (kind.endswith("Field") and not call.args)
