"""SPEC R23: an uploaded logo is re-encoded: the result has only pixels, or the upload is refused."""

import io
import tracemalloc

import pytest
from PIL import Image

from redemption import images
from tests.redemption import files

KEPT_BESIDE_JPEG = {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def opened(picture: images.Picture) -> Image.Image:
    return Image.open(io.BytesIO(picture.data))


def test_a_photograph_loses_its_place_and_keeps_its_pixels() -> None:
    upload = files.photograph()
    assert b"PhoneMaker" in upload
    drawn = images.redraw(upload)
    again = opened(drawn)
    assert (drawn.media_type, again.format) == ("image/jpeg", "JPEG")
    # Turned upright, because the orientation tag is removed.
    assert (drawn.width, drawn.height) == again.size == (60, 120)
    assert set(again.info) <= KEPT_BESIDE_JPEG
    assert not again.getexif()
    assert b"PhoneMaker" not in drawn.data
    assert b"GPS" not in drawn.data
    assert all(abs(one - other) < 4 for one, other in zip(again.getpixel((9, 9)), files.RED, strict=True))


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_a_drawing_becomes_a_png_without_metadata(form: str) -> None:
    beside = Image.Exif()
    beside[0x010F] = "PhoneMaker"
    drawn = images.redraw(files.encoded(form, exif=beside, icc_profile=b"profile", lossless=True))
    assert (drawn.media_type, opened(drawn).info) == ("image/png", {})
    assert opened(drawn).getpixel((9, 9)) == files.RED


def test_transparent_pixels_stay_transparent() -> None:
    written = io.BytesIO()
    Image.new("P", (64, 64)).save(written, "PNG", transparency=0)
    assert opened(images.redraw(written.getvalue())).getpixel((9, 9))[3] == 0


def test_deep_grey_is_not_burnt_out() -> None:
    written = io.BytesIO()
    Image.new("I;16", (64, 64), 0x8000).save(written, "PNG")
    assert opened(images.redraw(written.getvalue())).getpixel((9, 9)) == (128, 128, 128)


@pytest.mark.parametrize(
    ("upload", "why"),
    [
        (b"", "empty"),
        (files.SVG, "not_a_picture"),
        (files.HTML, "not_a_picture"),
        (files.HTML + files.encoded("PNG"), "not_a_picture"),
        (b"GIF89a" + files.HTML, "not_a_picture"),
        (b"%PDF-1.7", "not_a_picture"),
        (b"RIFF\x10\0\0\0WAVEfmt data1234", "not_a_picture"),
        (files.encoded("PNG") + files.HTML, "more_than_a_picture"),
        (files.encoded("JPEG") + b"PK\x03\x04" + files.HTML, "more_than_a_picture"),
        (files.encoded("WEBP") + files.HTML, "more_than_a_picture"),
        (files.encoded("PNG")[:-30], "broken"),
        (files.encoded("JPEG", size=(900, 900))[:-400], "broken"),
        (files.encoded("WEBP", size=(900, 900))[:-100], "broken"),
        (b"\x89PNG\r\n\x1a\n" + files.HTML + b"IEND\xaeB`\x82", "not_a_picture"),
        (files.header_only(200, 200), "broken"),
        (files.header_only(50_000, 50_000), "too_many_pixels"),
        (files.header_only(12_000, 12_000), "too_many_pixels"),
        (files.header_only(5_001, 40), "too_many_pixels"),
        (files.header_only(4_500, 4_500), "too_many_pixels"),
        (files.encoded("PNG", size=(31, 200)), "too_small"),
        (files.moving(), "moving"),
        (files.encoded("PNG") + b"\0" * images.MAX_BYTES, "too_many_bytes"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_is_no_plain_picture_is_refused_with_its_reason(upload: bytes, why: str) -> None:
    with pytest.raises(images.PictureRefused) as refused:
        images.redraw(upload)
    assert refused.value.why == why


@pytest.mark.parametrize("upload", [files.header_only(50_000, 50_000), files.text_bomb()], ids=["pixels", "comment"])
def test_a_bomb_is_not_unpacked(upload: bytes) -> None:
    tracemalloc.start()
    with pytest.raises(images.PictureRefused):
        images.redraw(upload)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 50_000_000


def test_a_page_hidden_inside_a_picture_does_not_come_out() -> None:
    drawn = images.redraw(files.encoded("JPEG", comment=files.HTML))
    assert b"script" not in drawn.data


def test_the_largest_picture_that_is_taken_is_drawn() -> None:
    assert images.redraw(files.encoded("PNG", size=(4_000, 4_000))).width == 4_000
