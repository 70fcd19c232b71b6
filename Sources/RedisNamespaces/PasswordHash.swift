package import Core
import Crypto

/// The SHA-256 of a password in hexadecimal: what Redis stores for an ACL user and takes after `#`.
package struct PasswordHash: Sendable, Hashable {
  package let hexadecimal: String

  package init(of password: Secret) {
    hexadecimal = SHA256.hash(data: Array(password.reveal().utf8)).hexadecimal
  }

  /// Of a password as a client sent it, which may be no text.
  package init(ofBytes password: UnsafeRawBufferPointer) {
    var hash = SHA256()
    hash.update(bufferPointer: password)
    hexadecimal = hash.finalize().hexadecimal
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

extension Sequence<UInt8> {
  /// Two lower-case digits for each byte.
  var hexadecimal: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
