"""The client in docs/examples against a real server, and the Postman collection beside it against the code."""

import importlib.util
import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from merchants.models import SpendingAct
from tests import factories
from tests.partner_client import PartnerClient
from tests.redemption import files, shopping

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


def client_module() -> Any:
    spec = importlib.util.spec_from_file_location("hongmi_client", EXAMPLES / "hongmi_client.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.usefixtures("committed_db")
def test_the_example_client_orders_accepts_and_takes_points_against_a_bill(live_server_url: str) -> None:
    stationer = shopping.shop()
    store, partner = factories.store(stationer), PartnerClient(stationer)
    alice = shopping.buyer("Alice", stationer, points=2500)
    module = client_module()
    shop = module.Hongmi(live_server_url, partner.client_id, partner.secret)

    def authorisation(act: SpendingAct, points: int) -> str:
        return str(shopping.authorise(stationer, alice, act, points, at=shopping.present()).pk)

    request = {"member_id": str(alice.public_id), "reference": uuid.uuid4().hex}
    placed = shop.place_order(
        **request,
        reward_id=str(shopping.reward(stationer).pk),
        quantity=1,
        authorisation=authorisation(SpendingAct.ORDER, 500),
    )
    logo = shop.upload_logo(request["member_id"], files.photograph())
    assert (logo["width"], logo["height"]) == (60, 120)
    code = placed["vouchers"][0]["code"]
    assert shop.query_voucher(code)["refused"] is None
    assert shop.accept_voucher(code, str(store.pk))["status"] == "accepted"
    offset = shop.accept_offset(
        **request, bill_fen=80_000, points=2000, authorisation=authorisation(SpendingAct.OFFSET, 2000)
    )
    assert offset["to_pay_fen"] == 70_000
    assert shop.refund_offset(request["reference"], "r", 40_000)["points"] == 1000
    assert shop.wallets(request["member_id"])["wallets"][0]["balance"] == 1000
    with pytest.raises(module.Problem) as problem:
        shop.accept_voucher(code, str(store.pk))
    assert problem.value.code == "voucher_not_acceptable"


def test_the_postman_collection_matches_the_code(tmp_path: Path) -> None:
    """Refresh it with `python manage.py postman`."""
    made = tmp_path / "made.json"
    call_command("postman", "--to", str(made))
    assert json.loads(made.read_text()) == json.loads((EXAMPLES / "hongmi.postman_collection.json").read_text())
