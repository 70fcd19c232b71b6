import RedisNamespaces
import TestServers

/// What an attacker who knows the names of another namespace's keys sends.
struct AttackArguments {
  let victim: NamespaceRecord
  var random: SplitMix64

  private var texts: [String] {
    let prefix = victim.prefix
    let tag = prefix.split(separator: "{").last?.split(separator: "}").first.map { "{\($0)}" } ?? "{}"
    return [
      "\(prefix)known", "\(prefix)list", "\(prefix)hash", "\(prefix)set", "\(prefix)zset", "\(prefix)stream",
      "\(prefix)*",
      "*", "?*", "\(tag)", "\(tag):known", "}\(prefix)known", "\\*", "[^x]*", "\(victim.id.realName)*",
      "\(victim.id.realName)",
      "olares:namespaces", "", "0", "1", "-1", "100", "known", "{\(prefix)known}", "\(prefix)h*->f1", "*->*", "#",
      "__key*__:*",
      "__keyspace@0__:*", "(", "-", "+", "$", ">", "0-0", "1-1", "default", "olares", "on", "127.0.0.1", "\0", "\r\n",
    ]
  }

  private static let words = [
    "STORE", "GET", "BY", "MATCH", "COUNT", "STREAMS", "GROUP", "KEYS", "LIMIT", "LEFT", "RIGHT", "MAX", "MIN", "DB",
    "REPLACE",
    "SETUSER", "LIST", "LOG", "WHOAMI", "KILL", "ID", "INFO", "TYPE", "AUTH", "AUTH2", "BCAST", "PREFIX", "ON", "OFF",
    "ANY",
    "WITHSCORES", "WITHVALUES", "BYLEX", "BYSCORE", "REV", "AND", "OR", "NOT", "u8", "i64", "JUSTID", "FULL", "FREQ",
    "USAGE",
    "normal", "everything", "keyspace", "commandstats", "SAMPLES", "LATEST", "DUMP", "FILTERBY", "PATTERN", "COPY",
    "CREATE", "2",
    "3", "16383", "0.01",
  ]

  /// Of one command: every shape where all arguments are the same, and as many random mixtures; of these, `count` taken at
  /// random, or all.
  mutating func calls(of words: [String], count: Int?) -> [Call] {
    let name = words.map { Array($0.utf8) }
    var calls: [Call] = [Call(name)]
    for text in texts {
      for count in 1...5 { calls.append(Call(name + Array(repeating: Array(text.utf8), count: count))) }
    }
    for _ in 0..<5 * texts.count {
      let arguments = (0..<Int.random(in: 1...7, using: &random)).map { _ in
        Array((Bool.random(using: &random) ? pick(texts) : pick(Self.words)).utf8)
      }
      calls.append(Call(name + arguments))
    }
    let harmless = calls.filter(Self.isHarmless)
    // Wrong passwords are slowed, after a few.
    let most = ["AUTH", "HELLO"].contains(words[0]) ? 6 : count ?? harmless.count
    return Array(harmless.shuffled(using: &random).prefix(most))
  }

  private mutating func pick(_ list: [String]) -> String { list[Int.random(in: 0..<list.count, using: &random)] }

  /// Without those that only take the attacker's own connection away, or wait for ever: it may do so.
  private static func isHarmless(_ call: Call) -> Bool {
    let last = call.arguments.last.map { String(decoding: $0, as: UTF8.self) } ?? ""
    return switch call.name {
    case "BLPOP", "BRPOP", "BRPOPLPUSH", "BLMOVE", "BZPOPMIN", "BZPOPMAX": last != "0" && (Double(last) ?? 0) <= 0.01
    case "BLMPOP", "BZMPOP": call.word(1) != "0" && (Double(call.word(1)) ?? 0) <= 0.01
    case "WAIT": Int(call.word(2)).map { (1..<100).contains($0) } ?? true
    default: true
    }
  }
}
