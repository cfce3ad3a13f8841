"""SPEC R23: Alice uploads a logo at the Stationer's, has it printed on a hundred pieces, and nobody else sees it."""

import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client

from accounts.models import User, WrappedKey
from merchants.models import Membership, Merchant, SpendingAct
from redemption.errors import OptionNeeded
from redemption.models import Logo, Order, Reward, RewardKind
from redemption.operations import logos
from tests.partner_client import PartnerClient
from tests.points import cast
from tests.redemption import files, shopping
from tests.redemption.shopping import DAY, NOON

pytestmark = pytest.mark.usefixtures("committed_db")
PIECES = {"pieces": 100, "needs_logo": True}


class Scene:
    def __init__(self) -> None:
        self.stationer, self.garage = shopping.shop(), shopping.shop("garage")
        self.partner, self.other = PartnerClient(self.stationer), PartnerClient(self.garage)
        self.alice = shopping.buyer("Alice", self.stationer, self.garage, points=4000)
        self.bob = shopping.buyer("Bob", self.stationer, points=4000)
        self.printed = shopping.reward(
            self.stationer, 2000, kind=RewardKind.CUSTOMISED, face_value_fen=30_000, details=PIECES
        )

    def logo(self, who: User | None = None, merchant: Merchant | None = None, **sign: Any) -> Logo:
        return logos.store(
            merchant_id=(merchant or self.stationer).pk,
            member=(who or self.alice).public_id,
            upload=files.encoded("PNG", **sign),
            key=None,
            moment=NOON,
        ).logo

    def upload(self, upload: bytes, *, partner: PartnerClient | None = None, key: str | None = "", **more: Any) -> Any:
        form = {"member_id": str(self.alice.public_id), "file": SimpleUploadedFile("logo.svg", upload, "text/html")}
        return (partner or self.partner).upload("/logos", form | more, key=key)


def code_of(answer: Any) -> str:
    return str(answer.json()["code"])


def test_R23_two_hundred_printed_pieces_bear_the_uploaded_logo() -> None:
    scene = Scene()
    uploaded = scene.upload(files.photograph())
    assert uploaded.status_code == 201, uploaded.content
    logo = uploaded.json()
    assert (logo["media_type"], logo["width"], logo["height"]) == ("image/jpeg", 60, 120)
    body = {
        "member_id": str(scene.alice.public_id),
        "reward_id": str(scene.printed.pk),
        "quantity": 2,
        "reference": uuid.uuid4().hex,
        "authorisation": str(
            shopping.authorise(scene.stationer, scene.alice, SpendingAct.ORDER, 4000, at=shopping.present()).pk
        ),
        "options": {"logo": logo["id"], "address": {"name": "爱丽丝", "phone": "13800000000", "text": "文具路1号"}},
    }
    placed = scene.partner.post("/orders", body)
    assert placed.status_code == 201, placed.content
    assert (placed.json()["logo_id"], placed.json()["face_value_fen"]) == (logo["id"], 60_000)
    assert (placed.json()["status"], placed.json()["vouchers"]) == ("confirmed", [])
    printed = scene.partner.get(f"/logos/{logo['id']}")
    assert printed.content[:3] == b"\xff\xd8\xff"
    assert b"PhoneMaker" not in printed.content


def test_the_picture_is_a_picture_to_the_browser_and_nothing_else() -> None:
    scene = Scene()
    logo = scene.logo()
    browser = Client()
    browser.force_login(scene.alice, backend="django.contrib.auth.backends.ModelBackend")
    for answer in (scene.partner.get(f"/logos/{logo.public_id}"), browser.get(f"/me/logos/{logo.public_id}")):
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/png")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
        assert answer.headers["Cache-Control"] == "private, no-store"


def test_a_caller_may_ask_for_a_picture_by_its_type() -> None:
    scene = Scene()
    logo = scene.logo()
    headers = scene.partner.headers() | {"Accept": "image/png"}
    assert scene.partner.client.get(f"/api/v1/logos/{logo.public_id}", headers=headers).status_code == 200
    missing = scene.partner.client.get(f"/api/v1/logos/{uuid.uuid4()}", headers=headers)
    assert (missing.status_code, code_of(missing)) == (404, "logo_not_found")


def test_only_the_member_and_the_merchant_see_it() -> None:
    scene = Scene()
    logo = scene.logo()
    assert scene.partner.get(f"/logos/{logo.public_id}").status_code == 200
    outsider = scene.other.get(f"/logos/{logo.public_id}")
    assert (outsider.status_code, code_of(outsider)) == (404, "logo_not_found")
    bob, nobody = Client(), Client()
    bob.force_login(scene.bob, backend="django.contrib.auth.backends.ModelBackend")
    assert bob.get(f"/me/logos/{logo.public_id}").status_code == 404
    assert "sign-in" in nobody.get(f"/me/logos/{logo.public_id}").headers["Location"]


