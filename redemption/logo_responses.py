"""A logo as an HTTP response that a browser treats as a picture and nothing else."""

from django.http import HttpResponse

from redemption.models import Logo
from redemption.operations import logos

_SUFFIX = {"image/png": "png", "image/jpeg": "jpg"}


def picture(logo: Logo) -> HttpResponse:
    """Raises LogoNotFound once its member was erased."""
    response = HttpResponse(logos.image_of(logo), content_type=logo.media_type)
    name = f"logo-{str(logo.public_id)[:8]}.{_SUFFIX[logo.media_type]}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "private, no-store"
    return response
