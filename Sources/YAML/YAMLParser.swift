import CYAML
package import Core

/// Reads YAML with libyaml, within limits that hold against hostile files.
package enum YAMLParser {
  package struct Limits: Sendable {
    package var bytes: Int
    /// How deep sequences and mappings may nest.
    package var depth: Int
    /// How many values a text may hold once every alias stands for what it repeats.
    package var values: Int
    /// How many lines may begin as directives do.
    package var directives = 1000

    package init(bytes: Int = 4 << 20, depth: Int = 100, values: Int = 100_000) {
      self.bytes = bytes
      self.depth = depth
      self.values = values
    }
  }

  /// The one document of a text; a null node for an empty text.
  /// - Parameter file: its name in messages.
  /// - Throws: `Problem` `bad-yaml` (bad data) with the place, or `too-large`.
  package static func parse(_ bytes: [UInt8], file: String, limits: Limits = Limits()) throws(Problem) -> Node {
    try parse(SourceText(file: file, bytes: bytes), limits: limits)
  }

  package static func parse(_ text: String, file: String, limits: Limits = Limits()) throws(Problem) -> Node {
    try parse(Array(text.utf8), file: file, limits: limits)
  }

  /// - Parameter onDuplicate: called with the second entry of a repeated key, whose value then wins as it does in
  ///   Olares; without it, a repeated key is an error.
  package static func parse(
    _ source: SourceText, limits: Limits = Limits(), onDuplicate: ((Mapping.Entry) -> Void)? = nil
  ) throws(Problem) -> Node {
    guard source.bytes.count <= limits.bytes else {
      throw Problem("too-large", .badData, "\(source.file) is larger than \(limits.bytes >> 20) MiB")
    }
    // libyaml compares each directive with all before it.
    guard source.lineCount(beginningWith: UInt8(ascii: "%")) <= limits.directives else {
      throw Problem("bad-yaml", .badData, "\(source.file) has more than \(limits.directives) lines that begin with %")
    }
    // libyaml skips a byte order mark only where it has to guess the encoding.
    let skipped = source.bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
    let events = EventStream(source: source, skipping: skipped)
    var composer = Composer(events: events, limits: limits, onDuplicate: onDuplicate)
    let result: Result<Node, Problem> = source.bytes.withUnsafeBufferPointer { bytes in
      events.setInput(UnsafeBufferPointer(rebasing: bytes[skipped...]))
      do throws(Problem) {
        return .success(try composer.document())
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }
}
