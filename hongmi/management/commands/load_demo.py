"""`manage.py load_demo`: merchants, people, one year of history, the purchases of 1997–98. A second run is quick."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Count, Sum
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from hongmi.seed import credentials, demo_state, history, personas, rewards, shop_list
from merchants.models import Membership, MerchantStatus
from points import purchase_file, tasks
from points.models import Act, AuditRun, Journal
from points.types import ActKind, Purse

_Item = TypeVar("_Item")

CDNOW_FILE = Path(shop_list.__file__).with_name("cdnow_purchases.csv.gz")


class Command(BaseCommand):
    help = "Load the demo's merchants, people and purchases; existing rows stay unchanged."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--without-cdnow", action="store_true", help="leave out the 69,659 purchases of 1997-98")

    def handle(self, *, without_cdnow: bool, **options: Any) -> None:
        if settings.IS_PRODUCTION:
            raise CommandError("Demo data and its printed passwords do not belong in production.")
        directory = Path(settings.STATE_DIR)
        passwords = credentials.Passwords(
            directory / "demo_passwords.json", [one.sign_in for one in (*personas.STAFF, *personas.MEMBERS)]
        )
        state = demo_state.create(passwords)
        rewards.publish_rewards(state)
        rewards.announce_offers_and_rise(state)
        history.play(state, progress=self._progress)
        if not without_cdnow:
            self._import_cdnow(state)
        history.place_unpaid_order(state)
        # The stationer first, because the banner's curl uses the first partner and the first member.
        shops = {
            code: one
            for code, one in state.merchants.items()
            if not one.is_platform and one.status == MerchantStatus.LIVE
        }
        partners = credentials.partner_keys(directory / "demo_partners.json", shops)
        facts = {
            "partners": partners,
            "people": credentials.sign_ins(passwords, state.people),
            "members": [{"id": str(state.people[one.sign_in].public_id)} for one in personas.MEMBERS],
        }
        credentials.write_demo_file(directory / "demo.json", facts)
        if not AuditRun.objects.exists():
            # As every night, so that the console shows an audit; the worker runs it when it is up.
            tasks.audit_ledger.delay()
        self._print_table(state)

    def _import_cdnow(self, state: demo_state.DemoState) -> None:
        """Before the services start, because at full speed it takes half a minute, once, and shows its progress."""
        booked = Act.objects.filter(merchant=state.merchants[shop_list.CDNOW], kind=ActKind.PURCHASE).count()
        if booked < purchase_file.count_lines(CDNOW_FILE):
            call_command("import_purchases", CDNOW_FILE, merchant=shop_list.CDNOW, stdout=self.stdout)

    def _progress(self, items: Sequence[_Item], description: str, /) -> Iterable[_Item]:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True)) as bar:
            yield from bar.track(items, description=description)

    def _print_table(self, state: demo_state.DemoState) -> None:
        """Print members, acts and points of each merchant."""
        members = _by_merchant(Membership.objects, Count("pk"))
        acts = _by_merchant(Act.objects, Count("pk"))
        points = _by_merchant(Journal.objects.filter(purse=Purse.BASE, points__gt=0), Sum("points"))
        green = _by_merchant(Journal.objects.filter(purse=Purse.GREEN, points__gt=0), Sum("points"))
        table = Table("商户 merchant", "", box=None, pad_edge=False)
        for title in ("会员 members", "交易 acts", "入账积分 points in", "绿色积分 green"):
            table.add_column(title, justify="right")
        for code, merchant in state.merchants.items():
            figures = [f"{column.get(merchant.pk, 0):,}" for column in (members, acts, points, green)]
            table.add_row(code, merchant.name, *figures)
        console = Console(file=self.stdout, width=110)  # type: ignore[arg-type]  # writes as a file does
        console.print(table)


def _by_merchant(rows: Any, figure: Count | Sum) -> dict[int, int]:
    return dict(rows.values_list("merchant_id").annotate(figure).order_by())
