/// Sessions in which the proxy once answered otherwise than Redis. They are played before the random ones.
enum PastDifferences {
  /// Each a list of lines: the connection, `>`, and the words of the call, of which `''` is empty and `_` behind `return` a space.
  static let sessions: [[String]] = [
    ["0> sort_ro s1 LIMIT -1 -2 GET *->f2"],
    ["0> SORT i1 LIMIT 8 2 GET s* GET *->f2 GET n* ALPHA"],
    ["0> SORT e2 BY *->f2 LIMIT -1 9223372036854775808 GET *", "0> SORT e2 BY *->f2 LIMIT 007 1"],
    [
      "1> sort l1 LIMIT 1 -9223372036854775808 GET h1->f1 ALPHA STORE l4",
      "1> SORT i1 LIMIT 0 9223372036854775807 GET #",
    ],
    ["0> SORT e2 LIMIT x 1 NOSUCH", "0> SORT e2 NOSUCH LIMIT x 1", "0> SORT e2 GET n* LIMIT 1 -9223372036854775809"],
    ["0> PUBSUB NUMSUB c1 c2", "0> PUBSUB SHARDNUMSUB c1", "1> PUBSUB SHARDCHANNELS {* 24", "1> PUBSUB CHANNELS a b"],
    ["0> MULTI", "0> SCRIPT FLUSH", "0> PUBSUB SHARDCHANNELS", "0> SCRIPT LOAD return_1", "0> EXEC"],
    ["0> EVALSHA_RO 7094a6ff038e35629580225c55374cb13d13799d 0x10 a", "1> EVALSHA ffff -inf x3"],
    ["0> MULTI", "0> PFMERGE p1 p2 p4", "0> EVAL_RO return_1 0 x2", "0> RESTORE s1 0 garbage", "0> EXEC"],
    ["0> MULTI", "0> EVAL return_redis.call() 0 s3", "0> EVAL return_redis.call('INCR','l1') 0", "0> EXEC"],
    ["0> SET '' x", "0> KEYS *", "0> KEYS **", "0> MULTI", "0> KEYS *", "0> KEYS ''", "0> EXEC"],
    ["0> EVAL #!nosuch\nreturn_1 0", "0> EVALSHA_RO 4a7d7214c2fa39b0846d187be60631aa08dae43f 0", "0> EVAL return_( 0"],
    ["0> EVAL return_( 0", "0> EVALSHA 728acb63e2aaef0ee859ece5db586bff5d800d1e 0"],
    ["0> MULTI", "0> SCAN -1 NOSUCH", "0> SCAN '' COUNT 10000", "0> SCAN +0 COUNT 10000", "0> SCAN -x", "0> EXEC"],
    ["0> MULTI", "0> SCAN 0 COUNT 10000 TYPE ''", "0> SCAN 0 COUNT 10000 TYPE string", "0> EXEC"],
    [
      "0> MULTI", "0> SCRIPT FLUSH", "0> EVAL return_1 0", "0> EXEC",
      "1> EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0",
    ],
    ["0> EVAL return_KEYS[1] 1 a", "0> MULTI", "0> SELECT 1", "0> MOVE s1 0", "0> MOVE s1 1", "0> DBSIZE", "0> EXEC"],
    ["0> MOVE s1 4294967296", "0> SELECT 4294967296", "0> COPY s1 s2 DB 4294967296", "1> MOVE s1 16", "1> SELECT x"],
    ["0> WATCH s1", "0> MULTI", "0> EVAL return_redis.call('GET',KEYS[1]) 1 s1", "0> PFMERGE p3 p1", "0> EXEC"],
  ]

  static func session(_ lines: [String]) -> Session {
    let content = ["0> SET s1 hello", "0> RPUSH l1 3 1", "0> SADD i1 1 2", "0> SADD e2 b a", "0> PFADD p1 a"]
    let steps = (content + lines).map { line in
      let words = line.dropFirst(3).split(separator: " ").map { word -> String in
        word == "''" ? "" : String(word).replacing("return_", with: "return ")
      }
      return Session.Step.pipeline(line.hasPrefix("0") ? 0 : 1, [Call(words)])
    }
    return Session(seed: 0, protocols: [2, 3], steps: steps)
  }
}
