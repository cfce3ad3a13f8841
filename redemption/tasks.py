"""Jobs of redemption."""

from celery import shared_task
from django.utils import timezone

from notifications import outbox
from redemption import letters, operations, order_letters


@shared_task
def tell_price_rises(*, delivery_ids: list[int]) -> None:
    outbox.work_off(delivery_ids=delivery_ids, work=letters.post, moment=timezone.now())


@shared_task
def tell_members(*, delivery_ids: list[int]) -> None:
    outbox.work_off(delivery_ids=delivery_ids, work=order_letters.post, moment=timezone.now())


@shared_task
def publish_value_index() -> None:
    operations.publish_value_index(moment=timezone.now())


@shared_task
def end_unpaid_orders() -> None:
    operations.end_unpaid(moment=timezone.now())


@shared_task
def forget_unused_logos() -> None:
    operations.forget_unused_logos(moment=timezone.now())


@shared_task
def send_refunds() -> None:
    operations.send_refunds(moment=timezone.now())


@shared_task
def reconcile_payments() -> None:
    operations.reconcile(moment=timezone.now())
