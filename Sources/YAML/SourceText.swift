package import Core

/// A text that was parsed, kept so that any place in it can be shown to the person who wrote it.
///
/// Places are kept as small marks while parsing and become a `SourceLocation` only when something is reported.
package final class SourceText: Sendable {
  package let file: String
  package let bytes: [UInt8]
  /// Where the text came from, when it was made from another text that the person wrote.
  private let map: SourceMap?
  /// The byte offset at which each line begins, in libyaml's sense of a line.
  private let lineStarts: [Int]

  /// - Parameter map: leads from `bytes` back to the text that a person wrote, such as a template.
  package init(file: String, bytes: [UInt8], map: SourceMap? = nil) {
    self.file = file
    self.bytes = bytes
    self.map = map
    lineStarts = Self.lineStarts(of: bytes)
  }

  func lineCount(beginningWith first: UInt8) -> Int {
    lineStarts.count { $0 < bytes.count && bytes[$0] == first }
  }

  /// The place of a mark, in the text that a person wrote.
  package func location(of mark: Mark) -> SourceLocation {
    let start = offset(line: mark.line, column: mark.column)
    var location = location(atOffset: start)
    location.length = max(1, mark.length)
    return location
  }

  /// The place of a byte, in the text that a person wrote.
  package func location(atOffset offset: Int) -> SourceLocation {
    if let map { return Self.location(atOffset: map.origin(of: offset), in: map.original, file: file) }
    return Self.location(atOffset: offset, in: bytes, file: file)
  }

  private func offset(line: Int, column: Int) -> Int {
    guard lineStarts.indices.contains(line) else { return bytes.count }
    var offset = lineStarts[line]
    var remaining = column
    while remaining > 0, offset < bytes.count {
      offset += 1
      while offset < bytes.count, bytes[offset] & 0xc0 == 0x80 { offset += 1 }
      remaining -= 1
    }
    return offset
  }

  private static func location(atOffset offset: Int, in text: [UInt8], file: String) -> SourceLocation {
    let offset = min(max(0, offset), text.count)
    let newline = UInt8(ascii: "\n")
    let line = text[..<offset].reduce(into: 1) { if $1 == newline { $0 += 1 } }
    let start = (text[..<offset].lastIndex(of: newline) ?? -1) + 1
    var end = text[offset...].firstIndex(of: newline) ?? text.count
    if end > max(start, offset), text[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    let column = String(decoding: text[start..<offset], as: UTF8.self).count + 1
    let lineText = end - start <= longestShownLine ? String(decoding: text[start..<end], as: UTF8.self) : nil
    return SourceLocation(file: file, line: line, column: column, lineText: lineText)
  }

  /// Longer lines are not written by people; showing a part of them would cost more than it tells.
  private static let longestShownLine = 8192

  /// libyaml ends lines at LF, CR, CR LF, NEL, LS and PS (YAML 1.1, 4.2).
  private static func lineStarts(of bytes: [UInt8]) -> [Int] {
    var starts = [0]
    starts.reserveCapacity(bytes.count / 24)
    bytes.withUnsafeBufferPointer { bytes in
      var index = 0
      while index < bytes.count {
        let byte = bytes[index]
        index += 1
        // Most bytes are plain letters: one comparison each.
        if byte > 0x0d, byte < 0xc2 { continue }
        switch byte {
        case 0x0a: starts.append(index)
        case 0x0d:
          if index < bytes.count, bytes[index] == 0x0a { index += 1 }
          starts.append(index)
        case 0xc2 where index < bytes.count && bytes[index] == 0x85:
          index += 1
          starts.append(index)
        case 0xe2 where index + 1 < bytes.count && bytes[index] == 0x80 && bytes[index + 1] & 0xfe == 0xa8:
          index += 2
          starts.append(index)
        default: break
        }
      }
    }
    return starts
  }
}

/// Where something stands in a `SourceText`. Small, since every node has one.
package struct Mark: Sendable, Hashable {
  private let storedLine: UInt32
  private let storedColumn: UInt32
  private let storedLength: UInt32

  /// - Parameters:
  ///   - line: counted from 0.
  ///   - column: counted from 0, in Unicode scalars.
  ///   - length: in Unicode scalars, on this line.
  package init(line: Int, column: Int, length: Int) {
    storedLine = UInt32(clamping: line)
    storedColumn = UInt32(clamping: column)
    storedLength = UInt32(clamping: length)
  }

  package var line: Int { Int(storedLine) }
  package var column: Int { Int(storedColumn) }
  package var length: Int { Int(storedLength) }
}

/// A mark together with its text: all that is needed to report something later.
package struct Place: Sendable {
  package let source: SourceText
  package let mark: Mark

  package init(source: SourceText, mark: Mark) {
    self.source = source
    self.mark = mark
  }

  package var location: SourceLocation { source.location(of: mark) }
}
