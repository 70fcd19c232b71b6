"""A queue of RQ and a worker that empties it: rq_jobs.py PORT PASSWORD."""
import operator, os, sys
import redis, rq
from rq import Queue, Retry, SimpleWorker
from rq.job import JobStatus

connection = redis.Redis(port=int(sys.argv[1]), password=sys.argv[2])
connection.flushdb()
queue = Queue("work", connection=connection)
jobs = [queue.enqueue(operator.mul, number, 2) for number in range(50)]
after = queue.enqueue(operator.add, 1, 2, depends_on=jobs[-1])
failing = queue.enqueue(operator.truediv, 1, 0, retry=Retry(max=1))
SimpleWorker([queue], connection=connection).work(burst=True, with_scheduler=False, logging_level="ERROR")
assert [job.return_value() for job in jobs] == [number * 2 for number in range(50)]
assert after.return_value() == 3
assert failing.get_status() == JobStatus.FAILED
assert len(queue.finished_job_registry) == 51 and len(queue) == 0 and rq.Worker.count(connection=connection) == 0
connection.flushdb()
assert connection.dbsize() == 0
print("rq", rq.VERSION)
