import TestServers

/// One request of a session.
struct Call: Hashable {
  var arguments: [[UInt8]]
  /// Sent as a line of text, as people type it into a terminal.
  var isInline = false

  init(_ arguments: [[UInt8]]) { self.arguments = arguments }
  init(_ arguments: [String]) { self.arguments = arguments.map { Array($0.utf8) } }
  init(_ arguments: String...) { self.init(arguments) }

  /// The command's name in capitals, and that of the subcommand where the command is one with subcommands.
  var name: String { arguments.first.map(Self.capitals) ?? "" }

  func word(_ index: Int) -> String {
    arguments.indices.contains(index) ? Self.capitals(arguments[index]) : ""
  }

  /// Where `word` is one of the arguments after the command's name.
  func has(_ word: String) -> Bool { arguments.indices.dropFirst().contains { self.word($0) == word } }

  var encoded: [UInt8] {
    guard isInline else { return RawConnection.encoded(arguments) }
    return Array(arguments.map(Self.quoted).joined(separator: [UInt8(ascii: " ")])) + [13, 10]
  }

  private static func capitals(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self).uppercased() }

  /// As `sdssplitargs` takes it apart.
  private static func quoted(_ bytes: [UInt8]) -> [UInt8] {
    let isPlain = !bytes.isEmpty && bytes.allSatisfy { (0x23..<0x7f).contains($0) && $0 != 0x27 && $0 != 0x5c }
    return isPlain ? bytes : Array("\"\(bytes.escaped)\"".utf8)
  }
}

extension [UInt8] {
  /// For the inside of double quotes, all of it.
  fileprivate var escaped: String {
    map { byte in
      switch byte {
      case 0x22, 0x5c: "\\\(UnicodeScalar(byte))"
      case 0x20..<0x7f: "\(UnicodeScalar(byte))"
      default: "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }
    }.joined()
  }
}

extension Call: CustomStringConvertible {
  var description: String {
    (isInline ? "(inline) " : "") + arguments.map { "\"\($0.printable)\"" }.joined(separator: " ")
  }
}
