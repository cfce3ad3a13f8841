"""Checks that must pass before anything is served; every entry point calls `refuse_to_start` first."""

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from celery import Task
from celery.local import PromiseProxy
from django.apps import AppConfig
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage, Error, Warning, register, run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.utils import OperationalError, ProgrammingError
from django.template import TemplateDoesNotExist
from django.template.loader import get_template

from hongmi import migration_state
from hongmi.lib import named_objects
from points.transparency import keyring

PRODUCTION = "hongmi_production"
MIN_SECRET_CHARACTERS = 50
MIN_DIFFERENT_CHARACTERS = 10
OTHER_VERSION = 3
OTHER_VERSION_REFUSAL = (
    "Another version of Hongmi made this database ({} differs), and until 1.0 no migration leads from it to this one: "
    "give an empty database, or run the version that made it."
)
# Project generators and our own tests begin their secrets with these.
DEVELOPMENT_MARKS = ("django-insecure-", "only-for-tests-")

Apps = Sequence[AppConfig] | None


def refuse_to_start(*, migrates: bool = False) -> None:
    """Print the failed checks and exit when this process must not serve in this environment.

    With `migrates` a database may lack migrations. The exit code of a database that another version made is
    OTHER_VERSION, of everything else 1.
    """
    messages = run_checks(tags=[PRODUCTION], include_deployment_checks=True)
    messages += database_is_of_this_version(migrates=migrates)
    for message in messages:
        sys.stderr.write(f"{message.id}: {message.msg}\n")
    if any(message.is_serious() for message in messages):
        sys.stderr.write("Hongmi refuses to start.\n")
        sys.exit(OTHER_VERSION if any(message.id == "hongmi.E032" for message in messages) else 1)


def database_is_of_this_version(*, migrates: bool) -> list[CheckMessage]:
    """hongmi.E032: another version of Hongmi made the database. hongmi.E033: it lacks migrations."""
    connection = connections["default"]
    try:
        if others := migration_state.of_another_version(connection):
            return [Error(OTHER_VERSION_REFUSAL.format(others[0]), id="hongmi.E032")]
        if not migrates and (names := migration_state.missing(connection)):
            return [Error(f"The database lacks {names[0]}: run `manage.py migrate` first.", id="hongmi.E033")]
    except OperationalError as error:
        # As with hongmi.W004, a database that comes up later must not need a second start of everything else.
        return [Warning(f"DATABASE_URL: the database did not answer: {error}", id="hongmi.W032")]
    finally:
        connection.close()
        # The pool, too: its threads do not survive the fork of a worker.
        connection.close_pool()  # type: ignore[attr-defined]
    return []


@register(PRODUCTION, deploy=True)
def production_settings_are_safe(app_configs: Apps, **kwargs: Any) -> Iterable[CheckMessage]:
    if not settings.IS_PRODUCTION:
        return
    if settings.DEBUG:
        yield Error("DEBUG is on.", id="hongmi.E001")
    if is_weak(settings.SECRET_KEY):
        yield Error(f"SECRET_KEY needs {MIN_SECRET_CHARACTERS} random characters.", id="hongmi.E002")
    if not settings.ALLOWED_HOSTS or any(host.startswith(("*", ".")) for host in settings.ALLOWED_HOSTS):
        yield Error("ALLOWED_HOSTS must name each host; wildcards are refused.", id="hongmi.E003")


@register(PRODUCTION, deploy=True)
def production_keeps_secrets_and_sends_sms(app_configs: Apps, **kwargs: Any) -> Iterable[CheckMessage]:
    if not settings.IS_PRODUCTION:
        return
    if not settings.SMS_DRIVER or settings.SMS_DRIVER.endswith(".Sandbox"):
        yield Error("SMS_DRIVER names no driver that sends; see notifications/sms_tencent.py.", id="hongmi.E020")
    if not settings.HONGMI_FIELD_KEYS or any(is_weak(key) for key in settings.HONGMI_FIELD_KEYS):
        yield Error(
            f"HONGMI_FIELD_KEYS needs keys of {MIN_SECRET_CHARACTERS} random characters, the newest first.",
            id="hongmi.E021",
        )


@register(PRODUCTION, deploy=True)
def production_seals_with_a_key_of_its_own(app_configs: Apps, **kwargs: Any) -> Iterable[CheckMessage]:
    """hongmi.E024: without one, the keyring would generate a key and store it beside the data it protects."""
    if not settings.IS_PRODUCTION:
        return
    try:
        key = keyring.key_bytes(settings.HONGMI_SEAL_KEY)
    except keyring.UnusableKey:
        yield Error("HONGMI_SEAL_KEY is the private key of the seal: 32 random bytes in hex.", id="hongmi.E024")
        return
    if is_repetitive(key):
        yield Error("HONGMI_SEAL_KEY is not random.", id="hongmi.E024")


