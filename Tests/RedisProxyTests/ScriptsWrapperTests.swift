import Testing

@testable import RedisProxy

struct ScriptsWrapperTests {
  private static func wrap(_ script: String) -> WrappedScript {
    script.withRawBytes { script in
      "ns.1{t}:".withRawBytes { ScriptWrapper.wrap(script, prefix: $0, channelPrefix: $0) }
    }
  }

  private static func text(_ bytes: some Sequence<UInt8>) -> String { String(decoding: Array(bytes), as: UTF8.self) }

  @Test func hashesAsRedisDoes() {
    // SHA-1 of "return 1", as redis.io's pages on EVALSHA have it for their examples.
    let wrapped = Self.wrap("return 1")
    #expect(Self.text(wrapped.userHash) == "e0e1f9fabfc9d4800c877a703b823ac0578ff8db")
    #expect(wrapped.wrappedHash == wrapped.text.withUnsafeBytes(ScriptWrapper.hash))
    #expect(wrapped.wrappedHash != wrapped.userHash)
  }

  @Test func keepsLinesWhereTheyAre() {
    let script = "local a = 1\n\nreturn redis.call('get', KEYS[1])\n"
    let lines = Self.text(Self.wrap(script).text).split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == 4)
    #expect(lines[0].hasSuffix(" local a = 1"))
    #expect(lines[2] == "return (redis.call('get', KEYS[1]))")
  }

  @Test func keepsALineOfFlagsInFront() {
    let lines = Self.text(Self.wrap("#!lua flags=no-writes\nreturn 1").text).split(separator: "\n")
    #expect(lines[0] == "#!lua flags=no-writes")
    #expect(lines[1].hasPrefix("local redis=") && lines[1].hasSuffix(" return 1"))
    #expect(Self.text(Self.wrap("#!lua").text) == "#!lua")
  }

  @Test(arguments: [
    ("return redis.call('a')", "return (redis.call('a'))"), ("return redis.pcall('a')", "return redis.pcall('a')"),
    ("return  redis . call ( 'a' , f(1) ) end", "return  (redis . call ( 'a' , f(1) )) end"),
    ("local c=redis.call return c(c('a'))", "local c=redis.call return (c(c('a')))"),
    ("local c=redis.call('x') return c('a')", "local c=redis.call('x') return c('a')"),
    ("return redis.call 'a'", "return redis.call 'a'"), ("return redis.call('a'", "return redis.call('a'"),
    ("return redis.call('(' --)\n)", "return (redis.call('(' --)\n))"),
    ("return redis.call([[ ) ]], \"\\\")\")", "return (redis.call([[ ) ]], \"\\\")\"))"),
    ("-- return redis.call()", "-- return redis.call()"),
    ("--[==[ return redis.call() ]]]==] x", "--[==[ return redis.call() ]]]==] x"),
    ("returned = redis.call('a')", "returned = redis.call('a')"),
    ("return xredis.call('a')", "return xredis.call('a')"),
    ("return redis.caller('a')", "return redis.caller('a')"), ("x='\\", "x='\\"), ("[==[", "[==["), ("--[[", "--[["),
  ])
  func putsCallsThatEndAFunctionInParentheses(script: String, expected: String) {
    #expect(Self.text(Self.wrap(script).text).hasSuffix("; " + expected))
  }

  /// Whoever sends a script must not keep the proxy busy with it.
  @Test func isQuickWithWhatRepeats() {
    let parts = [
      "return redis.call(", "local a=redis.call ", "return b(", "(", ")", "[", "'", "--[[", "\"\\", "[=[", "redis ",
    ]
    for part in parts {
      _ = Self.wrap(
        String(repeating: "local x=redis.call return x(1) ", count: 100) + String(repeating: part, count: 20_000))
    }
  }

  @Test func namesTheUsersHashInErrors() {
    let wrapped = Self.wrap("return 1")
    let error = "-ERR boo ns.1{t}:key script: \(Self.text(wrapped.wrappedHash)), on @user_script:1.\r\n"
    let translated = error.withRawBytes { error in
      "ns.1{t}:".withRawBytes { prefix in
        written {
          $0.append("+OK\r\n")
          wrapped.appendError(error, prefix: prefix, to: &$0)
        }
      }
    }
    #expect(translated == "+OK\r\n-ERR boo key script: \(Self.text(wrapped.userHash)), on @user_script:1.\r\n")
  }
}
