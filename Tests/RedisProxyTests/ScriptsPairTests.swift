import TestServers
import Testing

@testable import RedisProxy

/// Scripts run wrapped as a namespace's user on a cluster's node, compared with the same on a Redis of their own.
@Suite(.enabled(if: RedisServer.skipReason == nil, "redis-server is not installed"), .serialized)
struct ScriptsPairTests {
  struct Case: CustomTestStringConvertible {
    let script: String
    let words: [String]

    init(_ script: String, _ words: String...) {
      self.script = script
      self.words = words.isEmpty ? ["0"] : words
    }

    var testDescription: String { String(script.prefix(60)) }
  }

  private func compare(_ cases: [Case], name: String, after setUp: [String] = []) async throws {
    let pair = try await ScriptPair(name: name)
    for request in setUp {
      let replies = try pair.command(request.split(separator: " ").map(String.init))
      #expect(replies.plain == replies.wrapped, "\(request)")
    }
    for one in cases {
      let replies = try pair.run(one.script, one.words)
      #expect(replies.wrapped == replies.plain, "\(one.script) \(one.words)")
    }
  }

  @Test func keysThatScriptsAreGivenOrBuild() async throws {
    try await compare(
      [
        Case("return KEYS", "2", "a", "b", "c"), Case("return {#KEYS, #ARGV, ARGV[1]}", "1", "a", "x"),
        Case("return redis.call('set', KEYS[1], ARGV[1])", "1", "a", "x"),
        Case("return redis.call('GET', KEYS[1])", "1", "a"),
        Case("return redis.call('set', 'built:' .. ARGV[1], 7)", "0", "x"),
        Case("return redis.call('incrby', 'built:x', 5)"),
        Case("KEYS[1] = 'other' redis.call('set', KEYS[1], 1) return redis.call('mget', unpack(KEYS))", "2", "a", "b"),
        Case("return redis.call('mset', 'm1', 1, 'm2', 2.5)"), Case("return redis.call('mget', 'm1', 'm2', 'm3')"),
        Case("return redis.call('del', 'm1', 'm2', 'm3')"), Case("return redis.call('set', 12, 'number')"),
        Case(
          "return {redis.call('get', '12'), redis.call('set', 1.5, 1), redis.call('get', '1.5'), redis.call('exists', 1e20)}"
        ),
        Case(
          "local n = 0 for i = 1, 100 do redis.call('rpush', 'list', i) n = n + 1 end return {n, redis.call('llen', 'list')}"
        ),
        Case("return redis.call('rename', 'a', 'a2')", "1", "a"), Case("return redis.call('copy', 'a2', 'a3')"),
        Case(
          "redis.call('sadd', 's1', 1, 2) redis.call('sadd', 's2', 2, 3) return redis.call('sinterstore', 's3', 's1', 's2')"
        ),
        Case("return {redis.call('sintercard', 2, 's1', 's2', 'limit', 5), redis.call('smembers', 's3')}"),
        Case(
          "redis.call('zadd', 'z1', 1, 'x') redis.call('zadd', 'z2', 2, 'x') return redis.call('zunionstore', 'z3', 2, 'z1', 'z2', 'weights', 1, '2')"
        ),
        Case(
          "return {redis.call('zunion', '2', 'z1', 'z2', 'withscores'), redis.call('zmpop', 2, 'none', 'z1', 'min')}"),
        Case("return redis.call('lmpop', 2, 'none', 'list', 'left', 'count', 3)"),
        Case("return {redis.call('bitop', 'xor', 'bits', 'a2', '12'), redis.call('get', 'bits')}"),
        Case("return {redis.call('object', 'encoding', 'z3'), redis.call('type', 'z3'), redis.call('ttl', 'z3')}"),
        Case(
          "redis.call('geoadd', 'g', 13, 38, 'p', 15, 37, 'q') return redis.call('georadius', 'g', 15, 37, 200, 'km', 'store', 'g2')"
        ),
        Case(
          "return {redis.call('zcard', 'g2'), redis.call('georadiusbymember', 'g', 'p', 300, 'km', 'STOREDIST', 'g3'), redis.call('zrange', 'g3', 0, -1)}"
        ),
        Case("return redis.call('geosearchstore', 'g4', 'g', 'frommember', 'p', 'byradius', 500, 'km')"),
        Case(
          "redis.call('xadd', 'st', '1-1', 'f', 'v') return redis.call('xread', 'count', 10, 'streams', 'st', 'none', '0', '0')"
        ),
        Case(
          "redis.call('xgroup', 'create', 'st', 'grp', '0') return redis.call('xreadgroup', 'group', 'grp', 'me', 'STREAMS', 'st', '>')"
        ),
        Case("redis.setresp(3) return redis.call('xread', 'streams', 'st', '0')"),
        Case("redis.setresp(3) redis.call('hset', 'h', 'f', 'v') return redis.call('hgetall', 'h')"),
        Case("return redis.call('xpending', 'st', 'nogroup')"),
        Case("return redis.pcall('xinfo', 'consumers', 'st', 'nogroup')"),
        Case("return redis.call('publish', 'channel', 'message')"), Case("return redis.call('dump', 'nothing')"),
        Case("return {redis.call('ping'), redis.call('echo', 'a')}"),
        Case(
          "redis.call('select', 3) redis.call('set', 'in3', 1) local a = redis.call('exists', 'in3') redis.call('select', '0') return {a, redis.call('exists', 'in3')}"
        ),
        Case("return redis.call('eXists', 'in3')"), Case("return redis.call('lcs', 'a2', '12')"),
        Case("local t = {} for i = 1, 7990 do t[i] = 'k' .. i end return redis.call('del', unpack(t))"),
        Case("local t = {} for i = 1, 7990 do t[i] = i end return redis.call('sadd', 'many', unpack(t))"),
        Case("return redis.call('append', 'bin', '\\0\\255\\r\\n')"), Case("return redis.call('get', 'bin')"),
      ], name: "keys", after: ["set plain 1"])
  }

