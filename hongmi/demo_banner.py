"""The start-up banner of the demo: addresses, sign-ins and one curl, on the terminal and in demo.json."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from hongmi.embedded import places

PAGES = {
    "/": "the first page 首页",
    "/me/points": "a member's points 会员积分明细",
    "/console/": "the console 管理后台",
    "/api/docs": "the API's documentation 接口文档",
}


def write(file: Path, base_url: str, logs: Path) -> str:
    """Add the address to the demo.json that load_demo wrote; returns the text for the terminal."""
    facts: dict[str, Any] = {"partners": [], "people": [], "members": []}
    if file.exists():
        facts |= json.loads(file.read_text())
    facts["base_url"] = base_url
    places.write_private(file, json.dumps(facts, ensure_ascii=False, indent=2))
    lines = ["", "Hongmi 红米好物 is running. Ctrl-C stops it.", ""]
    lines += [f"  {base_url}{path:<14} {name}" for path, name in PAGES.items()]
    lines += ["", "Sign-ins 登录"]
    lines += [_sign_in(person) for person in facts["people"] if not _is_another_owner(person)]
    lines += ["", "The other shops' owners 其他商户的店主 (a suspended or closed shop shows them nothing)"]
    lines += _side_by_side([person for person in facts["people"] if _is_another_owner(person)])
    lines += [
        "",
        "  Everybody signs in by name and password: /sign-in/password 用户名和密码登录",
        "  Members also by number: the code is shown to the operator under 平台 › 沙箱短信 Sandbox SMS in the console",
        "  The card and its PIN: /sign-in/card 会员卡登录",
        "  zhao.min has an offer of her own, zheng.hao had a cancelled flight, li.wei still has to pay 9.90 yuan",
    ]
    lines += ["", "Book a purchase 记一笔消费", *_curl(facts), "", f"Logs: {logs}   All of this again: {file}"]
    return "\n".join(lines)


def _sign_in(person: dict[str, str]) -> str:
    also = person.get("phone") or (f"card {person['card']} PIN {person['pin']}" if "card" in person else "")
    return f"  {person['role']:<28} {person['sign_in']:<20} {person['password']:<14} {also}".rstrip()


def _is_another_owner(person: dict[str, str]) -> bool:
    """One shop has a sign-in for every role; the others have only their owner's."""
    return person["role"].endswith(": owner") and not person["role"].startswith("STATIONER")


def _side_by_side(people: list[dict[str, str]], each: int = 3) -> list[str]:
    cells = [f"{person['sign_in']:<18} {person['password']:<14}" for person in people]
    return ["  " + "".join(cells[start : start + each]).rstrip() for start in range(0, len(cells), each)]


def _curl(facts: dict[str, Any]) -> list[str]:
    if not facts["partners"] or not facts["members"]:
        return ["  (no partner yet)"]
    partner, member, now = facts["partners"][0], facts["members"][0], datetime.now().astimezone()
    reference = f"demo-{now:%Y%m%d%H%M%S}"
    purchase = {
        "member_id": member["id"],
        "reference": reference,
        "occurred_at": now.isoformat(timespec="seconds"),
        "amount_fen": 5000,
        "lines": [{"sku": "NOTEBOOK", "quantity": 1, "amount_fen": 5000}],
    }
    cut_out = """sed 's/.*"access_token": *"\\([^"]*\\)".*/\\1/'"""
    sign_in = f"-u {partner['client_id']}:{partner['client_secret']} -d grant_type=client_credentials"
    return [
        f"  curl -s {facts['base_url']}/api/v1/purchases -H 'Content-Type: application/json' \\",
        f"    -H 'Idempotency-Key: {reference}' -d '{json.dumps(purchase)}' \\",
        f'    -H "Authorization: Bearer $(curl -s {sign_in} {facts["base_url"]}/oauth/token | {cut_out})"',
    ]