@register(PRODUCTION, deploy=True)
def production_seals_under_a_name_of_its_own(app_configs: Apps, **kwargs: Any) -> Iterable[CheckMessage]:
    """hongmi.E027: each head carries the name for ever; under the example's name anybody's head could pass for ours."""
    if settings.IS_PRODUCTION and settings.SEAL_ORIGIN in ("", settings.EXAMPLE_SEAL_ORIGIN):
        yield Error("HONGMI_SEAL_ORIGIN names this installation's seal: a host of yours and a path.", id="hongmi.E027")


@register(PRODUCTION, deploy=True)
def production_keeps_each_secret_for_one_purpose(app_configs: Apps, **kwargs: Any) -> Iterable[CheckMessage]:
    """hongmi.E025: a leak of one secret must not reveal another."""
    if not settings.IS_PRODUCTION:
        return
    given = [settings.SECRET_KEY, settings.HONGMI_SEAL_KEY, settings.METRICS_TOKEN, *settings.HONGMI_FIELD_KEYS]
    secrets = [secret for secret in given if secret]
    if len(set(secrets)) < len(secrets):
        yield Error(
            "SECRET_KEY, HONGMI_SEAL_KEY, METRICS_TOKEN and HONGMI_FIELD_KEYS must all differ.", id="hongmi.E025"
        )


@register(PRODUCTION, deploy=True)
def production_takes_real_money(app_configs: Apps, **kwargs: Any) -> Iterable[CheckMessage]:
    if settings.IS_PRODUCTION and any(path.endswith(".Sandbox") for path in settings.PAYMENT_PROVIDERS.values()):
        yield Error("PAYMENT_PROVIDERS names the sandbox, which moves no money.", id="hongmi.E023")


@register(PRODUCTION, deploy=True)
def production_has_no_superuser(app_configs: Apps, **kwargs: Any) -> Iterable[CheckMessage]:
    """hongmi.E034: a superuser has every permission, those that take two people included."""
    if not settings.IS_PRODUCTION:
        return
    try:
        name = get_user_model().objects.filter(is_superuser=True, is_active=True).values_list("username", flat=True)[:1]
        for each in name:
            yield Error(
                f"{each or 'A person without a name'} is a superuser: `manage.py assign_role NAME operator` (or `none`)"
                " takes that away.",
                id="hongmi.E034",
            )
    except (OperationalError, ProgrammingError):
        # The database is down (hongmi.W004) or not migrated yet (hongmi.E033).
        return
    finally:
        connections["default"].close()


@register()
def personal_data_modules_are_complete(app_configs: Apps, **kwargs: Any) -> Iterable[CheckMessage]:
    for name in settings.PERSONAL_DATA_MODULES:
        module = named_objects.module(name)
        for part in ("tables", "found_by", "timeline", "unspent", "used_up", "erase", "needed"):
            if not callable(getattr(module, part, None)):
                yield Error(f"PERSONAL_DATA_MODULES: {name} has no {part}().", id="hongmi.E022")
    for name in settings.MERGE_MODULES:
        if not callable(getattr(named_objects.module(name), "carry", None)):
            yield Error(f"MERGE_MODULES: {name} has no carry().", id="hongmi.E026")


@register()
def drivers_and_registered_functions_exist(app_configs: Apps, **kwargs: Any) -> Iterable[CheckMessage]:
    """hongmi.E028: each path is first imported when an SMS or payment is due, long after the start."""
    for setting, paths in (
        ("SMS_DRIVER", filter(None, [settings.SMS_DRIVER])),
        ("PAYMENT_PROVIDERS", settings.PAYMENT_PROVIDERS.values()),
        ("ACTS_NOTIFIED_BY", settings.ACTS_NOTIFIED_BY),
        ("RESEALED_BY", settings.RESEALED_BY),
    ):
        for path in paths:
            if not _is_importable(path):
                yield Error(f"{setting} names {path!r}, which does not exist.", id="hongmi.E028")


def _is_importable(path: str) -> bool:
    try:
        named_objects.attribute(path)
    except ImportError:
        return False
    return True


@register(PRODUCTION, deploy=True)
def production_role_may_not_write_the_ledger(app_configs: Apps, **kwargs: Any) -> Iterable[CheckMessage]:
    """hongmi.E004: the role that serves requests could write around the ledger functions."""
    if settings.IS_PRODUCTION:
        yield from _role_errors("default", "DATABASE_URL", "hongmi_app", ("hongmi_owner", "hongmi_ledger"))