  @Test func errorsAndTheirLines() async throws {
    try await compare(
      [
        Case("return redis.call('incr', KEYS[1])", "1", "text"), Case("return redis.pcall('incr', 'text')"),
        Case("\n\nlocal x = 1\nredis.call('incr', 'text')\nreturn x"), Case("\n\nreturn redis.call('incr', 'text')"),
        Case("local call = redis.call\n\nreturn call('incr', 'text')"),
        Case("local function f(k)\n  return redis.call('incr',\n k)\nend\n\nlocal v = f('text')\nreturn v"),
        Case("local function f(k) redis.call('incr', k) end\nf('text')"),
        Case(
          "-- return redis.call('incr', ')')\n--[[ return redis.call( ]]\nlocal s = [==[\nreturn redis.call(]==]\nreturn redis.call('incr', 'text') -- )"
        ),
        Case("return 'return redis.call(\\'x'"), Case("return redis.call('get', 'text') == 'hello' and 1 or 0"),
        Case("return redis.call('get', 'text'), 2"), Case("return redis.call('hgetall', 'none')[1]"),
        Case("error('boo')"), Case("\n error('boo', 2)"), Case("error({err = 'CODE boo'})"), Case("error()"),
        Case("\nlocal function f() return nil + 1 end\nreturn f()"), Case("return redis.error_reply('MY error')"),
        Case("return {err = 'MY error'}"), Case("return redis.status_reply('fine')"), Case("return {ok = 'fine'}"),
        Case("return redis.call()"), Case("return redis.call({})"), Case("return redis.call('get', {})"),
        Case("return redis.call('get', true)"), Case("return redis.call('get', nil)"), Case("return redis.call(nil)"),
        Case("return redis.call('get')"), Case("return redis.call('get', 'a', 'b')"),
        Case("return redis.call('nothing', 'a')"),
        Case("return redis.pcall()"), Case("return redis.pcall('get', {})"),
        Case("return redis.pcall('subscribe', 'a')"),
        Case("local ok, e = pcall(redis.call, 'incr', 'text') return {tostring(ok), e}"),
        Case(
          "local ok, e = pcall(function() return redis.call('incr', 'text') end) return {tostring(ok), e, redis.call('get', 'text')}"
        ),
        Case("local r = redis.pcall('incr', 'text') return {type(r), r.err}"),
        Case(
          "local call = redis.call local ok = pcall(call, 'incr', 'text') return {tostring(ok), call('get', 'text')}"),
        Case("return (("), Case("local x = \n\n = 2"), Case("return 1 end redis = nil"), Case("#!lua\nreturn nil + 1"),
        Case("#!lua flags=no-writes\nreturn redis.call('get', 'text')"),
        Case("#!lua flags=no-writes\n\nredis.call('set', 'text', 1)"),
        Case("#!lua"), Case("#!lua name=x\nreturn 1"), Case("# x"), Case(""), Case("-- nothing"), Case("undefined()"),
        Case("\nundefined = 1"), Case("\nredis.new = 1"), Case("return redis.nothing"), Case("\nredis.nothing()"),
        Case("return unpack({1, 2}, 1, 100000)"), Case("\nreturn redis.sha1hex()"),
        Case("return redis.call('set', 'x')"),
        Case("redis.call('set', 'x', 1, 'EX', 0)"),
        Case("return redis.call('xgroup', 'create', 'no:stream', 'g', '$')"),
        Case("return redis.call('xclaim', 'no:stream', 'g', 'c', 0, '1-1')"), Case("(('x'):rep(3))()"),
        Case("return redis.call('select', 'x')"), Case("return redis.call('object', 'foo', 'bar')"),
        Case("local co = coroutine.wrap(function() return redis.call('get', 'text') end) return co()"),
        Case("return tostring(tonumber('12'))"),
      ], name: "errors", after: ["set text hello"])
  }

