"""Every message reaches every consumer, whichever process dies; an undeliverable message delays no other."""

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction

from notifications import operations, outbox, queries
from notifications.models import Delivery, Outbox

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NOTIFY, HOOK = "points.tasks.notify_members", "tests.webhooks"


class Queue:
    """Stands in for the broker, so that a test sees the tasks sent and can lose them."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, list[int]]] = []
        self.broken = False

    def send_task(self, name: str, *, kwargs: dict[str, Any]) -> None:
        if self.broken:
            raise ConnectionError
        self.sent.append((name, kwargs["delivery_ids"]))


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Queue:
    queue = Queue()
    monkeypatch.setattr(outbox, "current_app", queue)
    return queue


@pytest.fixture(autouse=True)
def routes(settings: Any) -> None:
    settings.OUTBOX_ROUTES = {
        "points.accrued": {"tasks": [NOTIFY, HOOK], "template": ""},
        "points.redeemed": {"tasks": [NOTIFY], "template": ""},
        "points.forgotten": {"tasks": [], "template": ""},
    }


@pytest.fixture
def empty(db: None) -> None:
    """No message of other tests is visible in this transaction."""
    Outbox.objects.all().delete()
    Delivery.objects.all().delete()


class Consumer:
    """Records the messages it consumed; refuses those in `poison`."""

    def __init__(self, *poison: int) -> None:
        self.poison = set(poison)
        self.consumed: list[int] = []

    def __call__(self, messages: Sequence[outbox.Message], *, moment: datetime) -> None:
        if bad := self.poison & {message.id for message in messages}:
            raise ValueError(f"cannot read message {min(bad)}\nDETAIL: phone 13800138000")
        self.consumed += [message.id for message in messages]


def work(queue: Queue, consumer: Consumer, *, moment: datetime = NOW) -> None:
    """Consume all tasks of the queue, as a worker does."""
    sent, queue.sent = queue.sent, []
    for _, delivery_ids in sent:
        outbox.work_off(delivery_ids=delivery_ids, work=consumer, moment=moment)


def test_a_message_goes_to_each_consumer_of_its_topic(empty: None, queue: Queue, publish: Callable[..., int]) -> None:
    accrued, redeemed = publish("points.accrued", act=1), publish("points.redeemed", act=2)
    assert outbox.relay(moment=NOW) == 3
    sent = dict(queue.sent)
    messages = dict(Delivery.objects.values_list("id", "message_id"))
    assert {messages[number] for number in sent[NOTIFY]} == {accrued, redeemed}
    assert {messages[number] for number in sent[HOOK]} == {accrued}
    assert not Outbox.objects.exists()


def test_a_batch_is_one_task_per_consumer(empty: None, queue: Queue, publish: Callable[..., int]) -> None:
    for act in range(outbox.BATCH_SIZE + 1):
        publish("points.redeemed", act=act)
    outbox.relay(moment=NOW)
    assert [len(ids) for _, ids in queue.sent] == [outbox.BATCH_SIZE, 1]


def test_messages_of_a_batch_keep_their_order(empty: None, queue: Queue, publish: Callable[..., int]) -> None:
    published = [publish("points.redeemed", act=act) for act in range(50)]
    outbox.relay(moment=NOW)
    consumer = Consumer()
    work(queue, consumer)
    assert consumer.consumed == published


def test_a_consumed_delivery_is_deleted(empty: None, queue: Queue, publish: Callable[..., int]) -> None:
    message = publish("points.redeemed", act=1)
    outbox.relay(moment=NOW)
    consumer = Consumer()
    work(queue, consumer)
    assert consumer.consumed == [message]
    assert not Delivery.objects.exists()


def test_a_second_copy_of_the_task_finds_nothing_left_to_do(
    empty: None, queue: Queue, publish: Callable[..., int]
) -> None:
    message = publish("points.redeemed", act=1)
    outbox.relay(moment=NOW)
    queue.sent *= 2
    consumer = Consumer()
    work(queue, consumer)
    assert consumer.consumed == [message]


def test_a_task_lost_by_the_queue_is_sent_again_when_its_lease_is_over(
    empty: None, queue: Queue, publish: Callable[..., int]
) -> None:
    message = publish("points.redeemed", act=1)
    outbox.relay(moment=NOW)
    queue.sent.clear()
    assert outbox.relay(moment=NOW + outbox.LEASE - timedelta(seconds=1)) == 0
    assert outbox.relay(moment=NOW + outbox.LEASE) == 1
    consumer = Consumer()
    work(queue, consumer)
    assert consumer.consumed == [message]


def test_a_broker_that_is_down_delays_messages_and_parks_none(
    empty: None, queue: Queue, publish: Callable[..., int]
) -> None:
    message = publish("points.redeemed", act=1)
    queue.broken = True
    for attempt in range(20):
        with pytest.raises(ConnectionError):
            outbox.relay(moment=NOW + attempt * outbox.LEASE)
    queue.broken = False
    outbox.relay(moment=NOW + 20 * outbox.LEASE)
    consumer = Consumer()
    work(queue, consumer)
    assert consumer.consumed == [message]


def test_work_that_fails_is_rolled_back_and_its_error_is_recorded_without_values_of_the_row(
    empty: None, queue: Queue, publish: Callable[..., int]
) -> None:
    message = publish("points.redeemed", act=1)
    outbox.relay(moment=NOW)

    def write_and_fail(messages: Sequence[outbox.Message], *, moment: datetime) -> None:
        publish("points.forgotten", act=2)
        Consumer(message)(messages, moment=moment)

    outbox.work_off(delivery_ids=queue.sent[0][1], work=write_and_fail, moment=NOW)
    delivery = Delivery.objects.get()
    assert (delivery.attempts, delivery.last_error) == (1, f"ValueError: cannot read message {message}")
    assert not Outbox.objects.exists()


def test_a_poisoned_message_is_parked_and_the_rest_of_its_batch_is_consumed(
    empty: None, queue: Queue, publish: Callable[..., int]
) -> None:
    good, bad, fine = (publish("points.redeemed", act=act) for act in range(3))
    consumer, moment = Consumer(bad), NOW
    outbox.relay(moment=moment)
    work(queue, consumer, moment=moment)
    assert consumer.consumed == []
    for wait in [*outbox.RETRY_WAITS, timedelta()]:
        moment += wait
        outbox.relay(moment=moment)
        work(queue, consumer, moment=moment)
    assert sorted(consumer.consumed) == [good, fine]
    parked = Delivery.objects.get()
    assert (parked.message_id, parked.attempts, parked.parked_at) == (bad, outbox.MAX_ATTEMPTS, moment)
    assert outbox.relay(moment=moment + timedelta(days=1)) == 0
    assert queries.backlog() == queries.Backlog(waiting=0, parked=1, oldest_at=None)


def test_a_message_that_kills_its_workers_is_parked_too(own_db: str, queue: Queue, publish: Callable[..., int]) -> None:
    """The queue gives a dead worker's task to the next worker by itself, without the relay."""
    publish("points.redeemed", act=1)
    outbox.relay(moment=NOW)
    [(_, delivery_ids)] = queue.sent

    class WorkerDied(BaseException):
        pass

    def die(messages: Sequence[outbox.Message], *, moment: datetime) -> None:
        raise WorkerDied

    for _attempt in range(outbox.MAX_ATTEMPTS):
        with pytest.raises(WorkerDied):
            outbox.work_off(delivery_ids=delivery_ids, work=die, moment=NOW)
    # Were it tried once more, this would raise.
    outbox.work_off(delivery_ids=delivery_ids, work=die, moment=NOW)
    outbox.relay(moment=NOW + outbox.LEASE)
    assert Delivery.objects.get().last_error == outbox.WORN_OUT


