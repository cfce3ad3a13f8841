"""Receipts: an act with the proof that it is in the signed tree, verifiable offline by `points.verify`."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from hongmi.lib.errors import DomainError
from points import verify
from points.transparency import canonical, heads, leaves, log, merkle


class Altered(Exception):
    """The tables differ from the seal, so no receipt can be given: a case for `proofs`, not for a retry."""


class UnknownTreeSize(DomainError):
    """The tree has never had this size; it has `tree_size` leaves now."""

    code = "tree_size_unknown"
    sentence = _("The tree never had this size; it has %(tree_size)s leaves now.")


def receipt(act_id: int, *, since: int | None = None) -> dict[str, Any] | None:
    """The receipt as a JSON object; None until the act is sealed, or for an unknown act.

    `since` is the tree size of a head that the reader kept; the receipt then also proves that nothing sealed by then
    has changed. Raises Altered, and UnknownTreeSize where `since` is negative or larger than the tree.
    """
    with log.cursor() as cursor:
        place = cursor.execute("SELECT leaf_index, leaf_hash FROM points_seal WHERE act_id = %s", [act_id]).fetchone()
        last = log.latest_head(cursor)
        if place is None or last is None or place[0] >= last.tree_size:
            return None
        leaf = leaves.of_acts(cursor, [act_id]).get(act_id)
        tree = merkle.Tree(log.StoredTree(cursor), last.tree_size)
        proof = tree.inclusion(place[0])
        if leaf is None or not _leads_to(last, leaf, place[0], proof):
            raise Altered(f"act {act_id}")
        found = _object(leaf, place[0], last, proof)
        if since is not None:
            found["consistency"] = _consistency(tree, since)
    return found


def to_text(receipt: dict[str, Any]) -> bytes:
    """The bytes of the receipt's file."""
    return canonical.encode(receipt)


def _leads_to(last: log.StoredHead, leaf: leaves.Leaf, leaf_index: int, proof: list[bytes]) -> bool:
    return merkle.included(
        leaves.hash_of(leaf),
        leaf_index=leaf_index,
        tree_size=last.tree_size,
        proof=proof,
        root=last.signed.head.root_hash,
    )


def _object(leaf: leaves.Leaf, leaf_index: int, last: log.StoredHead, proof: list[bytes]) -> dict[str, Any]:
    public_key = log.keys().public_keys.get(last.signed.key_id)
    found = {
        "format": verify.FORMAT,
        "act": leaf,
        "leaf_index": str(leaf_index),
        "tree_size": str(last.tree_size),
        "inclusion": [each.hex() for each in proof],
        "head": heads.to_object(last.signed),
    }
    return found | ({"public_key": public_key.public_bytes_raw().hex()} if public_key else {})


def _consistency(tree: merkle.Tree, since: int) -> dict[str, Any]:
    try:
        hashes = tree.consistency(since)
    except IndexError:
        raise UnknownTreeSize({"tree_size": tree.size}) from None
    return {"old_tree_size": str(since), "new_tree_size": str(tree.size), "hashes": [each.hex() for each in hashes]}
