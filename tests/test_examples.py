"""The examples of the suite depend on the test alone."""

import importlib.util
import sys
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st


def test_examples_do_not_depend_on_the_modules_loaded_before(tmp_path: Path) -> None:
    def drawn() -> list[int]:
        found: list[int] = []

        @settings(derandomize=True, max_examples=300, database=None)
        @given(st.integers(0, 10**9))
        def example(number: int) -> None:
            found.append(number)

        example()
        return found

    before, constants = drawn(), range(123_456_000, 123_456_400)
    module = tmp_path / "with_constants.py"
    module.write_text(f"CONSTANTS = {list(constants)}")
    spec = importlib.util.spec_from_file_location("with_constants", module)
    assert spec is not None
    assert spec.loader is not None
    sys.modules["with_constants"] = loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    assert drawn() == before
