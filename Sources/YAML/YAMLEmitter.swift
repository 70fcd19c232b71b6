import CYAML
package import Core

/// Writes YAML with libyaml, so that this and every other YAML reader gets back the same values.
package enum YAMLEmitter {
  /// - Throws: `Problem` `bad-yaml` (failed) if the value cannot be written, which only text that is not Unicode can cause.
  package static func emit(_ value: YAMLValue) throws(Problem) -> String {
    var output = Output()
    let description: String? = withUnsafeMutablePointer(to: &output) { output in
      var writer = EventWriter(output: output)
      defer { writer.close() }
      writer.document(value)
      return writer.problem
    }
    if let description { throw Problem("bad-yaml", .failed, "cannot write YAML: \(description)") }
    return String(decoding: output.bytes, as: UTF8.self)
  }
}

private struct Output {
  var bytes: [UInt8] = []
}

/// Sends the events of one document to libyaml's emitter, until the first that fails.
private struct EventWriter: ~Copyable {
  private let emitter: UnsafeMutablePointer<yaml_emitter_t>
  private(set) var problem: String?

  init(output: UnsafeMutablePointer<Output>) {
    // The emitter keeps pointers into itself, so it must not move.
    emitter = .allocate(capacity: 1)
    emitter.initialize(to: yaml_emitter_t())
    yaml_emitter_initialize(emitter)
    yaml_emitter_set_unicode(emitter, 1)
    yaml_emitter_set_width(emitter, -1)
    yaml_emitter_set_indent(emitter, 2)
    yaml_emitter_set_output(
      emitter,
      { output, bytes, count in
        guard let output, let bytes else { return 0 }
        output.assumingMemoryBound(to: Output.self).pointee.bytes += UnsafeBufferPointer(start: bytes, count: count)
        return 1
      }, output)
  }

  mutating func close() {
    yaml_emitter_delete(emitter)
    emitter.deinitialize(count: 1)
    emitter.deallocate()
  }

  mutating func document(_ value: YAMLValue) {
    send { yaml_stream_start_event_initialize($0, YAML_UTF8_ENCODING) }
    send { yaml_document_start_event_initialize($0, nil, nil, nil, 1) }
    write(value)
    send { yaml_document_end_event_initialize($0, 1) }
    send { yaml_stream_end_event_initialize($0) }
  }

  private mutating func write(_ value: YAMLValue) {
    switch value {
    case .null: scalar("null", YAML_PLAIN_SCALAR_STYLE)
    case .bool(let value): scalar(value ? "true" : "false", YAML_PLAIN_SCALAR_STYLE)
    case .int(let value): scalar(String(value), YAML_PLAIN_SCALAR_STYLE)
    case .double(let value): scalar(NumberText.yaml(value), YAML_PLAIN_SCALAR_STYLE)
    case .string(let text): string(text)
    case .sequence(let values):
      send { yaml_sequence_start_event_initialize($0, nil, nil, 1, YAML_BLOCK_SEQUENCE_STYLE) }
      for value in values { write(value) }
      send { yaml_sequence_end_event_initialize($0) }
    case .mapping(let entries):
      send { yaml_mapping_start_event_initialize($0, nil, nil, 1, YAML_BLOCK_MAPPING_STYLE) }
      for entry in entries {
        string(entry.key, allowsLines: false)
        write(entry.value)
      }
      send { yaml_mapping_end_event_initialize($0) }
    }
  }

  private mutating func string(_ text: String, allowsLines: Bool = true) {
    if text.contains("\n") {
      // Block style only where all readers agree on it: no leading blanks, nothing that needs an escape.
      let isPlainText = text.unicodeScalars.allSatisfy { $0 == "\n" || ($0.value >= 0x20 && $0.value < 0x7f) }
      let keepsShape = !(text.first?.isWhitespace ?? true) && !text.contains(" \n")
      scalar(
        text, allowsLines && isPlainText && keepsShape ? YAML_LITERAL_SCALAR_STYLE : YAML_DOUBLE_QUOTED_SCALAR_STYLE)
    } else {
      scalar(text, Self.readsAsText(text) ? YAML_ANY_SCALAR_STYLE : YAML_DOUBLE_QUOTED_SCALAR_STYLE)
    }
  }

  /// Whether the text without quotes is text to readers of YAML 1.1 and of YAML 1.2.
  private static func readsAsText(_ text: String) -> Bool {
    guard let first = text.utf8.first else { return false }
    // Numbers, dates, times in base 60, versions: quoted, whatever a reader makes of them.
    let isNumberLike =
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first)
      || [UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "="), UInt8(ascii: "<")].contains(first)
    if isNumberLike { return false }
    if case .string = Scalar(text: text, style: .plain, isImplicit: true).value { return true }
    return false
  }

  private mutating func scalar(_ text: String, _ style: yaml_scalar_style_t) {
    var text = text
    text.withUTF8 { bytes in
      let count = Int32(bytes.count)
      // An empty buffer has no address, and libyaml wants one.
      withUnsafePointer(to: UInt8(0)) { empty in
        let start = bytes.baseAddress ?? empty
        send { yaml_scalar_event_initialize($0, nil, nil, start, count, 1, 1, style) }
      }
    }
  }

  /// libyaml takes the event over, whether it succeeds or not.
  private mutating func send(_ initialize: (UnsafeMutablePointer<yaml_event_t>) -> Int32) {
    guard problem == nil else { return }
    var event = yaml_event_t()
    if initialize(&event) != 1 {
      problem = "the text is not valid UTF-8"
    } else if yaml_emitter_emit(emitter, &event) != 1 {
      problem = emitter.pointee.problem.map { String(cString: $0) } ?? "unknown error"
    }
  }
}

extension NumberText {
  /// A float that stays one when read back.
  fileprivate static func yaml(_ number: Double) -> String {
    let text = text(of: number)
    return number.isFinite && text.utf8.allSatisfy({ $0 != UInt8(ascii: ".") && $0 | 0x20 != UInt8(ascii: "e") })
      ? text + ".0" : text
  }
}
