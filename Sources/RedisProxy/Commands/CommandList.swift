/// The commands of Redis 7.0.15, and what is done with each.
///
/// An entry is a name, its arity as `COMMAND` tells it with letters for its flags, and where its keys are:
/// - `w` writes, `r` only reads, `l` may be called before logging in;
/// - `1` one key, `1..2` or `1..-2/2` the first, the last (negative: from the end) and the step between them;
/// - `#2` the argument says how many keys follow it, `1+#2` argument 1 is one as well;
/// - `streams`, `sort`, `geo6` as the cases of `KeyRule`.
enum CommandList {
  struct Section {
    let handling: Handling
    var split = SplitRule.none
    let entries: StaticString
  }

  static let sections: [Section] = data + streams + aboutItself + keySpace + messages + scripts + refused

  private static let data: [Section] = [
    Section(
      handling: .keys,
      entries: """
        dump 2r 1, expire -3w 1, expireat -3w 1, expiretime 2r 1, persist 2w 1, pexpire -3w 1, pexpireat -3w 1,
        pexpiretime 2r 1, pttl 2r 1, rename 3w 1..2, renamenx 3w 1..2, restore -4w 1, ttl 2r 1, type 2r 1,
        object -2, object|encoding 3r 2, object|freq 3r 2, object|idletime 3r 2, object|refcount 3r 2, object|help 2,
        memory -2, memory|usage -3r 2, memory|help 2,

        append 3w 1, decr 2w 1, decrby 3w 1, get 2r 1, getdel 2w 1, getex -2w 1, getrange 4r 1, getset 3w 1, incr 2w 1,
        incrby 3w 1, incrbyfloat 3w 1, lcs -3r 1..2, msetnx -3w 1..-1/2, psetex 4w 1, set -3w 1, setex 4w 1, setnx 3w 1,
        setrange 4w 1, strlen 2r 1, substr 4r 1,
        bitcount -2r 1, bitfield -2w 1, bitfield_ro -2r 1, bitop -4w 2..-1, bitpos -3r 1, getbit 3r 1, setbit 4w 1,
        pfadd -2w 1, pfcount -2r 1..-1, pfmerge -2w 1..-1,

        hdel -3w 1, hexists 3r 1, hget 3r 1, hgetall 2r 1, hincrby 4w 1, hincrbyfloat 4w 1, hkeys 2r 1, hlen 2r 1,
        hmget -3r 1, hmset -4w 1, hrandfield -2r 1, hscan -3r 1, hset -4w 1, hsetnx 4w 1, hstrlen 3r 1, hvals 2r 1,

        lindex 3r 1, linsert 5w 1, llen 2r 1, lmove 5w 1..2, lpop -2w 1, lpos -3r 1, lpush -3w 1, lpushx -3w 1, lrange 4r 1,
        lrem 4w 1, lset 4w 1, ltrim 4w 1, rpop -2w 1, rpoplpush 3w 1..2, rpush -3w 1, rpushx -3w 1,

        sadd -3w 1, scard 2r 1, sdiff -2r 1..-1, sdiffstore -3w 1..-1, sinter -2r 1..-1, sintercard -3r #1,
        sinterstore -3w 1..-1, sismember 3r 1, smembers 2r 1, smismember -3r 1, smove 4w 1..2, spop -2w 1,
        srandmember -2r 1, srem -3w 1, sscan -3r 1, sunion -2r 1..-1, sunionstore -3w 1..-1,

        zadd -4w 1, zcard 2r 1, zcount 4r 1, zdiff -3r #1, zdiffstore -4w 1+#2, zincrby 4w 1, zinter -3r #1,
        zintercard -3r #1, zinterstore -4w 1+#2, zlexcount 4r 1, zmscore -3r 1, zpopmax -2w 1, zpopmin -2w 1,
        zrandmember -2r 1, zrange -4r 1, zrangebylex -4r 1, zrangebyscore -4r 1, zrangestore -5w 1..2, zrank 3r 1,
        zrem -3w 1, zremrangebylex 4w 1, zremrangebyrank 4w 1, zremrangebyscore 4w 1, zrevrange -4r 1, zrevrangebylex -4r 1,
        zrevrangebyscore -4r 1, zrevrank 3r 1, zscan -3r 1, zscore 3r 1, zunion -3r #1, zunionstore -4w 1+#2,

        geoadd -5w 1, geodist -4r 1, geohash -2r 1, geopos -2r 1, georadius -6w geo6, georadius_ro -6r 1,
        georadiusbymember -5w geo5, georadiusbymember_ro -5r 1, geosearch -7r 1, geosearchstore -8w 1..2
        """),
    Section(handling: .keys, split: .values, entries: "mget -2r 1..-1"),
    Section(handling: .keys, split: .pairs, entries: "mset -3w 1..-1/2"),
    Section(
      handling: .keys, split: .sum, entries: "del -2w 1..-1, unlink -2w 1..-1, exists -2r 1..-1, touch -2r 1..-1"),
    Section(handling: .keysInReply(.firstElement), entries: "lmpop -4w #1, zmpop -4w #1"),
    Section(handling: .blocking(nil), entries: "blmove 6w 1..2, brpoplpush 4w 1..2"),
    Section(
      handling: .blocking(.firstElement),
      entries: """
        blpop -3w 1..-2, brpop -3w 1..-2, bzpopmax -3w 1..-2, bzpopmin -3w 1..-2, blmpop -5w #2, bzmpop -5w #2
        """),
    Section(handling: .script(.sort), entries: "sort -2w sort, sort_ro -2r sort"),
  ]

