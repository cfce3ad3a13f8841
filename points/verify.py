"""Verify a points receipt without asking anyone: 核验积分回执,不必询问任何人。

    python verify.py receipt.json [--key FILE] [--old-head FILE]

This one file needs Python and the `cryptography` package, no network and nothing else of Hongmi. It checks that

1. the act in the receipt is, byte for byte, the leaf that the inclusion proof leads to the root (RFC 6962);
2. the head with that root is signed (Ed25519) by a key in --key FILE: one public key a line, in hex or in the
   `origin+hash+key` form of c2sp.org/signed-note. Without it the receipt's own key is used and a warning printed;
3. with --old-head FILE (an earlier receipt, its head, or a published signed note), that the tree of then is the
   beginning of the tree of now: no leaf of it has been altered or removed.

Exit status 0: everything holds. 1: something does not, and a sentence names it.
"""

import argparse
import base64
import hashlib
import json
import re
import sys
from collections.abc import Iterable
from datetime import datetime
from json.encoder import encode_basestring
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

FORMAT = "hongmi-receipt/1"
REQUIRED = {"format", "act", "leaf_index", "tree_size", "inclusion", "head"}
OPTIONAL = {"public_key", "consistency"}
HEAD_FIELDS = {"origin", "tree_size", "root_hash", "timestamp", "horizon", "key_id", "signature"}
MAX_FILE_BYTES = 8_000_000
EMPTY_ROOT = hashlib.sha256(b"").digest()


class Refused(Exception):
    """Something does not hold: the sentence in Chinese and in English."""


class Head(NamedTuple):
    """The signed text, its fields, and each signature with the id of its key (None where a note names no id)."""

    text: bytes
    origin: str
    tree_size: int
    root: bytes
    signatures: list[tuple[str | None, bytes]]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="verify", description="核验积分回执 / Verify a points receipt offline.")
    parser.add_argument("receipt", type=Path, help="回执文件 / the receipt, a JSON file")
    parser.add_argument("--key", type=Path, help="可信公钥文件 / trusted public keys, one a line")
    parser.add_argument("--old-head", type=Path, help="以前保存的回执或树头 / an earlier receipt, head or signed note")
    options = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # because old consoles cannot print Chinese
    try:
        for chinese, english in findings(options.receipt, options.key, options.old_head):
            sys.stdout.write(f"{chinese}\n{english}\n")
    except Refused as refusal:
        sys.stderr.write("核验未通过:{}\nNot verified: {}\n".format(*refusal.args))
        return 1
    return 0


def findings(receipt_path: Path, key_path: Path | None, old_path: Path | None) -> list[tuple[str, str]]:
    """The proved facts, as sentences in both languages. Raises Refused at the first fault."""
    receipt = read_receipt(receipt_path)
    head = head_of_object(receipt["head"])
    old_head, old_public_key = read_old_head(old_path) if old_path else (None, None)
    carried = [key for key in (receipt.get("public_key"), old_public_key) if key is not None]
    keys = read_keys(key_path) if key_path else [key_bytes(key) for key in carried]
    if not keys:
        refuse("回执没有附公钥,请用 --key 提供。", "the receipt names no public key; give one with --key.")
    signer = check_signature(head, keys)
    check_inclusion(receipt, head)
    act, index, size, origin = describe(receipt["act"]), receipt["leaf_index"], head.tree_size, head.origin
    sentences = [
        (f"通过:{act}", f"Verified: {act}"),
        (
            f"它在账本 {origin} 的 {size} 笔之中,序号 {index},一字未改。",
            f"It is leaf {index} of {size} in {origin}, unaltered.",
        ),
        (f"树头由密钥 {signer} 签名。", f"The head is signed by key {signer}."),
    ]
    if old_head is not None:
        check_signature(old_head, keys)
        check_consistency(receipt.get("consistency"), old_head, head)
        sentences.append(
            (
                f"与您保存的树头({old_head.tree_size} 笔)一致:历史未被改动。",
                f"It agrees with the head you kept ({old_head.tree_size} leaves): no history was altered.",
            )
        )
    if key_path is None:
        sentences.append(
            (
                "注意:公钥取自回执本身,请与公布的公钥核对,或用 --key 指定。",
                "Beware: the key came with the receipt itself; compare it with the published one, or use --key.",
            )
        )
    return sentences