  @Test func libraries() async throws {
    try await compare(
      [
        Case("return cjson.encode({a = 1, b = {1, 2, 3}})"),
        Case("return cjson.decode(ARGV[1]).x", "0", "{\"x\": [1, {\"y\": null}]}"),
        Case("return cmsgpack.unpack(cmsgpack.pack({1, 'a', true}))"), Case("return bit.bor(1, bit.lshift(1, 4))"),
        Case("return redis.sha1hex('abc')"), Case("return struct.unpack('>I2', struct.pack('>I2', 513))"),
        Case("redis.log(redis.LOG_DEBUG, 'a') return redis.LOG_WARNING"),
        Case("return tostring(redis.replicate_commands())"),
        Case("return redis.set_repl(redis.REPL_ALL)"), Case("return redis.REDIS_VERSION_NUM > 0"),
        Case("return redis.call('time')[1] ~= nil"),
        Case("local t = {} for i, k in ipairs(KEYS) do t[i] = k:upper() end return t", "2", "a", "b"),
        Case("return type(redis.call) == 'function' and type(redis) == 'table'"), Case("return 3.99"),
        Case("return {1, 2, nil, 4}"), Case("return {1, {2, {3, 'four'}}, false, true}"), Case("return nil"),
        Case("redis.setresp(3) return {map = {a = 1}}"), Case("return loadstring('return 1 + 1')()"),
        Case("return table.concat({1, 2, 3}, ',')"), Case("return math.max(1, 5)"),
        Case("return string.format('%5.2f', 3.14159)"),
      ], name: "libraries")
  }

