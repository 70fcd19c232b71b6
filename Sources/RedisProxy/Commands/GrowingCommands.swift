/// What a server without memory refuses.
enum GrowingCommands {
  /// Those that Redis 7.0.15 flags `denyoom`, and scripts, of which nobody knows what they do before they have done it.
  static let names = """
    append bitfield bitop blmove brpoplpush copy decr decrby geoadd georadius georadiusbymember geosearchstore getset
    hincrby hincrbyfloat hmset hset hsetnx incr incrby incrbyfloat linsert lmove lpush lpushx lset mset msetnx pfadd
    pfmerge psetex restore rpoplpush rpush rpushx sadd sdiffstore set setbit setex setnx setrange sinterstore sort
    sunionstore xadd xgroup|create xgroup|createconsumer xsetid zadd zdiffstore zincrby zinterstore zrangestore
    zunionstore eval evalsha
    """.split { $0 == " " || $0 == "\n" }.map(String.init)
}
