"""A second verifier of receipts, written apart from `points.verify` out of the texts alone.

Where the first climbs from the leaf with the loops of RFC 9162, this one goes down from the root with the recursive
definitions of RFC 6962 §2.1; where the first matches patterns, this one parses, prints again and compares. They share
no code, so a slip in one shows as a disagreement. It answers yes or no and nothing else.
"""

import base64
import hashlib
import json
from datetime import datetime
from decimal import Decimal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def accepts(receipt: bytes, *, keys: list[bytes] | None = None, old_receipt: bytes | None = None) -> bool:
    """Is the receipt good under one of the raw public keys (else its own), and does it continue the earlier one?"""
    try:
        return _judge(receipt, keys, old_receipt)
    except (AssertionError, KeyError, TypeError, ValueError, RecursionError):
        return False


def _judge(receipt: bytes, keys: list[bytes] | None, old_receipt: bytes | None) -> bool:
    document = _load(receipt)
    names = set(document) - {"public_key", "consistency"}
    assert names == {"format", "act", "leaf_index", "tree_size", "inclusion", "head"}
    assert document["format"] == "hongmi-receipt/1"
    assert type(document["act"]) is dict
    head, old = document["head"], None if old_receipt is None else _load(old_receipt)
    if keys is None:
        carried = (document.get("public_key"), old.get("public_key") if old else None)
        keys = [_hex(each, 32) for each in carried if each is not None]
    size, index = _count(document["tree_size"]), _count(document["leaf_index"])
    assert _signed(head, keys)
    assert size == _count(head["tree_size"])
    assert index < size
    proof = [_hex(each, 32) for each in _list(document["inclusion"])]
    leaf = _sha(0, _canonical(document["act"]).encode())
    if _path_root(index, size, leaf, proof) != _hex(head["root_hash"], 32) or proof:
        return False
    if old is None:
        return True
    return _signed(old["head"], keys) and _continues(old["head"], head, document.get("consistency"))


def _continues(one: dict, other: dict, consistency: object) -> bool:
    assert one["origin"] == other["origin"]
    old, new = sorted((one, other), key=lambda head: _count(head["tree_size"]))
    m, n = _count(old["tree_size"]), _count(new["tree_size"])
    old_root, new_root = _hex(old["root_hash"], 32), _hex(new["root_hash"], 32)
    if m == n:
        return old_root == new_root
    if m == 0:
        return old_root == hashlib.sha256().digest()
    assert type(consistency) is dict
    assert len(consistency) == 3
    assert (_count(consistency["old_tree_size"]), _count(consistency["new_tree_size"])) == (m, n)
    proof = [_hex(each, 32) for each in _list(consistency["hashes"])]
    return _subproof_roots(m, n, True, old_root, proof) == (old_root, new_root) and not proof


def _path_root(m: int, n: int, leaf: bytes, proof: list[bytes]) -> bytes:
    """The root that PATH(m, D[n]) leads to; takes what it uses off the end of the proof."""
    if n == 1:
        return leaf
    k = _largest_power_of_two_below(n)
    sibling = _last(proof)
    if m < k:
        return _sha(1, _path_root(m, k, leaf, proof) + sibling)
    return _sha(1, sibling + _path_root(m - k, n - k, leaf, proof))


def _subproof_roots(m: int, n: int, known: bool, old_root: bytes, proof: list[bytes]) -> tuple[bytes, bytes]:
    """The roots over D[0:m] and D[n] that SUBPROOF(m, D[n], known) leads to."""
    if m == n:
        root = old_root if known else _last(proof)
        return root, root
    k = _largest_power_of_two_below(n)
    sibling = _last(proof)
    if m <= k:
        old, new = _subproof_roots(m, k, known, old_root, proof)
        return old, _sha(1, new + sibling)
    old, new = _subproof_roots(m - k, n - k, False, old_root, proof)
    return _sha(1, sibling + old), _sha(1, sibling + new)


def _largest_power_of_two_below(n: int) -> int:
    k = 1
    while 2 * k < n:
        k = 2 * k
    return k


def _last(proof: list[bytes]) -> bytes:
    assert proof
    return proof.pop()


def _sha(prefix: int, content: bytes) -> bytes:
    return hashlib.sha256(bytes((prefix,)) + content).digest()


def _signed(head: dict, keys: list[bytes]) -> bool:
    assert set(head) == {"origin", "tree_size", "root_hash", "timestamp", "horizon", "key_id", "signature"}
    assert all(33 <= ord(character) <= 126 and character != "+" for character in head["origin"])
    assert head["origin"]
    _hex(head["key_id"], 8)
    root = base64.standard_b64encode(_hex(head["root_hash"], 32)).decode()
    times = f"timestamp {_moment(head['timestamp'])}\nhorizon {_moment(head['horizon'])}\n"
    text = f"{head['origin']}\n{_count(head['tree_size'])}\n{root}\n{times}"
    for key in keys:
        if hashlib.sha256(key).digest()[:8].hex() != head["key_id"]:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(_hex(head["signature"], 64), text.encode())
        except InvalidSignature:
            continue
        return True
    return False


def _load(content: bytes) -> dict:
    def once(pairs: list) -> dict:
        assert len({key for key, _ in pairs}) == len(pairs)
        return dict(pairs)

    document = json.loads(content.decode("utf-8"), object_pairs_hook=once, parse_float=Decimal)
    assert type(document) is dict
    _only_whole_numbers(document)
    return document


def _only_whole_numbers(value: object) -> None:
    assert not isinstance(value, float | Decimal)  # NaN and Infinity arrive as floats
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _only_whole_numbers(inner)


def _canonical(value: object) -> str:
    if type(value) is dict:
        keys = sorted(value, key=lambda key: list(_utf16_units(key)))
        return "{" + ",".join(_canonical(key) + ":" + _canonical(value[key]) for key in keys) + "}"
    if type(value) is list:
        return "[" + ",".join(_canonical(each) for each in value) + "]"
    if type(value) is str:
        value.encode("utf-8")  # raises for half a surrogate pair
        return '"' + "".join(_escaped(character) for character in value) + '"'
    if type(value) is int:
        assert value.bit_length() < 64 or value == -(1 << 63)
        return format(value, "d")
    assert value is None or type(value) is bool
    return "null" if value is None else str(value).lower()


def _escaped(character: str) -> str:
    if character in ESCAPES:
        return ESCAPES[character]
    return character if ord(character) > 31 else f"\\u{ord(character):04x}"


def _utf16_units(text: str):
    for character in text:
        point = ord(character)
        if point < 0x10000:
            yield point
        else:
            yield 0xD800 + ((point - 0x10000) >> 10)
            yield 0xDC00 + ((point - 0x10000) & 0x3FF)


def _list(value: object) -> list:
    assert type(value) is list
    assert len(value) <= 128
    return value


def _count(text: str) -> int:
    assert type(text) is str
    assert len(text) <= 18
    assert str(int(text)) == text
    assert int(text) >= 0
    return int(text)


def _hex(text: str, count: int) -> bytes:
    decoded = bytes.fromhex(text)
    assert decoded.hex() == text
    assert len(decoded) == count
    return decoded


def _moment(text: str) -> str:
    moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z")
    assert moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z" == text
    return text