  /// Of the kinds that locks, limiters, queues and schedulers use: keys are given, built from given ones, or found in data.
  @Test func whatApplicationsDo() async throws {
    let acquire = """
      local owner = redis.call('get', KEYS[1])
      if owner == ARGV[1] then
        return redis.call('pexpire', KEYS[1], ARGV[2])
      elseif not owner then
        return redis.call('set', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2])
      end
      return redis.error_reply('LOCKED by ' .. owner)
      """
    let release = """
      local owner = redis.call('get', KEYS[1])
      if not owner or owner ~= ARGV[1] then return 0 end
      redis.call('del', KEYS[1])
      return 1
      """
    let limiter = """
      local key, limit, window = KEYS[1] .. ':' .. ARGV[3], tonumber(ARGV[1]), tonumber(ARGV[2])
      local count = redis.call('INCR', key)
      if count == 1 then redis.call('EXPIRE', key, window) end
      return {count > limit and 0 or limit - count, redis.call('TTL', key) > 0 and 1 or 0}
      """
    let add = """
      local rcall = redis.call
      local base = KEYS[1]
      local options = cmsgpack.unpack(cmsgpack.pack({ARGV[1], tonumber(ARGV[2]), {attempts = 3}}))
      local id = rcall('INCR', base .. ':id')
      local job = base .. ':' .. id
      rcall('HSET', job, 'name', options[1], 'data', cjson.encode({id = id}), 'attempts', options[3].attempts)
      rcall('HINCRBY', job, 'tries', 1)
      if options[2] > 0 then
        rcall('ZADD', base .. ':delayed', options[2], id)
      else
        rcall('LPUSH', base .. ':wait', id)
      end
      rcall('XADD', base .. ':events', '1-' .. id, 'event', 'added', 'job', id)
      rcall('PUBLISH', base .. ':added', id)
      return id
      """
    let take = """
      local rcall = redis.call
      local function job(id)
        if not id then return nil end
        local values = rcall('HGETALL', KEYS[1] .. ':' .. id)
        return {id, values}
      end
      local due = rcall('ZRANGEBYSCORE', KEYS[1] .. ':delayed', '-inf', ARGV[1], 'LIMIT', 0, 100)
      if #due > 0 then
        rcall('ZREM', KEYS[1] .. ':delayed', unpack(due))
        for _, id in ipairs(due) do rcall('LPUSH', KEYS[1] .. ':wait', id) end
      end
      local id = rcall('RPOPLPUSH', KEYS[1] .. ':wait', KEYS[1] .. ':active')
      return job(id)
      """
    let finish = """
      if redis.call('LREM', KEYS[1] .. ':active', 1, ARGV[1]) == 0 then return redis.error_reply('MISSING job') end
      local key = KEYS[1] .. ':' .. ARGV[1]
      local ok, failure = pcall(function() return redis.call('HINCRBY', key, 'name', 1) end)
      redis.call('RENAME', key, KEYS[1] .. ':done:' .. ARGV[1])
      return {tostring(ok), failure, redis.call('EXISTS', key, KEYS[1] .. ':done:' .. ARGV[1])}
      """
    let sweep = """
      local removed = {}
      for _, name in ipairs(redis.call('SMEMBERS', KEYS[1])) do
        local fields = redis.call('HMGET', 'tag:' .. name, 'keys', 'none')
        for key in string.gmatch(fields[1] or '', '[^ ]+') do
          removed[#removed + 1] = key
          redis.call('UNLINK', key, 'copy:' .. key)
        end
      end
      table.sort(removed)
      return removed
      """
    try await compare(
      [
        Case(acquire, "1", "lock:a", "me", "10000"), Case(acquire, "1", "lock:a", "me", "20000"),
        Case(acquire, "1", "lock:a", "you", "10000"), Case(release, "1", "lock:a", "you"),
        Case(release, "1", "lock:a", "me"), Case(release, "1", "lock:a", "me"), Case(acquire, "1", "lock:a", "me", "x"),
        Case(limiter, "1", "limit", "2", "60", "user"), Case(limiter, "1", "limit", "2", "60", "user"),
        Case(limiter, "1", "limit", "2", "60", "user"), Case(add, "1", "queue", "mail", "0"),
        Case(add, "1", "queue", "later", "50"), Case(add, "1", "queue", "bad", "x"), Case(take, "1", "queue", "10"),
        Case(take, "1", "queue", "100"), Case(take, "1", "queue", "100"), Case(take, "1", "queue", "x"),
        Case(finish, "1", "queue", "1"), Case(finish, "1", "queue", "1"), Case(finish, "1", "queue", "2"),
        Case(sweep, "1", "tags"),
      ], name: "applications",
      after: ["sadd tags x y", "hset tag:x keys k1", "set k1 1", "set copy:k1 1"])
  }

  @Test func otherReplyVersionsAndReadOnlyScripts() async throws {
    let pair = try await ScriptPair(name: "versions")
    for connection in [pair.plain, pair.wrapped] { _ = try connection.command("HELLO", "3") }
    _ = try pair.command(["XADD", "st", "1-1", "f", "v"])
    _ = try pair.command(["ZADD", "z", "1.5", "m"])
    let scripts = [
      "redis.setresp(3) return redis.call('xread', 'streams', 'st', 'none', '0', '0')",
      "redis.setresp(3) return redis.call('zscore', 'z', 'm')",
      "redis.setresp(3) return redis.call('zmpop', 1, 'z', 'min')",
      "redis.setresp(3) redis.call('sadd', 's', 1) return redis.call('smembers', 's')",
      "redis.setresp(3) return redis.call('get', 'none')", "return redis.call('xread', 'streams', 'st', '0')",
    ]
    for script in scripts {
      let replies = try pair.run(script, ["0"])
      #expect(replies.wrapped == replies.plain, "\(script)")
    }
    for script in ["return redis.call('get', KEYS[1])", "return redis.call('set', KEYS[1], 1)"] {
      let replies = try pair.run(script, ["1", "k"], command: "EVAL_RO")
      #expect(replies.wrapped == replies.plain, "\(script)")
    }
  }