  private static let streams: [Section] = [
    Section(
      handling: .keys,
      entries: """
        xack -4w 1, xadd -5w 1, xdel -3w 1, xlen 2r 1, xrange -4r 1, xrevrange -4r 1, xsetid -3w 1, xtrim -4w 1,
        xgroup -2, xgroup|help 2, xinfo -2, xinfo|help 2
        """),
    Section(
      handling: .keysInReply(.errors),
      entries: """
        xautoclaim -6w 1, xclaim -6w 1, xpending -3r 1, xgroup|create -5w 2, xgroup|createconsumer 5w 2,
        xgroup|delconsumer 5w 2, xgroup|destroy 4w 2, xgroup|setid -5w 2, xinfo|consumers 4r 2, xinfo|groups 3r 2,
        xinfo|stream -3r 2
        """),
    Section(handling: .blocking(.streams), entries: "xread -4r streams, xreadgroup -7w streams"),
  ]

  /// About the connection, the server and its commands. What has no keys is passed on: it tells nothing of anybody.
  private static let aboutItself: [Section] = [
    Section(
      handling: .keys,
      entries: """
        echo 2, time 1, lolwut -1r, command -1, command|count 2, command|docs -2, command|getkeys -4,
        command|getkeysandflags -4, command|help 2, command|info -2, command|list -2,
        acl -2, acl|cat -2, acl|genpass -2, acl|help 2, client -2, client|help 2, config -2, config|help 2,
        latency -2, latency|help 2, module -2, module|help 2, module|list 2, slowlog -2, slowlog|help 2
        """),
    Section(handling: .local(.ping), entries: "ping -1"),
    Section(handling: .local(.auth), entries: "auth -2l"),
    Section(handling: .local(.hello), entries: "hello -1l"),
    Section(handling: .local(.quit), entries: "quit -1l"),
    Section(handling: .local(.reset), entries: "reset 1l"),
    Section(handling: .local(.select), entries: "select 2"),
    Section(handling: .local(.clientGetName), entries: "client|getname 2"),
    Section(handling: .local(.clientSetName), entries: "client|setname 3"),
    Section(handling: .local(.clientID), entries: "client|id 2"),
    Section(handling: .local(.clientInfo), entries: "client|info 2"),
    Section(handling: .local(.clientList), entries: "client|list -2"),
    Section(handling: .local(.clientKill), entries: "client|kill -3"),
    Section(handling: .local(.clientReply), entries: "client|reply 3"),
    Section(handling: .local(.clientUnblock), entries: "client|unblock -3"),
    Section(handling: .local(.clientTracking), entries: "client|tracking -3"),
    Section(handling: .local(.clientTrackingInfo), entries: "client|trackinginfo 2"),
    Section(handling: .local(.clientGetRedirection), entries: "client|getredir 2"),
    Section(handling: .local(.clientCaching), entries: "client|caching 3"),
    Section(handling: .local(.clientNoEvict), entries: "client|no-evict 3"),
    Section(handling: .local(.aclWhoAmI), entries: "acl|whoami 2"),
    Section(handling: .local(.info), entries: "info -1"),
    Section(handling: .local(.role), entries: "role 1"),
    Section(handling: .local(.wait), entries: "wait 3"),
    Section(handling: .local(.lastSave), entries: "lastsave 1"),
    Section(handling: .transaction(.multi), entries: "multi 1"),
    Section(handling: .transaction(.exec), entries: "exec 1"),
    Section(handling: .transaction(.discard), entries: "discard 1"),
    Section(handling: .transaction(.watch), entries: "watch -2 1..-1"),
    Section(handling: .transaction(.unwatch), entries: "unwatch 1"),
  ]

  private static let keySpace: [Section] = [
    Section(handling: .keySpace(.keys), entries: "keys 2r"),
    Section(handling: .keySpace(.randomKey), entries: "randomkey 1r"),
    Section(handling: .keySpace(.databaseSize), entries: "dbsize 1r"),
    Section(handling: .keySpace(.scan), entries: "scan -2r"),
    Section(handling: .keySpace(.flushDatabase), entries: "flushdb -1w"),
    Section(handling: .keySpace(.flushAll), entries: "flushall -1w"),
    Section(handling: .keySpace(.move), entries: "move 3w 1"),
    Section(handling: .keySpace(.copy), entries: "copy -3w 1..2"),
  ]

