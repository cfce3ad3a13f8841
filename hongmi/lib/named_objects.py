"""Modules, functions and classes that settings name by dotted path.

The import contracts of pyproject.toml do not see these imports. They are allowed for two purposes: drivers that an
installation chooses (SMS, payment), and registries through which a lower app calls the apps above it. Each such setting
is checked at start-up (`hongmi.checks`), and tests/test_contracts.py lists the modules that may import this one.
"""

from importlib import import_module
from types import ModuleType
from typing import Any

from django.utils.module_loading import import_string


def module(path: str) -> ModuleType:
    """Raises ImportError when there is none."""
    return import_module(path)


def attribute(path: str) -> Any:
    """The function or class `package.module.name`. Raises ImportError when there is none."""
    return import_string(path)