@pytest.mark.parametrize(
    ("upload", "status", "why"),
    [
        (files.SVG, 422, "not_a_picture"),
        (files.HTML, 422, "not_a_picture"),
        (files.encoded("PNG") + files.HTML, 422, "more_than_a_picture"),
        (files.encoded("PNG")[:-30], 422, "broken"),
        (files.header_only(50_000, 50_000), 422, "too_many_pixels"),
        (b"", 400, None),
        (files.encoded("PNG") + b"\0" * 3_000_000, 400, None),
    ],
    ids=["svg", "html", "polyglot", "truncated", "bomb", "empty", "3 MB"],
)
def test_a_hostile_file_is_refused_and_nothing_is_kept(upload: bytes, status: int, why: str | None) -> None:
    scene = Scene()
    answer = scene.upload(upload)
    assert answer.status_code == status, answer.content
    if why:
        assert (code_of(answer), answer.json()["why"]) == ("logo_refused", why)
    assert not Logo.objects.filter(merchant=scene.stationer).exists()


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"member_id": str(uuid.uuid4())}, "member_not_found"),
        ({"member_id": "x"}, "invalid"),
        ({"colour": "red"}, "invalid"),
        ({"member_id": [str(uuid.uuid4()), str(uuid.uuid4())]}, "invalid"),
        ({"file": "no file"}, "invalid"),
        ({"second": SimpleUploadedFile("b.png", files.encoded())}, "bad_request"),
        ({"file": [SimpleUploadedFile("a.png", files.encoded()), SimpleUploadedFile("b.png", b"x")]}, "bad_request"),
    ],
)
def test_the_form_is_read_strictly(more: dict[str, Any], code: str) -> None:
    scene = Scene()
    answer = scene.upload(files.encoded(), **more)
    assert code_of(answer) == code, answer.content


def test_an_upload_needs_its_key_its_scope_and_its_form() -> None:
    scene = Scene()
    assert code_of(scene.upload(files.encoded(), key=None)) == "idempotency_key_missing"
    narrow = PartnerClient(scene.stationer, scopes=("rewards:read",))
    assert code_of(scene.upload(files.encoded(), partner=narrow)) == "scope_missing"
    as_json = scene.partner.post("/logos", {"member_id": str(scene.alice.public_id)})
    assert (as_json.status_code, code_of(as_json)) == (415, "multipart_needed")
    assert "multipart/form-data" in as_json.json()["title"]


def test_the_same_upload_again_is_the_same_logo() -> None:
    scene = Scene()
    first, again = (scene.upload(files.encoded(), key="k") for _ in range(2))
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert again.headers["Idempotent-Replayed"] == "true"
    assert scene.upload(files.encoded(), key="other").json()["id"] == first.json()["id"]
    assert code_of(scene.upload(files.encoded(size=(99, 99)), key="k")) == "key_reused"


def test_an_order_bears_only_a_logo_that_its_member_uploaded_at_its_merchant() -> None:
    scene = Scene()
    plain = shopping.reward(scene.stationer)
    for reward, logo in (
        (scene.printed, None),
        (scene.printed, uuid.uuid4()),
        (scene.printed, scene.logo(scene.bob).public_id),
        (scene.printed, scene.logo(scene.alice, scene.garage).public_id),
        (plain, scene.logo(scene.alice).public_id),
    ):
        with pytest.raises(OptionNeeded) as refusal:
            shopping.order(reward, scene.alice, logo=logo)
        assert refusal.value.facts == {"option": "logo"}
    assert not Order.objects.filter(merchant=scene.stationer).exists()


def test_the_database_refuses_anothers_logo_and_a_logo_that_changes() -> None:
    scene = Scene()
    mine, other, bobs = scene.logo(), scene.logo(size=(99, 99)), scene.logo(scene.bob)
    order = shopping.placed(scene.printed, scene.alice, logo=mine.public_id)
    fresh = {
        field.attname: getattr(order, field.attname)
        for field in Order._meta.concrete_fields
        if field.attname not in ("id", "hold_id", "capture_id", "reference", "logo_id", "status", "created_at")
    }
    with pytest.raises(IntegrityError, match="an_order_bears_a_logo_of_its_member"), transaction.atomic():
        Order.objects.create(**fresh, reference="raw", status="placed", logo_id=bobs.pk)
    with pytest.raises(DatabaseError, match="an order is not rewritten"):
        Order.objects.filter(pk=order.pk).update(logo_id=other.pk)
    with pytest.raises(DatabaseError, match="permission denied"):
        Logo.objects.filter(pk=mine.pk).update(picture_cipher=b"")


def test_erasure_destroys_the_key_of_the_logo() -> None:
    scene = Scene()
    logo = scene.logo()
    sign = files.encoded("PNG")
    assert sign[:8] not in bytes(logo.picture_cipher)
    WrappedKey.objects.filter(person=scene.alice).delete()
    assert code_of(scene.partner.get(f"/logos/{logo.public_id}")) == "logo_not_found"


def test_a_logo_that_no_order_bears_is_forgotten_after_a_month() -> None:
    scene = Scene()
    borne, unused = scene.logo(), scene.logo(size=(99, 99))
    order = shopping.placed(scene.printed, scene.alice, logo=borne.public_id)
    logos.purge_unused(moment=NOON + 29 * DAY)
    assert Logo.objects.filter(pk=unused.pk).exists()
    logos.purge_unused(moment=NOON + 31 * DAY)
    assert not Logo.objects.filter(pk=unused.pk).exists()
    assert shopping.now(order).logo_id == borne.pk


def test_R23_the_quantity_is_part_of_the_order() -> None:
    scene = Scene()
    done = shopping.placed(scene.printed, scene.alice, logo=scene.logo().public_id, quantity=2)
    assert (done.quantity, done.points, Reward.objects.get(pk=done.reward_id).details["pieces"]) == (2, 4000, 100)
    assert cast.wallet(scene.alice).balance == 0


def test_a_member_who_left_still_gets_the_pieces_printed() -> None:
    scene = Scene()
    logo = scene.logo()
    shopping.order(scene.printed, scene.alice, logo=logo.public_id)
    Membership.objects.filter(merchant=scene.stationer, member=scene.alice).update(left_at=NOON)
    assert scene.partner.get(f"/logos/{logo.public_id}").status_code == 200
