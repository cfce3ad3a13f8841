"""Tasks of redemption."""

from celery import shared_task
from django.utils import timezone

from notifications import outbox
from redemption import order_notifications, price_rise_notifications
from redemption.operations import logos, orders, payments, value_index


@shared_task
def notify_of_price_rises(*, delivery_ids: list[int]) -> None:
    outbox.work_off(delivery_ids=delivery_ids, work=price_rise_notifications.deliver, moment=timezone.now())


@shared_task
def notify_members(*, delivery_ids: list[int]) -> None:
    outbox.work_off(delivery_ids=delivery_ids, work=order_notifications.deliver, moment=timezone.now())


@shared_task
def publish_value_index() -> None:
    value_index.publish(moment=timezone.now())


@shared_task
def cancel_unpaid_orders() -> None:
    orders.cancel_unpaid(moment=timezone.now())


@shared_task
def purge_unused_logos() -> None:
    logos.purge_unused(moment=timezone.now())


@shared_task
def send_refunds() -> None:
    payments.send_refunds(moment=timezone.now())


@shared_task
def reconcile_payments() -> None:
    payments.reconcile(moment=timezone.now())
