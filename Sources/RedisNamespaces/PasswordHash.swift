package import Core
import Crypto

/// The SHA-256 of a password in hexadecimal: what Redis stores for an ACL user and takes after `#`.
package struct PasswordHash: Sendable, Hashable {
  package let hexadecimal: String

  package init(of password: Secret) {
    let digits = Array("0123456789abcdef".utf8)
    let digest = SHA256.hash(data: Array(password.reveal().utf8))
    hexadecimal = String(
      decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// Nil unless the text is 64 lower-case hexadecimal digits.
  package init?(hexadecimal: String) {
    guard hexadecimal.utf8.count == 64,
      hexadecimal.utf8.allSatisfy({
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
      })
    else { return nil }
    self.hexadecimal = hexadecimal
  }
}
