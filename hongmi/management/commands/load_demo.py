"""`manage.py load_demo`: merchants, people, a year of their lives, the purchases of 1997–98. Run again, it is quick."""

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

from hongmi.seed import cast, credentials, opening, rewards, shop_list, story
from merchants.models import Membership, MerchantStatus
from points import purchase_file, tasks
from points.models import Act, AuditRun, Journal
from points.types import ActKind, Purse

_Thing = TypeVar("_Thing")

CDNOW_FILE = Path(shop_list.__file__).with_name("cdnow_purchases.csv.gz")


class Command(BaseCommand):
    help = "Load the demo's merchants, people and purchases; what is there stays as it is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--without-cdnow", action="store_true", help="leave out the 69,659 purchases of 1997-98")

    def handle(self, *, without_cdnow: bool, **options: Any) -> None:
        if settings.IS_PRODUCTION:
            raise CommandError("Demo data, and passwords that are printed, do not belong into production.")
        state = Path(settings.STATE_DIR)
        passwords = credentials.Passwords(
            state / "demo_passwords.json", [one.sign_in for one in (*cast.STAFF, *cast.MEMBERS)]
        )
        house = opening.open_house(passwords)
        rewards.fill_shelves(house)
        rewards.address_people(house)
        story.tell(house, watched=self._watched)
        if not without_cdnow:
            self._import_cdnow(house)
        story.somebody_is_paying(house)
        # The stationer first, because the leaflet's curl takes the first partner and the first member.
        shops = {
            code: one
            for code, one in house.merchants.items()
            if not one.is_platform and one.status == MerchantStatus.LIVE
        }
        partners = credentials.partner_keys(state / "demo_partners.json", shops)
        facts = {
            "partners": partners,
            "people": credentials.sign_ins(passwords, house.people),
            "members": [{"id": str(house.people[one.sign_in].public_id)} for one in cast.MEMBERS],
        }
        credentials.write_leaflet(state / "demo.json", facts)
        if not AuditRun.objects.exists():
            # As each night does, so that who opens the console finds an audit; the worker takes it when it is up.
            tasks.audit_ledger.delay()
        self._tell(house)

    def _import_cdnow(self, house: opening.House) -> None:
        """Before the servers' doors open: at full speed it takes half a minute, once, and its bar is seen."""
        booked = Act.objects.filter(merchant=house.merchants[shop_list.CDNOW], kind=ActKind.PURCHASE).count()
        if booked < purchase_file.count_lines(CDNOW_FILE):
            call_command("import_purchases", CDNOW_FILE, merchant=shop_list.CDNOW, stdout=self.stdout)

    def _watched(self, things: Sequence[_Thing], what: str, /) -> Iterable[_Thing]:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True)) as bar:
            yield from bar.track(things, description=what)

    def _tell(self, house: opening.House) -> None:
        """A table: what each merchant has."""
        members = _by_merchant(Membership.objects, Count("pk"))
        acts = _by_merchant(Act.objects, Count("pk"))
        points = _by_merchant(Journal.objects.filter(purse=Purse.BASE, points__gt=0), Sum("points"))
        green = _by_merchant(Journal.objects.filter(purse=Purse.GREEN, points__gt=0), Sum("points"))
        table = Table("商户 merchant", "", box=None, pad_edge=False)
        for title in ("会员 members", "交易 acts", "入账积分 points in", "绿色积分 green"):
            table.add_column(title, justify="right")
        for code, merchant in house.merchants.items():
            figures = [f"{column.get(merchant.pk, 0):,}" for column in (members, acts, points, green)]
            table.add_row(code, merchant.name, *figures)
        console = Console(file=self.stdout, width=110)  # type: ignore[arg-type]  # writes as a file does
        console.print(table)


def _by_merchant(rows: Any, figure: Count | Sum) -> dict[int, int]:
    return dict(rows.values_list("merchant_id").annotate(figure).order_by())
