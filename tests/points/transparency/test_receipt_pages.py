"""The receipt on the member pages. Committed, because an open transaction cannot be sealed."""

from pathlib import Path

from points import verify
from tests import factories
from tests.points import cast
from tests.points.statement.test_pages import reader
from tests.points.transparency.sealing import seal_all


def test_a_receipt_with_since_proves_consistency_with_the_earlier_head(committed_db: None, tmp_path: Path) -> None:
    stationer = factories.merchant("stationer")
    alice = factories.member("Alice", stationer)
    acts = [cast.buy(stationer, alice, cast.award(10)).act_id]
    seal_all()
    kept = reader(alice).get(f"/me/points/{acts[0]}/receipt.json")
    acts.append(cast.buy(stationer, alice, cast.award(10)).act_id)
    seal_all()
    size = kept.json()["tree_size"]
    later = reader(alice).get(f"/me/points/{acts[1]}/receipt.json?since={size}")
    files = tmp_path / "earlier.json", tmp_path / "later.json"
    for file, answer in zip(files, (kept, later), strict=True):
        file.write_bytes(answer.content)
    assert verify.main([str(files[1]), "--old-head", str(files[0])]) == 0
    assert reader(alice).get(f"/me/points/{acts[1]}/receipt.json?since=999999999").status_code == 404
    assert 'name="since"' in reader(alice).get(f"/me/points/{acts[1]}").content.decode()
