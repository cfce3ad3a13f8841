"""A logo as an answer: whoever made it, it is a picture to the browser and nothing else."""

from django.http import HttpResponse

from redemption.models import Logo
from redemption.operations import logos

_SUFFIX = {"image/png": "png", "image/jpeg": "jpg"}


def picture(logo: Logo) -> HttpResponse:
    """Raises operations.LogoNotFound once its member was erased."""
    answer = HttpResponse(logos.image_of(logo), content_type=logo.media_type)
    name = f"logo-{str(logo.public_id)[:8]}.{_SUFFIX[logo.media_type]}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
