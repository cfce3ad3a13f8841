from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from points.transparency import heads, keyring

MOMENT = datetime(2026, 11, 22, tzinfo=UTC)
HEAD = heads.Head(origin="hongmi.example/points", tree_size=1, root_hash=bytes(32), timestamp=MOMENT, horizon=MOMENT)


def test_it_makes_a_key_once_and_keeps_it_to_itself(tmp_path: Path) -> None:
    first = keyring.load(tmp_path / "state")
    assert keyring.load(tmp_path / "state").public_keys.keys() == first.public_keys.keys()
    assert (tmp_path / "state" / keyring.PRIVATE_FILE).stat().st_mode & 0o777 == 0o600


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        rings = list(pool.map(lambda _: keyring.load(tmp_path), range(8)))
    assert len({heads.key_id(ring.current.public_key()) for ring in rings}) == 1
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("seal.key")] == [keyring.PRIVATE_FILE]


@pytest.mark.parametrize("seed", ["07" * 32, "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="])
def test_it_uses_the_given_key(tmp_path: Path, seed: str) -> None:
    ring = keyring.load(tmp_path, seed=seed)
    assert ring.current.private_bytes_raw() == b"\x07" * 32
    assert not (tmp_path / keyring.PRIVATE_FILE).exists()


@pytest.mark.parametrize("seed", ["07", "not a key", "07" * 33])
def test_it_refuses_a_value_that_is_no_key(tmp_path: Path, seed: str) -> None:
    with pytest.raises(keyring.UnusableKey):
        keyring.load(tmp_path, seed=seed)


def test_a_retired_key_still_verifies_and_a_foreign_one_does_not(tmp_path: Path) -> None:
    before = keyring.load(tmp_path, seed="07" * 32)
    signed = heads.sign(HEAD, before.current)
    after = keyring.load(tmp_path, seed="08" * 32)
    assert heads.key_id(after.current.public_key()) != signed.key_id
    assert after.verifies(signed)
    assert not after.verifies(heads.sign(HEAD, Ed25519PrivateKey.generate()))


def test_a_retired_key_may_come_from_the_settings(tmp_path: Path) -> None:
    retired = Ed25519PrivateKey.generate()
    ring = keyring.load(tmp_path, retired=[retired.public_key().public_bytes_raw().hex()])
    assert ring.verifies(heads.sign(HEAD, retired))
