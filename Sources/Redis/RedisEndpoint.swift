package import Core

/// Where a Redis server listens.
package struct RedisEndpoint: Sendable, Hashable, Comparable, CustomStringConvertible {
  package let host: String
  package let port: UInt16

  package init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  /// Reads `HOST`, `HOST:PORT` or `[IPv6]:PORT`; the port is 6379 where it is left out.
  /// - Throws: `Problem` `bad-redis-address` (usage).
  package init(_ text: String) throws(Problem) {
    let host: Substring
    let port: Substring?
    if text.hasPrefix("["), let close = text.firstIndex(of: "]") {
      host = text[text.index(after: text.startIndex)..<close]
      let rest = text[text.index(after: close)...]
      port = rest.isEmpty ? nil : rest.dropFirst()
      guard rest.isEmpty || rest.hasPrefix(":") else { throw Self.invalid(text) }
    } else if let colon = text.lastIndex(of: ":"), text.firstIndex(of: ":") == colon {
      host = text[..<colon]
      port = text[text.index(after: colon)...]
    } else if !text.contains(":") {
      host = text[...]
      port = nil
    } else {
      throw Self.invalid(text)
    }
    guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "/") }) else {
      throw Self.invalid(text)
    }
    guard let port else {
      self.init(host: String(host), port: 6379)
      return
    }
    guard let number = UInt16(port), number > 0 else { throw Self.invalid(text) }
    self.init(host: String(host), port: number)
  }

  package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

  package static func < (left: RedisEndpoint, right: RedisEndpoint) -> Bool {
    (left.host, left.port) < (right.host, right.port)
  }

  private static func invalid(_ text: String) -> Problem {
    Problem(
      "bad-redis-address", .usage, "\"\(text.shortened(to: 80))\" is not the address of a Redis server",
      hint: "an address is HOST:PORT, such as 127.0.0.1:7001")
  }
}

/// Whom to log in as.
package struct RedisCredentials: Sendable, Hashable {
  /// Nil for a server with a password but no users (`requirepass`).
  package let username: String?
  package let password: Secret

  package init(username: String?, password: Secret) {
    self.username = username
    self.password = password
  }
}
