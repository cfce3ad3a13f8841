"""Uploaded pictures, re-encoded so that only the pixels remain.

Other data in a file (place and time in EXIF, comments, colour profiles, a second file after the first) may expose the
sender or attack a reader, so no byte of an upload is served again.
"""

import io
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

MAX_BYTES: Final = 2 * 1024 * 1024
MAX_ENCODED_BYTES: Final = 4 * 1024 * 1024
MAX_SIDE_PIXELS: Final = 5_000
MAX_PIXELS: Final = 16_000_000
MIN_SIDE_PIXELS: Final = 32
_JPEG_QUALITY: Final = 92
# By signature, because name and declared type come from the sender.
_FORMATS: Final = {b"\x89PNG\r\n\x1a\n": "PNG", b"\xff\xd8\xff": "JPEG", b"RIFF": "WEBP"}
_PNG_END: Final = b"IEND\xaeB`\x82"
_JPEG_END: Final = b"\xff\xd9"


class PictureRefused(Exception):
    """`why`: empty, too_many_bytes, not_a_picture, broken, more_than_a_picture, moving, too_small, too_many_pixels."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Picture:
    """A re-encoded PNG or JPEG."""

    data: bytes
    media_type: str
    width: int
    height: int


def redraw(upload: bytes) -> Picture:
    """Re-encode a PNG, JPEG or WebP file, turned upright by its EXIF orientation. Raises PictureRefused.

    A JPEG stays JPEG and everything else becomes PNG, at its own size.
    """
    if not upload:
        raise PictureRefused("empty")
    if len(upload) > MAX_BYTES:
        raise PictureRefused("too_many_bytes")
    form = _form(upload)
    drawn = _decoded(upload, form)
    data = _encoded(drawn, "JPEG" if form == "JPEG" else "PNG")
    if len(data) > MAX_ENCODED_BYTES:
        raise PictureRefused("too_many_pixels")
    return Picture(data, "image/jpeg" if form == "JPEG" else "image/png", drawn.width, drawn.height)


def _form(upload: bytes) -> str:
    form = next((name for start, name in _FORMATS.items() if upload.startswith(start)), None)
    if form is None:
        raise PictureRefused("not_a_picture")
    end = _end_of(upload, form)
    if end == 0 or end > len(upload):
        raise PictureRefused("broken")
    if upload[end:].strip(b"\0"):
        # A page or an archive appended to a picture makes a file of two types.
        raise PictureRefused("more_than_a_picture")
    return form


def _end_of(upload: bytes, form: str) -> int:
    """The offset at which the picture ends; 0 without an end marker."""
    if form == "WEBP":
        return int.from_bytes(upload[4:8], "little") + 8
    if form == "PNG":
        return upload.find(_PNG_END) + len(_PNG_END) if _PNG_END in upload else 0
    return upload.rfind(_JPEG_END) + len(_JPEG_END) if _JPEG_END in upload else 0


def _decoded(upload: bytes, form: str) -> Image.Image:
    try:
        opened = Image.open(io.BytesIO(upload), formats=(form,))
        _require_bounds(opened.width, opened.height)
        # A JPEG may hold a second frame for HDR screens; only the first is read.
        if form != "JPEG" and getattr(opened, "n_frames", 1) > 1:
            raise PictureRefused("moving")
        opened.load()
        return _plain(ImageOps.exif_transpose(opened))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureRefused("too_many_pixels") from None
    except UnidentifiedImageError:
        raise PictureRefused("not_a_picture") from None
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError, IndexError, KeyError, TypeError, OverflowError):
        # Decoders raise these for malformed files.
        raise PictureRefused("broken") from None


def _require_bounds(width: int, height: int) -> None:
    """Checked before decoding, because a header of 25 bytes may demand gigabytes."""
    if max(width, height) > MAX_SIDE_PIXELS or width * height > MAX_PIXELS:
        raise PictureRefused("too_many_pixels")
    if min(width, height) < MIN_SIDE_PIXELS:
        raise PictureRefused("too_small")


def _plain(decoded: Image.Image) -> Image.Image:
    """The pixels pasted into a new image, because a copy would keep the metadata."""
    mode = "RGBA" if decoded.has_transparency_data else "RGB"
    if decoded.mode.startswith("I;16"):
        # Conversion clips 16-bit values instead of scaling them.
        decoded = decoded.point(lambda value: value / 256).convert("L")
    canvas = Image.new(mode, decoded.size)
    canvas.paste(decoded.convert(mode))
    return canvas


def _encoded(drawn: Image.Image, form: str) -> bytes:
    written = io.BytesIO()
    if form == "JPEG":
        drawn.convert("RGB").save(written, "JPEG", quality=_JPEG_QUALITY, subsampling=0)
    else:
        drawn.save(written, "PNG", optimize=True)
    return written.getvalue()