def refuse(chinese: str, english: str) -> NoReturn:
    raise Refused(chinese, english)


# Reading


def read_receipt(path: Path) -> dict[str, Any]:
    receipt = read_json(read_file(path))
    if not isinstance(receipt, dict) or receipt.get("format") != FORMAT:
        refuse(f"这不是 {FORMAT} 格式的回执。", f"this is no receipt of the form {FORMAT}.")
    if not REQUIRED <= set(receipt) <= REQUIRED | OPTIONAL:
        # because people would read an extra field that nothing proves
        refuse("回执缺少字段或有多余字段。", "the receipt lacks a field or has one too many.")
    if not isinstance(receipt["act"], dict):
        refuse("回执里没有交易。", "the receipt holds no act.")
    return receipt


def read_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        refuse(f"无法读取 {path}:{error.strerror}。", f"cannot read {path}: {error.strerror}.")
    if len(content) > MAX_FILE_BYTES:
        refuse(f"{path} 太大。", f"{path} is too large.")
    return content


def read_json(content: bytes) -> Any:
    """JSON with one reading only: no key twice, no fractions, no NaN."""

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) != len(pairs):
            raise ValueError("a key twice")
        return dict(pairs)

    def forbidden(_: str) -> NoReturn:
        raise ValueError("a number that is not whole")

    try:
        return json.loads(
            content.decode("utf-8"), object_pairs_hook=members, parse_float=forbidden, parse_constant=forbidden
        )
    except (ValueError, RecursionError):
        refuse("文件不是规范的 JSON。", "the file is not proper JSON (UTF-8, whole numbers, no key twice).")


def read_old_head(path: Path) -> tuple[Head, str | None]:
    """The head in an earlier receipt, a head by itself, or a signed note; and the key that came with it."""
    content = read_file(path)
    if not content.lstrip().startswith(b"{"):
        return head_of_note(content), None
    found = read_json(content)
    if "head" in found:
        return head_of_object(found["head"]), found.get("public_key")
    return head_of_object(found), None


def read_keys(path: Path) -> list[bytes]:
    try:
        lines = [line.strip() for line in read_file(path).decode("utf-8").splitlines()]
    except UnicodeDecodeError:
        refuse("公钥文件不是文本。", "the key file is no text.")
    keys = [key_bytes(line) for line in lines if line and not line.startswith("#")]
    if not keys:
        refuse("公钥文件是空的。", "the key file is empty.")
    return keys


def key_bytes(text: Any) -> bytes:
    """A public key in hex, or as origin+hash+base64(type ‖ key)."""
    if isinstance(text, str) and (note_key := re.fullmatch(r"[^+\s]+\+[0-9a-f]{8}\+([A-Za-z0-9+/=]+)", text)):
        decoded = base64_bytes(note_key[1])
        if len(decoded) == 33 and decoded[0] == 1:
            return decoded[1:]
    return hex_bytes(text, 32)


def hex_bytes(text: Any, count: int) -> bytes:
    if not isinstance(text, str) or not re.fullmatch(f"[0-9a-f]{{{2 * count}}}", text):
        refuse(f"此处应为 {count} 字节的十六进制。", f"{count} bytes in lower-case hex were expected.")
    return bytes.fromhex(text)


def base64_bytes(text: str) -> bytes:
    try:
        decoded = base64.b64decode(text, validate=True)
    except ValueError:
        refuse("base64 无法读取。", "the base64 cannot be read.")
    if base64.b64encode(decoded).decode() != text:
        refuse("base64 写法不规范。", "the base64 is not in its canonical form.")
    return decoded


