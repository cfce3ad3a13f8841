"""The first page shows the ledger's figures, and the proofs page serves verifier and keys."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from points.transparency import publication
from tests import factories
from tests.points import cast
from tests.points.transparency import sealing


@pytest.mark.django_db
def test_an_empty_ledger_has_no_checkpoint() -> None:
    page = Client(headers={"accept-language": "en"}).get("/").content.decode()
    assert "Nothing is sealed yet" in page
    assert Client().get("/checkpoint").status_code == 404


def test_the_first_page_shows_the_sealed_figures(own_db: str, settings: Any, tmp_path: Path) -> None:
    settings.SEAL_KEYS_DIRECTORY, settings.HEADS_DIRECTORY = tmp_path / "seal", tmp_path / "heads"
    stationer = factories.merchant("stationer")
    alice = factories.member("Alice", stationer)
    cast.buy(stationer, alice, cast.award(1234), cast.green(20))
    cast.redeem(stationer, alice, 234)
    sealing.seal_all()
    page = Client(headers={"accept-language": "en"}).get("/").content.decode()
    head = publication.public_log().head
    assert head is not None
    assert head.head.root_hash.hex() in page
    assert "1,000" in page
    assert "¥50.00" in page
    assert Client().get("/checkpoint").content.decode() == publication.public_log().checkpoint


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "first_line"), [("/proofs/verify.py", b'"""'), ("/proofs/keys", b"hongmi")])
def test_the_proofs_page_serves_verifier_and_keys(path: str, first_line: bytes) -> None:
    answer = Client().get(path)
    assert answer.content.startswith(first_line)
    assert "attachment" in answer.headers["Content-Disposition"]


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "attribute"), [("zh-hans", 'lang="zh-hans"'), ("en", 'lang="en"')])
def test_a_page_declares_its_language(language: str, attribute: str) -> None:
    assert attribute in Client(headers={"accept-language": language}).get("/proofs").content.decode()


@pytest.mark.django_db
def test_a_missing_page_links_to_the_first_page() -> None:
    answer = Client().get("/nothing-here")
    assert answer.status_code == 404
    assert 'href="/"' in answer.content.decode()


def test_after_a_rotation_on_a_new_volume_no_public_page_fails(own_db: str, settings: Any, tmp_path: Path) -> None:
    sealing.seal_all()
    shop = factories.merchant()
    cast.buy(shop, factories.member("Alice", shop), cast.award(5))
    sealing.seal_all()
    settings.SEAL_KEYS_DIRECTORY, settings.HONGMI_SEAL_KEY = tmp_path / "new volume", "5b" * 32
    assert {path: Client().get(path).status_code for path in ("/", "/proofs", "/proofs/keys", "/checkpoint")} == {
        "/": 200,
        "/proofs": 200,
        "/proofs/keys": 200,
        "/checkpoint": 404,
    }
    settings.HEADS_DIRECTORY = tmp_path / "new heads"
    publication.publish()
    cast.buy(shop, factories.member("Bob", shop), cast.award(5))
    sealing.seal_all()
    assert Client().get("/checkpoint").status_code == 200
