package import Core
import Glibc
package import SystemPackage

/// What is mounted where, as this process sees it (proc_pid_mountinfo(5)).
package struct MountTable: Sendable {
  package struct Entry: Sendable, Hashable {
    package let identifier: UInt64
    package let point: FilePath
    package let fileSystemType: String
    package let source: String
  }

  /// In the order of mounting on each place: the last one on a point is the one that is seen.
  package let entries: [Entry]

  /// - Throws: `Problem` `io-error` when /proc is not mounted.
  package static func current() throws(Problem) -> MountTable {
    MountTable(parsing: try Files.read("/proc/self/mountinfo"))
  }

  package init(parsing content: [UInt8]) {
    entries = content.split(separator: UInt8(ascii: "\n")).compactMap { line in
      let fields = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
      // After six fields comes a varying number of optional ones, which a lone hyphen ends.
      guard fields.count >= 10, let separator = fields.dropFirst(6).firstIndex(of: [UInt8(ascii: "-")]),
        fields.indices.contains(separator + 2),
        let identifier = UInt64(String(decoding: fields[0], as: UTF8.self))
      else { return nil }
      return Entry(
        identifier: identifier, point: FilePath(bytes: Self.unescaped(fields[4])),
        fileSystemType: String(decoding: fields[separator + 1], as: UTF8.self),
        source: String(decoding: Self.unescaped(fields[separator + 2]), as: UTF8.self))
    }
  }

  /// The mounts on `directory` and below it, in the order of mounting.
  package func entries(at directory: FilePath) -> [Entry] { entries.filter { $0.point.starts(with: directory) } }

  /// Blank, tab, newline and backslash are written as three octal digits.
  private static func unescaped(_ field: ArraySlice<UInt8>) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = field
    while let byte = rest.popFirst() {
      let digits = rest.prefix(3)
      if byte == UInt8(ascii: "\\"), digits.count == 3, digits.allSatisfy({ (0x30...0x37).contains($0) }) {
        bytes.append(digits.reduce(0) { $0 &* 8 &+ ($1 - 0x30) })
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return bytes
  }
}

extension FilePath {
  fileprivate init(bytes: [UInt8]) {
    self = (bytes + [0]).withUnsafeBufferPointer { buffer in
      buffer.withMemoryRebound(to: CChar.self) { $0.baseAddress.map { FilePath(platformString: $0) } ?? "" }
    }
  }

  /// The path without symbolic links, as the mount table has it.
  func resolved() throws(Problem) -> FilePath {
    guard let real = withPlatformString({ realpath($0, nil) }) else {
      throw Problem(Errno(rawValue: errno), "open", self)
    }
    defer { free(real) }
    return FilePath(platformString: real)
  }
}
