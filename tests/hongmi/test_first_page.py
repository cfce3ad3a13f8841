"""The first page tells the book's own figures, and the proofs hand out what a doubter needs."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from points.transparency import publication
from tests.points import cast
from tests.points.transparency import sealing


@pytest.mark.django_db
def test_an_empty_book_says_so() -> None:
    page = Client(headers={"accept-language": "en"}).get("/").content.decode()
    assert "Nothing is sealed yet" in page
    assert Client().get("/checkpoint").status_code == 404


def test_the_first_page_shows_what_is_sealed(own_db: str, settings: Any, tmp_path: Path) -> None:
    settings.SEAL_KEYS_DIRECTORY, settings.HEADS_DIRECTORY = tmp_path / "seal", tmp_path / "heads"
    stationer = cast.merchant("stationer")
    alice = cast.member("Alice", stationer)
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
def test_the_proofs_hand_out_verifier_and_keys(path: str, first_line: bytes) -> None:
    answer = Client().get(path)
    assert answer.content.startswith(first_line)
    assert "attachment" in answer.headers["Content-Disposition"]


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "words"), [("zh-hans", 'lang="zh-hans"'), ("en", 'lang="en"')])
def test_a_page_says_in_which_language_it_is(language: str, words: str) -> None:
    assert words in Client(headers={"accept-language": language}).get("/proofs").content.decode()


@pytest.mark.django_db
def test_a_page_that_is_not_there_leads_back() -> None:
    answer = Client().get("/nothing-here")
    assert answer.status_code == 404
    assert 'href="/"' in answer.content.decode()
