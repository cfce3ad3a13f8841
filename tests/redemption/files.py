"""Pictures as people and attackers send them, each made here byte by byte or by Pillow."""

import io
import struct
import zlib
from typing import Any

from PIL import Image

HTML = b"<html><script>alert(1)</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><circle r="9"/></svg>'
RED = (200, 10, 10)


def encoded(form: str = "PNG", *, size: tuple[int, int] = (120, 60), **more: Any) -> bytes:
    """A red sign in that format; `more` goes beside its pixels."""
    written = io.BytesIO()
    Image.new("RGB", size, RED).save(written, form, **more)
    return written.getvalue()


def photograph() -> bytes:
    """A JPEG as a telephone writes it: held upright, with the place where it was taken, and a comment."""
    beside = Image.Exif()
    beside[0x0112] = 6
    beside[0x010F] = "PhoneMaker"
    beside.get_ifd(0x8825).update({1: "N", 2: (30.0, 15.0, 9.0), 3: "E", 4: (120.0, 9.0, 5.0)})
    return encoded("JPEG", exif=beside, comment=b"GPS 30.2525 120.1514")


def moving() -> bytes:
    return encoded("WEBP", save_all=True, append_images=[Image.new("RGB", (120, 60), "blue")])


def header_only(width: int, height: int) -> bytes:
    """A PNG of a few bytes that declares `width` × `height` pixels."""
    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", size) + _chunk(b"IDAT", zlib.compress(b"\0" * 99)) + _chunk(b"IEND", b"")
    )


def text_bomb() -> bytes:
    """A sound PNG with a compressed comment that grows to 200 MB."""
    whole = encoded("PNG")
    comment = _chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"\0" * 200_000_000, 1))
    return whole[:33] + comment + whole[33:]


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
