import Synchronization

/// A password or key. It prints as `•••` everywhere; only `reveal()` gives it away, so that each use can be found.
package struct Secret: Sendable, Hashable {
  private let value: String

  package init(_ value: String) { self.value = value }

  /// A new random secret of 256 bits, as 64 hexadecimal digits: safe in URLs, shells, YAML and SQL literals alike.
  package static func random() -> Secret {
    var generator = SystemRandomNumberGenerator()
    let digits = Array("0123456789abcdef")
    return Secret(String((0..<64).map { _ in digits[Int.random(in: 0..<16, using: &generator)] }))
  }

  /// The secret itself, for the server or file that it is meant for. From here on `masking(_:)` knows it.
  package func reveal() -> String {
    if value.utf8.count >= Self.shortestMasked { Self.remember(value) }
    return value
  }

  /// `text` with every secret that this process has revealed replaced: the last guard of logs and error messages
  /// against servers and child processes that quote what they were given.
  package static func masking(_ text: String) -> String {
    revealed.withLock { secrets in
      secrets.reduce(text) { text, secret in
        text.contains(secret)
          ? text.split(separator: secret, omittingEmptySubsequences: false).joined(separator: "•••") : text
      }
    }
  }

  private static func remember(_ value: String) {
    revealed.withLock { secrets in
      guard !secrets.contains(value) else { return }
      let place = secrets.firstIndex { $0.utf8.count < value.utf8.count } ?? secrets.endIndex
      secrets.insert(value, at: place)
    }
  }

  /// Shorter texts are left alone: replacing `db` everywhere would hide more than it protects.
  private static let shortestMasked = 6
  /// Longest first, so that a secret that begins with another one is masked whole.
  private static let revealed = Mutex<[String]>([])
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "•••" }
  package var debugDescription: String { "•••" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