def test_one_consumer_failing_does_not_repeat_the_work_of_another(
    empty: None, queue: Queue, publish: Callable[..., int]
) -> None:
    message = publish("points.accrued", act=1)
    outbox.relay(moment=NOW)
    notify, hook = Consumer(), Consumer(message)
    for name, delivery_ids in queue.sent:
        outbox.work_off(delivery_ids=delivery_ids, work={NOTIFY: notify, HOOK: hook}[name], moment=NOW)
    hook.poison.clear()
    queue.sent.clear()
    outbox.relay(moment=NOW + outbox.RETRY_WAITS[0])
    assert [name for name, _ in queue.sent] == [HOOK]
    work(queue, hook)
    assert (notify.consumed, hook.consumed) == ([message], [message])


def test_a_topic_without_a_route_is_parked_until_an_operator_sends_it_again(
    empty: None, queue: Queue, publish: Callable[..., int], settings: Any
) -> None:
    message = publish("points.misspelt", act=1)
    assert outbox.relay(moment=NOW) == 0
    lost = Delivery.objects.get()
    assert (lost.message_id, lost.last_error) == (message, outbox.NO_ROUTE)
    settings.OUTBOX_ROUTES = {"points.misspelt": {"tasks": [NOTIFY], "template": ""}}
    assert operations.send_again(delivery_ids=[lost.id], moment=NOW) == 1
    outbox.relay(moment=NOW)
    consumer = Consumer()
    work(queue, consumer)
    assert consumer.consumed == [message]