def whole_number(text: Any) -> int:
    if not isinstance(text, str) or not re.fullmatch(r"0|[1-9][0-9]{0,17}", text):
        refuse("序号与大小应为十进制数字串。", "indexes and sizes are strings of decimal digits.")
    return int(text)


def proof_hashes(value: Any) -> list[bytes]:
    if not isinstance(value, list) or len(value) > 128:
        refuse("证明应为一列哈希。", "a proof is a list of hashes.")
    return [hex_bytes(each, 32) for each in value]


# The head


def head_of_object(fields: Any) -> Head:
    if not isinstance(fields, dict) or set(fields) != HEAD_FIELDS:
        refuse("树头字段不对。", "the head lacks a field or has one too many.")
    origin, size, root = fields["origin"], whole_number(fields["tree_size"]), hex_bytes(fields["root_hash"], 32)
    if not isinstance(origin, str) or not re.fullmatch(r"[!-*,-~]+", origin):
        refuse("树头的来源名不合规。", "the origin of the head is no proper name.")
    lines = [
        origin,
        str(size),
        base64.b64encode(root).decode(),
        f"timestamp {instant(fields['timestamp'])}",
        f"horizon {instant(fields['horizon'])}",
    ]
    text = "".join(f"{line}\n" for line in lines).encode()
    signature = hex_bytes(fields["signature"], 64)
    return Head(text, origin, size, root, [(hex_bytes(fields["key_id"], 8).hex(), signature)])


def head_of_note(content: bytes) -> Head:
    text, separator, signature_lines = content.rpartition(b"\n\n")
    lines = text.decode("utf-8", "replace").split("\n")
    stamps = re.findall(r"^— \S+ ([A-Za-z0-9+/=]+)$", signature_lines.decode("utf-8", "replace"), re.MULTILINE)
    if not separator or len(lines) < 3 or not stamps:
        refuse("旧树头既不是 JSON 也不是签名笔记。", "the old head is neither JSON nor a signed note.")
    signatures: list[tuple[str | None, bytes]] = [(None, base64_bytes(each)[4:]) for each in stamps]
    root = base64_bytes(lines[2])
    if len(root) != 32:
        refuse("旧树头的根哈希不对。", "the root of the old head is no SHA-256 hash.")
    return Head(text + b"\n", lines[0], whole_number(lines[1]), root, signatures)


def instant(text: Any) -> str:
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", text, re.ASCII):
            datetime.fromisoformat(text[:-1])
            return str(text)
    except (TypeError, ValueError):
        pass
    refuse("时间应写作 UTC,精确到微秒。", "times are written in UTC with microseconds and Z.")


def check_signature(head: Head, keys: Iterable[bytes]) -> str:
    """The id of the key that signed the head."""
    for key in keys:
        key_id = hashlib.sha256(key).hexdigest()[:16]
        for named, signature in head.signatures:
            if named in (key_id, None) and ed25519_verifies(key, signature, head.text):
                return key_id
    refuse("树头不是由所给的公钥签名的。", "the head is not signed by any of the given keys.")


