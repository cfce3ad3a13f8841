"""Every message has a Chinese translation with the same placeholders."""

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
    """Each English form with its Chinese; Chinese has one form for all numbers."""
    if isinstance(message.id, str):
        return [(message.id, str(message.string or ""))]
    return [(form, message.string[0] if message.string else "") for form in message.id]


def translated(catalogue: Catalog) -> Iterator[Message]:
    """The messages with a translation."""
    return (message for message in catalogue if message.id and forms(message)[0][1])


def test_every_message_of_the_code_has_a_translation(chinese: Catalog) -> None:
    missing = set()
    for path, name in messages.sources():
        for text, context, _ in messages.messages_in(path, name):
            english = text if isinstance(text, str) else text[0]
            message = chinese.get(english, context)
            if message is None or message.fuzzy or not all(translation for _, translation in forms(message)):
                missing.add((name, english))
    assert not missing, "make messages, then translate the empty messages in django.po"


def test_no_translation_is_fuzzy(chinese: Catalog) -> None:
    assert not [message.id for message in translated(chinese) if message.fuzzy]


def test_the_chinese_keeps_every_placeholder(chinese: Catalog) -> None:
    for message in translated(chinese):
        *_, (english, text) = forms(message)
        assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(english)), english


def test_the_chinese_is_punctuated_as_chinese(chinese: Catalog) -> None:
    half_width = re.compile(r"[一-鿿][,;:?!]|[一-鿿]\.(\s|$)")
    assert not [text for message in translated(chinese) for _, text in forms(message) if half_width.search(text)]


def test_the_compiled_file_is_up_to_date(chinese: Catalog) -> None:
    with (messages.FOLDER / "django.mo").open("rb") as file:
        compiled = GNUTranslations(file)
    for message in translated(chinese):
        *_, (english, text) = forms(message)
        if message.context:
            found = compiled.pgettext(message.context, english)
        elif isinstance(message.id, str):
            found = compiled.gettext(english)
        else:
            found = compiled.ngettext(*message.id, 2)
        assert found == text, "make compilemessages"


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


def test_a_field_without_a_verbose_name_is_extracted_by_its_python_name() -> None:
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
    ("english", "chinese"),
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
def test_a_term_has_one_translation(english: str, chinese: str) -> None:
    with translation.override("zh-hans"):
        assert translation.gettext(english) == chinese


@pytest.mark.parametrize(
    ("address", "chinese", "english"),
    [
        ("/", "像钱一样记账的积分", "Points kept like money"),
        ("/proofs", "离线验证收据", "Check a receipt offline"),
    ],
)
def test_a_page_is_chinese_unless_english_is_requested(
    db: None, client: Client, address: str, chinese: str, english: str
) -> None:
    first = client.get(address).content.decode()
    second = client.get(address, headers={"Accept-Language": "en"}).content.decode()
    assert chinese in first
    assert '<html lang="zh-hans">' in first
    assert english not in first
    assert english in second
    assert '<html lang="en">' in second
    assert chinese not in second


def test_a_problem_is_chinese_unless_english_is_requested(db: None, client: Client) -> None:
    address = "/api/v1/members/00000000-0000-0000-0000-000000000000"
    assert client.get(address).json()["title"] == "请先登录"
    assert client.get(address, headers={"Accept-Language": "en"}).json()["title"] == "Sign in first"


def test_the_console_is_chinese_too(db: None, client: Client) -> None:
    page = client.get("/console/", follow=True)
    assert "登录" in page.content.decode()