def test_a_topic_without_consumers_leaves_no_delivery(empty: None, queue: Queue, publish: Callable[..., int]) -> None:
    publish("points.forgotten", act=1)
    assert outbox.relay(moment=NOW) == 0
    assert not Outbox.objects.exists()
    assert not Delivery.objects.exists()


def test_a_parked_delivery_that_is_sent_again_has_all_its_attempts(
    empty: None, queue: Queue, publish: Callable[..., int]
) -> None:
    message = publish("points.redeemed", act=1)
    outbox.relay(moment=NOW)
    Delivery.objects.update(parked_at=NOW, attempts=outbox.MAX_ATTEMPTS, last_error="ValueError")
    queue.sent.clear()
    delivery_ids = [Delivery.objects.get().id]
    assert operations.send_again(delivery_ids=delivery_ids, moment=NOW) == 1
    assert operations.send_again(delivery_ids=delivery_ids, moment=NOW) == 0
    outbox.relay(moment=NOW)
    consumer = Consumer()
    work(queue, consumer)
    assert consumer.consumed == [message]


def test_the_backlog_has_the_age_of_the_oldest_message(empty: None, queue: Queue, publish: Callable[..., int]) -> None:
    assert queries.backlog() == queries.Backlog(waiting=0, parked=0, oldest_at=None)
    publish("points.redeemed", act=1)
    oldest_at = Outbox.objects.get().created_at
    publish("points.redeemed", act=2)
    assert queries.backlog() == queries.Backlog(waiting=2, parked=0, oldest_at=oldest_at)
    outbox.relay(moment=NOW)
    assert queries.backlog() == queries.Backlog(waiting=2, parked=0, oldest_at=oldest_at)


@pytest.fixture
def in_threads() -> Iterator[Callable[..., None]]:
    def run(*jobs: Callable[[], object]) -> None:
        def job_with_own_connection(job: Callable[[], object]) -> None:
            try:
                job()
            finally:
                connections.close_all()

        threads = [threading.Thread(target=job_with_own_connection, args=[job]) for job in jobs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

    return run


def test_relays_at_once_send_each_message_once(
    own_db: str, queue: Queue, publish: Callable[..., int], in_threads: Callable[..., None]
) -> None:
    for act in range(3_000):
        publish("points.redeemed", act=act)
    in_threads(*[lambda: outbox.relay(moment=NOW)] * 4)
    sent = [number for _, ids in queue.sent for number in ids]
    assert len(sent) == len(set(sent)) == 3_000


def test_a_relay_does_not_wait_for_messages_that_another_holds(
    own_db: str, queue: Queue, publish: Callable[..., int], in_threads: Callable[..., None]
) -> None:
    held = publish("points.redeemed", act=1)
    free = publish("points.redeemed", act=2)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT FROM notifications_outbox WHERE id = %s FOR UPDATE", [held])
        in_threads(lambda: outbox.relay(moment=NOW))
        assert list(Delivery.objects.values_list("message_id", flat=True)) == [free]


def test_two_copies_of_a_task_at_once_do_the_work_once(
    own_db: str, queue: Queue, publish: Callable[..., int], in_threads: Callable[..., None]
) -> None:
    published = [publish("points.redeemed", act=act) for act in range(100)]
    outbox.relay(moment=NOW)
    consumer, [(_, delivery_ids)] = Consumer(), queue.sent

    def one_copy() -> None:
        outbox.work_off(delivery_ids=delivery_ids, work=consumer, moment=NOW)

    in_threads(*[one_copy] * 4)
    assert sorted(consumer.consumed) == published
