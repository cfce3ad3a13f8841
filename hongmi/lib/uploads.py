"""Parses a file upload with form fields (RFC 7578), with a size limit checked before a byte is read."""

from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import ParseError
from rest_framework.parsers import DataAndFiles, MultiPartParser

from hongmi.lib import problems
from hongmi.lib.strict_json import MAX_BODY_BYTES

problems.register("multipart_needed", 415, gettext_lazy("Send multipart/form-data with one file"))

# For the fields and boundaries beside the file.
AROUND_THE_FILE_BYTES = 16 * 1024


class OneFileParser(MultiPartParser):
    """`multipart/form-data` with one file of at most `max_file_bytes`."""

    # All media types, because only this parser's refusal names the type to send.
    media_type = "*/*"
    max_file_bytes = 2 * MAX_BODY_BYTES

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        if (media_type or "").split(";")[0].strip().lower() != MultiPartParser.media_type:
            raise problems.Problem("multipart_needed")
        self._require_small((parser_context or {})["request"])
        parsed: DataAndFiles[Any, Any] = super().parse(stream, media_type, parser_context)
        if sum(len(files) for _name, files in parsed.files.lists()) > 1:
            raise ParseError(_("Send one file."))
        return parsed

    def _require_small(self, request: Any) -> None:
        # The server passes on no more than the announced length.
        announced = str(request.META.get("CONTENT_LENGTH") or "0")
        most = self.max_file_bytes + AROUND_THE_FILE_BYTES
        if not announced.isdecimal() or int(announced) > most:
            raise problems.Problem("body_too_large", _("At most %(bytes)d bytes are taken.") % {"bytes": most})
