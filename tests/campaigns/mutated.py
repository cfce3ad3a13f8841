"""A plugin of a run of pure tests (`-p tests.campaigns.mutated`): one module is loaded from another text."""

import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Sequence
from types import ModuleType

import pytest
from hypothesis import HealthCheck, is_hypothesis_test, settings

MODULE, TEXT = os.environ["MUTATED_MODULE"], os.environ["MUTATED_TEXT"]
# As in tests/conftest.py, which needs Django and is left out.
settings.register_profile(
    "mutants", derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("mutants")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Examples run before properties: most mutants fall to an example, in a tenth of the time."""
    items.sort(key=lambda item: is_hypothesis_test(getattr(item, "obj", None)))


class _Loader(importlib.machinery.SourceFileLoader):
    def get_code(self, fullname: str) -> object:
        return compile(TEXT, self.path, "exec")


class _Finder(importlib.abc.MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != MODULE:
            return None
        file = f"{fullname.replace('.', '/')}.py"
        return importlib.util.spec_from_file_location(fullname, file, loader=_Loader(fullname, file))


sys.meta_path.insert(0, _Finder())
