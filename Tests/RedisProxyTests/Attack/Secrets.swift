import Core
import Redis
import RedisNamespaces
import TestServers

/// A namespace full of what nobody else may see.
struct Secrets {
  /// In all values, messages and names that an attacker does not know, and in nothing that it sends.
  static let mark = "V7Q-hidden-9Z"

  let record: NamespaceRecord

  /// Keys that the attacker knows of, by their names upstream.
  var knownKeys: [String] { ["known", "list", "hash", "set", "zset", "stream", "counter"].map { record.prefix + $0 } }

  /// Puts them there, as the administrator.
  func plant(_ connection: RedisConnection) async throws {
    let (prefix, mark) = (record.prefix, Self.mark)
    let commands = [
      ["SET", "\(prefix)known", mark], ["RPUSH", "\(prefix)list", mark, "\(mark)2"],
      ["HSET", "\(prefix)hash", "f1", mark, mark, "2"], ["SADD", "\(prefix)set", mark, "b"],
      ["ZADD", "\(prefix)zset", "1", mark], ["XADD", "\(prefix)stream", "1-1", mark, mark],
      ["XGROUP", "CREATE", "\(prefix)stream", mark, "0"], ["SET", "\(prefix)counter", "7"],
      ["SET", "\(prefix)\(mark)", "v"], ["SET", "\(prefix)a\(mark)", "v"],
      ["SET", "\(prefix)volatile", mark, "EX", "100000"],
    ]
    for command in commands { _ = try await connection.command(command) }
  }

  /// All that is upstream and not the attacker's: each key with its content and whether it expires, and the server's
  /// settings and users.
  static func state(_ connection: RedisConnection, except attacker: NamespaceRecord) async throws -> [String: String] {
    var state: [String: String] = [:]
    for key in try await connection.command(["KEYS", "*"]).texts ?? []
    where !key.hasPrefix(attacker.prefixOfAllGenerations) {
      state[key] = "\(try await connection.command(["DUMP", key])) \(try await connection.command(["EXPIRETIME", key]))"
    }
    for question in [["CONFIG", "GET", "*"], ["ACL", "LIST"], ["FUNCTION", "LIST"], ["CLUSTER", "SLOTS"]] {
      state[question.joined(separator: " ")] = "\(try await connection.command(question))"
    }
    return state
  }
}