@register(PRODUCTION, deploy=True)
def production_migrates_as_no_superuser(app_configs: Apps, **kwargs: Any) -> Iterable[CheckMessage]:
    """hongmi.E004 too: a superuser would own the tables it creates, and no trigger or policy binds it."""
    if settings.IS_PRODUCTION and "owner" in settings.DATABASES:
        yield from _role_errors("owner", "DATABASE_OWNER_URL", "hongmi_owner", ())


def _role_errors(alias: str, setting: str, wanted: str, forbidden: Sequence[str]) -> Iterable[CheckMessage]:
    """An error when the role of this connection is, or may act as, a superuser or one of `forbidden`."""

    def objection(connection: BaseDatabaseWrapper) -> str:
        roles = ", ".join(_privileged_roles(connection, forbidden))
        return roles and f"{setting}'s role acts as {roles}; use {wanted}."

    try:
        if found := objection(connections[alias]):
            yield Error(found, id="hongmi.E004")
    except OperationalError as error:
        # A warning only, because a database that comes up later must not need a second start of everything else.
        _check_on_connect(alias, objection)
        yield Warning(f"{setting}: the database did not answer: {error}", id="hongmi.W004")
    finally:
        connections[alias].close()


def _privileged_roles(connection: BaseDatabaseWrapper, forbidden: Sequence[str]) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT rolname FROM pg_roles
            WHERE pg_has_role(current_user, oid, 'MEMBER')
              AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolname = ANY (%s))
            ORDER BY rolname
            """,
            [list(forbidden)],
        )
        return [name for (name,) in cursor.fetchall()]


def _check_on_connect(alias: str, objection: Callable[[BaseDatabaseWrapper], str]) -> None:
    """Check the role of each new connection until one passes; a connection that fails is closed before it serves."""
    dispatch_uid = f"hongmi.E004 {alias}"

    def check(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
        if connection.alias != alias:
            return
        # Closed also when the check itself fails, because the connection would otherwise serve unchecked.
        try:
            if found := objection(connection):
                raise ImproperlyConfigured(f"hongmi.E004: {found}")
        except BaseException:
            connection.close()
            raise
        connection_created.disconnect(dispatch_uid=dispatch_uid)

    connection_created.connect(check, weak=False, dispatch_uid=dispatch_uid)


@register()
def notice_of_dearer_prices_is_lawful(app_configs: Apps, **kwargs: Any) -> Iterable[CheckMessage]:
    """hongmi.E030: 电子商务法 art. 34 requires at least seven days."""
    if settings.PRICE_NOTICE_DAYS < 7:
        yield Error("PRICE_NOTICE_DAYS is at least 7.", id="hongmi.E030")


@register()
def an_import_has_two_connections(app_configs: Apps, **kwargs: Any) -> Iterable[CheckMessage]:
    """hongmi.E031: an import reads the next batch while one is booked; with one connection it deadlocks on itself."""
    if settings.DATABASES["default"]["OPTIONS"]["pool"]["max_size"] < 2:
        yield Error("DATABASE_POOL_SIZE is at least 2.", id="hongmi.E031")


@register()
def outbox_routes_exist(app_configs: Apps, **kwargs: Any) -> Iterable[CheckMessage]:
    for topic, route in settings.OUTBOX_ROUTES.items():
        for task in route.get("tasks", ()):
            if not is_task(task):
                yield Error(f"OUTBOX_ROUTES[{topic!r}] names an unknown task {task!r}.", id="hongmi.E010")
        if template := route.get("template"):
            try:
                get_template(template)
            except TemplateDoesNotExist:
                yield Error(f"OUTBOX_ROUTES[{topic!r}] names an unknown template {template!r}.", id="hongmi.E011")


def is_task(name: str) -> bool:
    """Whether the dotted name is a Celery task registered under that very name."""
    try:
        task = named_objects.attribute(name)
    except ImportError:
        return False
    return isinstance(task, Task | PromiseProxy) and task.name == name


def is_weak(secret: str) -> bool:
    return len(secret) < MIN_SECRET_CHARACTERS or is_repetitive(secret) or secret.startswith(DEVELOPMENT_MARKS)


def is_repetitive(secret: str | bytes) -> bool:
    """Whether it has few different characters or repeats a shorter string, so that it cannot be random."""
    return len(set(secret)) < MIN_DIFFERENT_CHARACTERS or secret in (secret + secret)[1:-1]  # type: ignore[operator]
