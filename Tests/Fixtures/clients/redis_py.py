"""What applications do with redis-py, unmodified: redis_py.py PORT PASSWORD. Every assertion is of the client's own view."""
import sys, threading, time
import redis

port, password = int(sys.argv[1]), sys.argv[2]
for protocol in (2, 3):
    client = redis.Redis(port=port, password=password, decode_responses=True, protocol=protocol)
    client.flushdb()
    assert client.ping() and client.info()["redis_mode"] == "standalone"

    with client.pipeline(transaction=True) as pipeline:
        pipeline.set("a", 1).incr("a").get("a").hset("h", mapping={"x": 1, "y": 2}).hgetall("h")
        assert pipeline.execute() == [True, 2, "2", 2, {"x": "1", "y": "2"}]
    with client.pipeline(transaction=False) as pipeline:
        for number in range(1000):
            pipeline.set(f"many:{number}", number)
        assert all(pipeline.execute())

    def increment(pipeline):
        value = int(pipeline.get("a"))
        pipeline.multi()
        pipeline.set("a", value + 40)
    assert client.transaction(increment, "a") == [True] and client.get("a") == "42"

    assert sorted(client.scan_iter("many:*", count=50)) == sorted(f"many:{number}" for number in range(1000))
    assert client.dbsize() == 1002 and sorted(client.keys("[ah]")) == ["a", "h"]

    with client.lock("resource", timeout=10):
        assert not client.lock("resource", blocking=False).acquire()
    assert client.lock("resource", blocking=False, timeout=5).acquire()

    script = client.register_script("return {redis.call('INCRBY', KEYS[1], ARGV[1]), KEYS[1]}")
    assert script(keys=["a"], args=[8]) == [50, "a"]
    client.script_flush()
    assert script(keys=["a"], args=[-8]) == [42, "a"]

    subscriber = client.pubsub()
    subscriber.subscribe("news")
    subscriber.psubscribe("w*")
    received = []
    deadline = time.time() + 10
    while len(received) < 2 and time.time() < deadline:
        message = subscriber.get_message(timeout=0.1)
        if message:
            received.append(message["type"])
    assert received == ["subscribe", "psubscribe"], received
    assert client.publish("news", "hello") == 1 and client.publish("weather", "rain") == 1
    messages = []
    while len(messages) < 2 and time.time() < deadline:
        message = subscriber.get_message(timeout=0.1)
        if message:
            messages.append((message["type"], message["channel"], message["data"]))
    assert sorted(messages) == [("message", "news", "hello"), ("pmessage", "weather", "rain")], messages
    subscriber.close()

    client.xgroup_create("stream", "workers", id="0", mkstream=True)
    first = client.xadd("stream", {"job": "1"})
    read = client.xreadgroup("workers", "me", {"stream": ">"}, count=10)
    stream = read["stream"][0][0] if isinstance(read, dict) else read[0][1][0]
    assert tuple(stream) == (first, {"job": "1"}), read
    assert client.xack("stream", "workers", first) == 1 and client.xlen("stream") == 1

    results = []
    waiting = threading.Thread(target=lambda: results.append(client.blpop("queue", timeout=10)))
    waiting.start()
    time.sleep(0.2)
    client.rpush("queue", "job")
    waiting.join()
    assert [tuple(result) for result in results] == [("queue", "job")], results

    other = redis.Redis(port=port, password=password, db=3, decode_responses=True, protocol=protocol)
    assert other.get("a") is None and other.dbsize() == 0
    other.set("a", "three")
    assert client.get("a") == "42"
    other.flushdb()
    assert client.sort("stream:none") == [] and client.object("encoding", "a") == "int"
    client.flushall()
    assert client.dbsize() == 0
print("redis-py", redis.__version__)
