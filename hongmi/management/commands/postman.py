"""Regenerate docs/examples/hongmi.postman_collection.json from the OpenAPI description."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator

from hongmi import postman

COLLECTION = Path("docs/examples/hongmi.postman_collection.json")


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", type=Path, default=Path(settings.BASE_DIR) / COLLECTION)

    def handle(self, *args: Any, to: Path, **options: Any) -> None:
        # In one language, so that the file does not depend on the caller's.
        with translation.override("en"):
            api = SchemaGenerator().get_schema(request=None, public=True)
            made = postman.collection(json.loads(json.dumps(api, default=str)))
        to.write_text(json.dumps(made, ensure_ascii=False, indent=1) + "\n")
