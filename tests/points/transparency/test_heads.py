import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from points import verify
from points.transparency import heads

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
HEAD = heads.Head(
    origin="hongmi.example/points",
    tree_size=20_852_163,
    root_hash=base64.b64decode("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="),
    timestamp=datetime(2026, 11, 22, 4, 5, 6, tzinfo=UTC),
    horizon=datetime(2026, 11, 22, 4, 5, 1, 250_000, tzinfo=UTC),
)


def test_the_signed_text_is_a_checkpoint_with_two_lines_of_our_own() -> None:
    assert HEAD.text() == (
        "hongmi.example/points\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
        "timestamp 2026-11-22T04:05:06.000000Z\nhorizon 2026-11-22T04:05:01.250000Z\n"
    )


def test_a_head_verifies_under_its_own_key_only() -> None:
    signed = heads.sign(HEAD, KEY)
    assert heads.is_signed_by(signed, KEY.public_key())
    assert not heads.is_signed_by(signed, Ed25519PrivateKey.generate().public_key())


@pytest.mark.parametrize(
    "change",
    [
        {"origin": "hongmi.example/other"},
        {"tree_size": 20_852_164},
        {"root_hash": bytes(32)},
        {"timestamp": HEAD.timestamp + timedelta(microseconds=1)},
        {"horizon": HEAD.horizon + timedelta(microseconds=1)},
    ],
)
def test_no_part_of_a_signed_head_can_be_changed(change: dict[str, object]) -> None:
    signed = heads.sign(HEAD, KEY)
    assert not heads.is_signed_by(replace(signed, head=replace(HEAD, **change)), KEY.public_key())


def test_a_head_survives_the_journey_through_a_receipt() -> None:
    signed = heads.sign(HEAD, KEY)
    assert heads.from_object(heads.to_object(signed)) == signed


@pytest.mark.parametrize(
    "change",
    [
        {"tree_size": "020852163"},
        {"root_hash": "00"},
        {"timestamp": "2026-11-22T12:05:06.000000+08:00"},
        {"origin": "two\nlines"},
        {"extra": ""},
    ],
)
def test_it_refuses_a_second_spelling_of_a_head(change: dict[str, str]) -> None:
    with pytest.raises(heads.MalformedHead):
        heads.from_object(heads.to_object(heads.sign(HEAD, KEY)) | change)


def test_keys_and_notes_are_those_of_the_public_form() -> None:
    """The reference vector of golang.org/x/mod/sumdb/note (note_test.go)."""
    name, verifier_key = "PeterNeumann", "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    stamp = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="

    key = verify.key_bytes(verifier_key)
    assert heads.verifier_key(name, Ed25519PublicKey.from_public_bytes(key)) == verifier_key
    assert verify.ed25519_verifies(key, base64.b64decode(stamp)[4:], text.encode())


def test_a_note_carries_the_same_signature() -> None:
    signed = heads.sign(HEAD, KEY)
    text, _, signature_line = heads.note(signed, KEY.public_key()).rpartition("\n\n")
    assert f"{text}\n" == HEAD.text()
    assert signature_line.startswith("— hongmi.example/points ")
    assert base64.b64decode(signature_line.split()[2])[4:] == signed.signature
