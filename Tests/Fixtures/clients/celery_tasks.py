"""Celery with the proxy as broker and as result backend: celery_tasks.py PORT PASSWORD."""
import sys
import celery, redis
from celery import Celery, chain, chord, group
from celery.contrib.testing.worker import start_worker

url = f"redis://:{sys.argv[2]}@127.0.0.1:{sys.argv[1]}/"
redis.Redis.from_url(url).flushall()
app = Celery("tasks", broker=url + "0", backend=url + "1")
app.conf.broker_connection_retry_on_startup = True


@app.task(name="tasks.add")
def add(one, other):
    return one + other


@app.task(name="tasks.total")
def total(numbers):
    return sum(numbers)


with start_worker(app, pool="threads", concurrency=4, perform_ping_check=False, loglevel="error"):
    assert add.delay(2, 3).get(timeout=30) == 5
    assert group(add.s(number, number) for number in range(20))().get(timeout=60) == [2 * number for number in range(20)]
    assert chain(add.s(1, 2), add.s(3), add.s(4))().get(timeout=60) == 10
    assert chord((add.s(number, 1) for number in range(20)), total.s())().get(timeout=60) == 210
    assert add.apply_async((1, 1), countdown=1).get(timeout=60) == 2
print("celery", celery.__version__)