  private static let messages: [Section] = [
    Section(handling: .keys, entries: "pubsub -2, pubsub|help 2"),
    Section(handling: .subscription(.subscribe), entries: "subscribe -2"),
    Section(handling: .subscription(.unsubscribe), entries: "unsubscribe -1"),
    Section(handling: .subscription(.patternSubscribe), entries: "psubscribe -2"),
    Section(handling: .subscription(.patternUnsubscribe), entries: "punsubscribe -1"),
    Section(handling: .subscription(.shardSubscribe), entries: "ssubscribe -2 1..-1"),
    Section(handling: .subscription(.shardUnsubscribe), entries: "sunsubscribe -1 1..-1"),
    Section(handling: .subscription(.publish), entries: "publish 3 1"),
    Section(handling: .subscription(.shardPublish), entries: "spublish 3 1"),
    Section(handling: .subscription(.channels), entries: "pubsub|channels -2"),
    Section(handling: .subscription(.numberOfSubscribers), entries: "pubsub|numsub -2"),
    Section(handling: .subscription(.numberOfPatterns), entries: "pubsub|numpat 2"),
    Section(handling: .subscription(.shardChannels), entries: "pubsub|shardchannels -2"),
    Section(handling: .subscription(.shardNumberOfSubscribers), entries: "pubsub|shardnumsub -2"),
  ]

  private static let scripts: [Section] = [
    Section(handling: .keys, entries: "script -2, script|help 2, function -2, function|help 2"),
    Section(handling: .script(.evaluate), entries: "eval -3 #2"),
    Section(handling: .script(.evaluateReadOnly), entries: "eval_ro -3r #2"),
    Section(handling: .script(.evaluateByHash), entries: "evalsha -3 #2"),
    Section(handling: .script(.evaluateByHashReadOnly), entries: "evalsha_ro -3r #2"),
    Section(handling: .script(.load), entries: "script|load 3"),
    Section(handling: .script(.exists), entries: "script|exists -3"),
    Section(handling: .script(.flush), entries: "script|flush -2"),
    Section(handling: .script(.kill), entries: "script|kill 2"),
  ]

  private static let refused: [Section] = [
    Section(
      handling: .refused(.administration),
      entries: """
        acl|deluser -3, acl|dryrun -4, acl|getuser 3, acl|list 2, acl|load 2, acl|log -2, acl|save 2, acl|setuser -3,
        acl|users 2, bgrewriteaof 1, bgsave -1, config|get -3, config|resetstat 2, config|rewrite 2, config|set -4, debug -2,
        failover -1, latency|doctor 2, latency|graph 3, latency|histogram -2, latency|history 3, latency|latest 2,
        latency|reset -2, memory|doctor 2, memory|malloc-stats 2, memory|purge 2, memory|stats 2, module|load -3,
        module|loadex -3, module|unload 3, pfdebug 3w, pfselftest 1, psync -3, replconf -1, replicaof 3,
        restore-asking -4w, save 1, script|debug 3, shutdown -1, slaveof 3, slowlog|get -2, slowlog|len 2, slowlog|reset 2,
        sync 1
        """),
    Section(handling: .refused(.otherClients), entries: "client|pause -3, client|unpause 2, monitor 1"),
    Section(
      handling: .refused(.cluster),
      entries: """
        asking 1, readonly 1, readwrite 1, cluster -2, cluster|addslots -3, cluster|addslotsrange -4, cluster|bumpepoch 2,
        cluster|count-failure-reports 3, cluster|countkeysinslot 3, cluster|delslots -3, cluster|delslotsrange -4,
        cluster|failover -2, cluster|flushslots 2, cluster|forget 3, cluster|getkeysinslot 4, cluster|help 2,
        cluster|info 2, cluster|keyslot 3, cluster|links 2, cluster|meet -4, cluster|myid 2, cluster|nodes 2,
        cluster|replicas 3, cluster|replicate 3, cluster|reset -2, cluster|saveconfig 2, cluster|set-config-epoch 3,
        cluster|setslot -4, cluster|shards 2, cluster|slaves 3, cluster|slots 2
        """),
    Section(
      handling: .refused(.functions),
      entries: """
        fcall -3, fcall_ro -3r, function|delete 3w, function|dump 2, function|flush -2w, function|kill 2, function|list -2,
        function|load -3w, function|restore -3w, function|stats 2
        """),
    Section(handling: .refused(.migration), entries: "migrate -6w"),
    Section(handling: .refused(.swapping), entries: "swapdb 3w"),
  ]
}