def ed25519_verifies(key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        refuse("请先安装:pip install cryptography", "please install first: pip install cryptography")
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


# The proofs


def check_inclusion(receipt: dict[str, Any], head: Head) -> None:
    size, index = whole_number(receipt["tree_size"]), whole_number(receipt["leaf_index"])
    proof = proof_hashes(receipt["inclusion"])
    if size != head.tree_size or index >= size:
        refuse("回执的叶序或大小与树头不符。", "the leaf index or the size does not fit the head.")
    try:
        leaf = hashlib.sha256(b"\x00" + canonical(receipt["act"]).encode("utf-8")).digest()
    except RecursionError:
        refuse("交易嵌套过深。", "the act is nested too deeply.")
    if root_from(leaf, index, size, proof) != head.root:
        refuse(
            "交易与树头的根哈希不符:交易或证明被改动过。",
            "the act does not lead to the signed root: the act or the proof was altered.",
        )


def check_consistency(proof: Any, old: Head, new: Head) -> None:
    if old.origin != new.origin:
        refuse("两个树头来自不同的账本。", "the two heads belong to different logs.")
    first, second = (old, new) if old.tree_size <= new.tree_size else (new, old)
    if first.tree_size == second.tree_size:
        holds = first.root == second.root
    elif first.tree_size == 0:
        holds = first.root == EMPTY_ROOT
    else:
        if not isinstance(proof, dict) or set(proof) != {"old_tree_size", "new_tree_size", "hashes"}:
            refuse("回执没有附与旧树头的一致性证明。", "the receipt carries no consistency proof from the old head.")
        sizes = whole_number(proof["old_tree_size"]), whole_number(proof["new_tree_size"])
        if sizes != (first.tree_size, second.tree_size):
            refuse("一致性证明是另外两个树头的。", "the consistency proof is for two other heads.")
        holds = roots_from(first, second.tree_size, proof_hashes(proof["hashes"])) == (first.root, second.root)
    if not holds:
        refuse(
            "与您保存的树头不一致:历史被改动过。请保留两份文件作为证据。",
            "it contradicts the head you kept: history was altered. Keep both files, they are the evidence.",
        )


def root_from(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes | None:
    """RFC 9162 §2.1.3.2: the root to which the proof leads, None if its length does not fit."""
    reached = climb(index, size - 1, proof, [leaf])
    return reached[0] if reached else None


def roots_from(old: Head, new_size: int, proof: list[bytes]) -> tuple[bytes, ...] | None:
    """RFC 9162 §2.1.4.2: the old and the new root to which the proof leads, None if its length does not fit."""
    path = proof if old.tree_size & (old.tree_size - 1) else [old.root, *proof]
    if not path:
        return None
    position, last = old.tree_size - 1, new_size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    reached = climb(position, last, path[1:], [path[0], path[0]])
    return tuple(reached) if reached else None


def climb(position: int, last: int, siblings: list[bytes], nodes: list[bytes]) -> list[bytes] | None:
    """Up the tree. A sibling on the left joins every node; one on the right only the last, the newest tree's."""
    for sibling in siblings:
        if last == 0:
            return None
        if position & 1 or position == last:
            nodes = [parent(sibling, node) for node in nodes]
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            nodes = [*nodes[:-1], parent(nodes[-1], sibling)]
        position, last = position >> 1, last >> 1
    return nodes if last == 0 else None


def parent(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


# The act


def canonical(value: Any) -> str:
    """The one text of a value: RFC 8785 without fractions; keys in the order of their UTF-16 code units."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        if any("\ud800" <= character <= "\udfff" for character in value):
            refuse("文字里有残缺的字符。", "a text holds half a character.")
        return encode_basestring(value)
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return str(value)
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{canonical(key)}:{canonical(value[key])}" for key in keys) + "}"
    refuse("交易里有无法规范书写的值。", "the act holds a value that has no canonical form.")


def describe(act: dict[str, Any]) -> str:
    """A short description of the act; unprintable characters are masked, because a receipt may come from anyone."""
    parts = [act.get("kind"), act.get("id"), act.get("reference"), act.get("occurred_at")]
    journal = act.get("journal")
    for row in journal if isinstance(journal, list) else []:
        if isinstance(row, dict) and isinstance(row.get("points"), int):
            parts.append(f"{row['points']:+d} {row.get('purse')}")
    line = " · ".join(str(part) for part in parts if part is not None)
    return "".join(each if each.isprintable() else "?" for each in line)[:200]


if __name__ == "__main__":
    sys.exit(main())
