import pytest
from hypothesis import given
from hypothesis import strategies as st

from hongmi.lib.field_crypto import CannotOpen, DataKey, KeyRing, NoKeys

OLD, NEW = "old" * 12, "new" * 12


@given(st.binary(max_size=300), st.binary(max_size=20))
def test_a_sealed_text_opens_in_its_context(plain: bytes, context: bytes) -> None:
    ring = KeyRing([NEW])
    assert ring.open(ring.seal(plain, context=context), context=context) == plain


def test_it_does_not_open_in_another_context() -> None:
    ring = KeyRing([NEW])
    sealed = ring.seal(b"Alice", context=b"row 1")
    with pytest.raises(CannotOpen):
        ring.open(sealed, context=b"row 2")


@given(st.integers(min_value=0, max_value=10**6))
def test_one_changed_bit_is_noticed(place: int) -> None:
    key = DataKey.draw()
    sealed = bytearray(key.seal(b"Alice", context=b""))
    sealed[place % len(sealed)] ^= 1
    with pytest.raises(CannotOpen):
        key.open(bytes(sealed), context=b"")


@pytest.mark.parametrize("junk", [b"", b"short", b"\0" * 40])
def test_junk_does_not_open(junk: bytes) -> None:
    with pytest.raises(CannotOpen):
        KeyRing([NEW]).open(junk, context=b"")


def test_two_seals_of_one_text_differ() -> None:
    ring = KeyRing([NEW])
    assert ring.seal(b"Alice", context=b"") != ring.seal(b"Alice", context=b"")


def test_after_a_rotation_old_values_still_open_and_are_still_found() -> None:
    before, after = KeyRing([OLD]), KeyRing([NEW, OLD])
    sealed = before.seal(b"Alice", context=b"")
    assert after.open(sealed, context=b"") == b"Alice"
    assert not after.is_sealed_by_newest(sealed)
    assert after.is_sealed_by_newest(after.seal(b"Alice", context=b""))
    assert before.index("+86", purpose="phone") in after.indexes("+86", purpose="phone")
    assert after.index("+86", purpose="phone") == after.indexes("+86", purpose="phone")[0]


def test_a_retired_key_opens_nothing() -> None:
    sealed = KeyRing([OLD]).seal(b"Alice", context=b"")
    with pytest.raises(CannotOpen):
        KeyRing([NEW]).open(sealed, context=b"")


def test_an_unwrapped_data_key_opens_its_values() -> None:
    ring, key = KeyRing([NEW]), DataKey.draw()
    sealed = key.seal(b"Alice", context=b"1")
    assert ring.unwrap(ring.wrap(key, context=b"1"), context=b"1").open(sealed, context=b"1") == b"Alice"
    with pytest.raises(CannotOpen):
        ring.unwrap(ring.wrap(key, context=b"1"), context=b"2")


def test_an_index_depends_on_purpose_and_key() -> None:
    ring = KeyRing([NEW])
    assert ring.index("+86", purpose="phone") == ring.index("+86", purpose="phone")
    assert ring.index("+86", purpose="phone") != ring.index("+86", purpose="tombstone")
    assert ring.index("+86", purpose="phone") != KeyRing([OLD]).index("+86", purpose="phone")


@pytest.mark.parametrize("secrets", [[], ["short"], [NEW, ""]])
def test_it_refuses_weak_keys(secrets: list[str]) -> None:
    with pytest.raises(NoKeys):
        KeyRing(secrets)


def test_no_secret_shows_in_a_traceback() -> None:
    assert "secret" not in repr(DataKey.draw())
