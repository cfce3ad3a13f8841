"""Write docs/examples/hongmi.postman_collection.json anew from the description of the API."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator

from hongmi import postman

PLACE = Path("docs/examples/hongmi.postman_collection.json")


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", type=Path, default=Path(settings.BASE_DIR) / PLACE)

    def handle(self, *args: Any, to: Path, **options: Any) -> None:
        # In one language, because the file must not depend on who runs this.
        with translation.override("en"):
            api = SchemaGenerator().get_schema(request=None, public=True)
            made = postman.collection(json.loads(json.dumps(api, default=str)))
        to.write_text(json.dumps(made, ensure_ascii=False, indent=1) + "\n")
