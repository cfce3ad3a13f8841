"""Every sentence a person may read has its Chinese, and the Chinese says the same names and figures."""

import re
from collections.abc import Iterator
from gettext import GNUTranslations

import pytest
from babel.messages.catalog import Catalog, Message
from django.apps import apps
from django.conf import settings
from django.test import Client
from django.utils import translation
from oauth2_provider.models import AbstractApplication

from hongmi import messages
from hongmi.console import field_names

PLACEHOLDER = re.compile(r"%%\(\w+\)s|%\(\w+\)[sd]|\{\w*\}|</?\w+[^>]*>")


@pytest.fixture(scope="module")
def chinese() -> Catalog:
    return messages.catalogue()


def forms(message: Message) -> list[tuple[str, str]]:
    """Each English form with the Chinese that stands for it; Chinese has one form for all numbers."""
    if isinstance(message.id, str):
        return [(message.id, str(message.string or ""))]
    return [(form, message.string[0] if message.string else "") for form in message.id]


def sentences(catalogue: Catalog) -> Iterator[Message]:
    """Those that have their Chinese."""
    return (message for message in catalogue if message.id and forms(message)[0][1])


def test_every_sentence_of_the_code_has_its_chinese(chinese: Catalog) -> None:
    silent = set()
    for path, name in messages.sources():
        for text, context, _ in messages.messages_in(path, name):
            english = text if isinstance(text, str) else text[0]
            message = chinese.get(english, context)
            if message is None or message.fuzzy or not all(said for _, said in forms(message)):
                silent.add((name, english))
    assert not silent, "make messages, then translate what is empty in django.po"


def test_no_translation_is_a_guess(chinese: Catalog) -> None:
    assert not [message.id for message in sentences(chinese) if message.fuzzy]


def test_the_chinese_keeps_every_placeholder(chinese: Catalog) -> None:
    for message in sentences(chinese):
        *_, (english, said) = forms(message)
        assert sorted(PLACEHOLDER.findall(said)) == sorted(PLACEHOLDER.findall(english)), english


def test_the_chinese_is_punctuated_as_chinese(chinese: Catalog) -> None:
    half_width = re.compile(r"[一-鿿][,;:?!]|[一-鿿]\.(\s|$)")
    assert not [said for message in sentences(chinese) for _, said in forms(message) if half_width.search(said)]


def test_what_is_compiled_is_what_is_written(chinese: Catalog) -> None:
    with (messages.FOLDER / "django.mo").open("rb") as file:
        compiled = GNUTranslations(file)
    for message in sentences(chinese):
        *_, (english, said) = forms(message)
        if message.context:
            found = compiled.pgettext(message.context, english)
        elif isinstance(message.id, str):
            found = compiled.gettext(english)
        else:
            found = compiled.ngettext(*message.id, 2)
        assert found == said, "make compilemessages"


def test_every_field_of_ours_has_a_chinese_name() -> None:
    given = {field.name for field in AbstractApplication._meta.local_fields}
    with translation.override("zh-hans"):
        nameless = [
            str(field)
            for model in apps.get_models()
            if model._meta.app_label in settings.OWN_APPS
            for field in model._meta.local_fields
            if field.name not in ("id", "pk") and field.name not in given and str(field.verbose_name).isascii()
        ]
    assert nameless == []


def test_a_field_is_called_by_its_python_name_where_its_model_gives_none() -> None:
    model = """
class Pet(models.Model):
    id = models.BigAutoField(primary_key=True)
    name = models.CharField(_("name"), max_length=40)
    owner = models.ForeignKey(User, models.CASCADE)
    born_on = models.DateField(null=True)
    friend = models.ForeignKey("self", models.CASCADE, verbose_name=_("friend"))
"""
    assert list(field_names.names_in(model)) == ["owner", "born on"]


@pytest.mark.parametrize(
    ("english", "said"),
    [
        ("wallet", "积分账户"),
        ("posting", "分录"),
        ("lot", "批次"),
        ("hold", "冻结"),
        ("capture", "扣除"),
        ("release", "解冻"),
        ("expiry", "过期"),
        ("reversal", "冲正"),
        ("compensation", "补偿"),
        ("transfer", "转赠"),
        ("reward", "奖品"),
        ("order", "订单"),
        ("voucher", "券"),
        ("Statement", "对账单"),
    ],
)
def test_a_word_of_the_trade_is_said_in_one_way(english: str, said: str) -> None:
    with translation.override("zh-hans"):
        assert translation.gettext(english) == said


@pytest.mark.parametrize(
    ("address", "said", "english"),
    [
        ("/", "像钱一样记账的积分", "Points kept like money"),
        ("/proofs", "离线验证收据", "Check a receipt offline"),
    ],
)
def test_a_page_speaks_chinese_unless_english_is_asked_for(
    db: None, client: Client, address: str, said: str, english: str
) -> None:
    first = client.get(address).content.decode()
    second = client.get(address, headers={"Accept-Language": "en"}).content.decode()
    assert said in first
    assert '<html lang="zh-hans">' in first
    assert english not in first
    assert english in second
    assert '<html lang="en">' in second
    assert said not in second


def test_a_refusal_of_the_api_speaks_chinese_unless_english_is_asked_for(db: None, client: Client) -> None:
    address = "/api/v1/members/00000000-0000-0000-0000-000000000000"
    assert client.get(address).json()["title"] == "请先登录"
    assert client.get(address, headers={"Accept-Language": "en"}).json()["title"] == "Sign in first"


def test_the_console_speaks_chinese_too(db: None, client: Client) -> None:
    page = client.get("/console/", follow=True)
    assert "登录" in page.content.decode()