  private static let sorts = [
    "list by w_*", "list by w_* desc get # get o_*->n get none_* get x", "list by nosort get o_*->n", "list get #",
    "list by h_*->w limit 1 2", "list alpha by o_*->n", "list by o_*->n", "set by w_* get w_*", "zset by nosort get #",
    "zset by nosort desc get # limit 0 2", "list by w_* limit -1 -1", "list by w_* limit 9 9",
    "list by w_* limit 0 0 get #",
    "list by w_* store d1", "list get o_*->n get none_* store d2", "none by w_* store d1", "none get #", "text by w_*",
    "text get #", "list by w_* alpha desc get #", "list by bad_*", "list by w_* foo", "list by w_* limit x 1",
    "list by w_* limit 1", "list get list*", "list get o_*->", "list get o_*->n->m", "list by same_* get #",
    "list by o_*->none get # alpha", "list by", "list get # desc asc", "words by nosort get #", "words get #",
    "words alpha get # limit 1 1", "list by w_* get # store", "list by w_* store d3 store d4",
  ]

  private static let sorted = [
    "rpush list 3 1 2 10", "sadd set 1 2 3", "zadd zset 3 a 1 b 2 c", "set text x", "rpush words b a c",
    "mset w_1 30 w_2 20 w_3 10.5 w_10 -1 same_1 1 same_2 1 same_3 1 bad_1 x bad_2 1 bad_3 2",
    "hset o_1 n one", "hset o_2 n two", "hset o_3 n three n->m x", "hset h_1 w 5", "hset h_2 w 4", "hset h_3 w 3",
    "set list1 v",
  ]

  @Test func sortsByPatterns() async throws {
    let scripts = Self.sorts.map { sort -> Case in
      let words = sort.split(separator: " ").map { ", '\($0)'" }.joined()
      return Case("return redis.call('sort'\(words))")
    }
    try await compare(
      scripts + [
        Case("return redis.call('sort_ro', 'list', 'by', 'w_*')"), Case("return redis.call('lrange', 'd2', 0, -1)"),
      ],
      name: "sorts", after: Self.sorted)
  }

  /// The command itself, which runs as a script of the proxy's.
  @Test func sortsOutsideOfScripts() async throws {
    let pair = try await ScriptPair(name: "sortcommand")
    for request in Self.sorted { _ = try pair.command(request.split(separator: " ").map(String.init)) }
    var scripted = 0
    for command in Self.sorts.map({ "SORT \($0)" }) + ["sort_ro list get # by w_*", "sort_ro list get # store d9"] {
      let arguments = command.split(separator: " ").map(String.init)
      let request: [UInt8]? =
        withRequest(arguments) { request in
          guard let spec = CommandTable.shared.find(request), SortCommand.needsScript(request) else { return nil }
          var list = IndexList()
          var queue = ByteQueue()
          KeyPositions.find(spec, request, into: &list)
          pair.prefix.withRawBytes { SortScript.append(request, keys: list, prefix: $0, asText: true, to: &queue) }
          return Array(queue.readable)
        } ?? nil
      guard let request else { continue }
      scripted += 1
      try pair.plain.send(arguments)
      try pair.wrapped.send(request)
      let replies = (try pair.plain.receive(), try pair.wrapped.receive())
      #expect(replies.0 == replies.1, "\(command)")
    }
    #expect(scripted > 30)
    for key in ["d1", "d2", "d3", "d4"] {
      let replies = try pair.command(["LRANGE", key, "0", "-1"])
      #expect(replies.plain == replies.wrapped, "\(key)")
    }
  }

  @Test func nothingBeyondTheNamespace() async throws {
    let pair = try await ScriptPair(name: "walls")
    let other = try await ScriptPair(name: "walls2")
    _ = try other.command(["SET", "secret", "s3cr3t"])
    let attempts = [
      "return redis.call('get', '\(other.prefix)secret')", "return _G.redis.call('get', '\(other.prefix)secret')",
      "return _G.redis.call('keys', '*')", "return redis.call('keys', '*')", "return redis.call('scan', 0)",
      "return redis.call('randomkey')", "return redis.call('dbsize')", "return redis.call('flushall')",
      "return loadstring(\"return redis.call('get', '\(other.prefix)secret')\")()",
      "return redis.call('sort', 'x', 'by', 'nosort', 'get', '\(other.prefix)secret')",
      "return getmetatable(redis).__index.call('mget', '\(other.prefix)secret')",
      "return redis.call('cluster', 'getkeysinslot', 1, 10)", "return redis.call('config', 'get', '*')",
      "return redis.call('pubsub', 'channels')", "return redis.call('eval', 'return 1', 0)",
      "return redis.call('publish', '__keyspace@0__:x', 'y')", "return redis.call('function', 'list')",
    ]
    for script in attempts {
      let reply = try pair.run(script, ["0"]).wrapped
      #expect(!reply.contains("s3cr3t"), "\(script): \(reply)")
    }
  }
}
