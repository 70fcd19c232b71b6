/// The commands that the ACL user of a namespace may use.
///
/// A key pattern in an ACL guards only the keys that a command names as keys. Whatever reaches data in another way must
/// therefore be left out, and so this is a list of what is allowed, never of what is forbidden: commands of a newer server
/// stay closed until somebody has looked at them. Left out on purpose, by what they would give away or break:
/// - the key space as a whole: `SCAN KEYS RANDOMKEY DBSIZE FLUSHDB FLUSHALL SWAPDB MOVE`, `CLUSTER GETKEYSINSLOT`,
///   `CLUSTER COUNTKEYSINSLOT`;
/// - other clients and tenants: `CLIENT LIST`, `KILL`, `PAUSE`, `TRACKING` (in broadcast mode it reports every key),
///   `PUBSUB`, `MONITOR`, `SLOWLOG`, `INFO`;
/// - code that all share: `FUNCTION`, `FCALL` (a library keeps state between its callers), `SCRIPT FLUSH`, `SCRIPT KILL`;
/// - keys that the server overlooks: `PFMERGE` with a destination alone, whose key Redis 7.0 does not check, because it finds
///   no source beside it;
/// - raw data: `RESTORE` (parses a payload that the client made up), `MIGRATE`, `PFDEBUG`;
/// - the server itself: everything else that is marked `@admin` or `@dangerous`.
package enum NamespaceCommands {
  package static let allowed: [String] = [
    // Connection. AUTH, HELLO, RESET and QUIT are always allowed by the server.
    """
    ping echo select time lolwut readonly readwrite asking acl|whoami client|getname client|setname client|id client|info
    client|reply command command|count command|docs command|getkeys command|getkeysandflags command|info command|list
    cluster|info cluster|keyslot cluster|myid cluster|nodes cluster|shards cluster|slots
    """,
    // Keys.
    """
    copy del dump exists expire expireat expiretime memory|usage object|encoding object|freq object|idletime
    object|refcount persist pexpire pexpireat pexpiretime pttl rename renamenx sort sort_ro touch ttl type unlink
    """,
    // Strings, bitmaps, HyperLogLog.
    """
    append bitcount bitfield bitfield_ro bitop bitpos decr decrby get getbit getdel getex getrange getset incr incrby
    incrbyfloat lcs mget mset msetnx pfadd pfcount psetex set setbit setex setnx setrange strlen substr
    """,
    // Hashes, lists, sets.
    """
    hdel hexists hget hgetall hincrby hincrbyfloat hkeys hlen hmget hmset hrandfield hscan hset hsetnx hstrlen hvals
    blmove blmpop blpop brpop brpoplpush lindex linsert llen lmove lmpop lpop lpos lpush lpushx lrange lrem lset ltrim
    rpop rpoplpush rpush rpushx
    sadd scard sdiff sdiffstore sinter sintercard sinterstore sismember smembers smismember smove spop srandmember srem
    sscan sunion sunionstore
    """,
    // Sorted sets, geo.
    """
    bzmpop bzpopmax bzpopmin zadd zcard zcount zdiff zdiffstore zincrby zinter zintercard zinterstore zlexcount zmpop
    zmscore zpopmax zpopmin zrandmember zrange zrangebylex zrangebyscore zrangestore zrank zrem zremrangebylex
    zremrangebyrank zremrangebyscore zrevrange zrevrangebylex zrevrangebyscore zrevrank zscan zscore zunion zunionstore
    geoadd geodist geohash geopos georadius georadius_ro georadiusbymember georadiusbymember_ro geosearch geosearchstore
    """,
    // Streams.
    """
    xack xadd xautoclaim xclaim xdel xgroup|create xgroup|createconsumer xgroup|delconsumer xgroup|destroy xgroup|setid
    xinfo|consumers xinfo|groups xinfo|stream xlen xpending xrange xread xreadgroup xrevrange xsetid xtrim
    """,
    // Transactions, scripts, messages.
    """
    multi exec discard watch unwatch eval eval_ro evalsha evalsha_ro script|exists script|load
    publish subscribe unsubscribe psubscribe punsubscribe spublish ssubscribe sunsubscribe
    """,
  ].flatMap(words)

  /// Of the allowed ones, what reaches beyond the namespace all the same: the scripts of all users are in one place, so that
  /// who knows the hash of another's script can run it, with what is his own, and can tell that it is there. As long as a
  /// script runs, it also holds up everybody else. To keep these apart is the proxy's work.
  package static let sharedByAll = words("eval eval_ro evalsha evalsha_ro script|exists script|load")

  /// Of the allowed ones, those that name no keys, and why no key pattern is needed for them.
  package enum Keyless {
    /// They are about the connection itself, or the server's documentation, clock and addresses.
    package static let withoutData = words(
      """
      ping echo select time lolwut readonly readwrite asking acl|whoami client|getname client|setname client|id
      client|info client|reply command command|count command|docs command|getkeys command|getkeysandflags command|info
      command|list cluster|info cluster|keyslot cluster|myid cluster|nodes cluster|shards cluster|slots
      multi exec discard unwatch
      """)
    /// The user's channel patterns hold.
    package static let ofChannels = words(
      "publish subscribe unsubscribe psubscribe punsubscribe spublish ssubscribe sunsubscribe")
    /// BY and GET name keys by patterns, which the server refuses to a user who may not read all keys.
    package static let byPattern = words("sort sort_ro")
  }

  private static func words(_ text: String) -> [String] {
    text.split { $0 == " " || $0 == "\n" }.map(String.init)
  }
}
