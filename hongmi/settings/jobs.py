"""Celery: the queue and the schedule."""

from celery.schedules import crontab

from hongmi.settings.language import TIME_ZONE
from hongmi.settings.stores import REDIS_URL

CELERY_BROKER_URL = REDIS_URL
CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT = 40
CELERY_TASK_TIME_LIMIT = 45
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # Longer than the longest task, or a slow one would run twice; checked often, so that a dead worker's tasks are
    # redelivered within a minute.
    "visibility_timeout": 50,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
}
CELERY_BEAT_SCHEDULE: dict[str, dict[str, object]] = {
    # Ticks that no worker took in time expire, because the next one does the same work.
    "relay_outbox": {"task": "notifications.tasks.relay_outbox", "schedule": 1.0, "options": {"expires": 5}},
    "seal_acts": {"task": "points.tasks.seal_acts", "schedule": 3.0, "options": {"expires": 5}},
    "review_issuing_limits": {
        "task": "points.tasks.review_issuing_limits",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "sweep": {"task": "points.tasks.sweep", "schedule": 30.0, "options": {"expires": 30}},
    # Every hour of the day, because the next run completes an interrupted one.
    "grant_birthdays": {"task": "points.tasks.grant_birthdays", "schedule": crontab(minute=15, hour="9-20")},
    "erase_closed_accounts": {"task": "accounts.tasks.erase_closed_accounts", "schedule": crontab(minute=10)},
    "move_due_phones": {"task": "accounts.tasks.move_due_phones", "schedule": crontab(minute=25)},
    "purge_personal_data": {"task": "accounts.tasks.purge_personal_data", "schedule": crontab(hour=4, minute=40)},
    "purge_member_codes": {"task": "merchants.tasks.purge_member_codes", "schedule": crontab(hour=4, minute=10)},
    "purge_tokens": {"task": "merchants.tasks.purge_tokens", "schedule": crontab(minute=35)},
    "purge_sessions": {"task": "accounts.tasks.purge_sessions", "schedule": crontab(minute=45)},
    "publish_value_index": {"task": "redemption.tasks.publish_value_index", "schedule": crontab(hour=0, minute=20)},
    "cancel_unpaid_orders": {
        "task": "redemption.tasks.cancel_unpaid_orders",
        "schedule": 20.0,
        "options": {"expires": 20},
    },
    "purge_unused_logos": {"task": "redemption.tasks.purge_unused_logos", "schedule": crontab(hour=4, minute=25)},
    "send_refunds": {"task": "redemption.tasks.send_refunds", "schedule": 20.0, "options": {"expires": 20}},
    "reconcile_payments": {
        "task": "redemption.tasks.reconcile_payments",
        "schedule": 120.0,
        "options": {"expires": 60},
    },
    "audit_ledger": {"task": "points.tasks.audit_ledger", "schedule": crontab(hour=3, minute=30)},
}
