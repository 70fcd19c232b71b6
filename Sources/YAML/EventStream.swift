import CYAML
import Core

/// The events of libyaml for one text. Owns the parser; the text must outlive it.
final class EventStream {
  let source: SourceText
  /// Bytes of a byte order mark, which libyaml does not see.
  private let skipped: Int
  /// libyaml keeps pointers into the parser, so it must not move.
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private var event = yaml_event_t()

  init(source: SourceText, skipping skipped: Int) {
    self.source = source
    self.skipped = skipped
    parser = .allocate(capacity: 1)
    parser.initialize(to: yaml_parser_t())
    yaml_parser_initialize(parser)
    // Olares reads UTF-8 only.
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
  }

  deinit {
    yaml_event_delete(&event)
    yaml_parser_delete(parser)
    parser.deinitialize(count: 1)
    parser.deallocate()
  }

  func setInput(_ bytes: UnsafeBufferPointer<UInt8>) {
    yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
  }

  /// The next event, as something that needs no freeing.
  func next() throws(Problem) -> Event {
    yaml_event_delete(&event)
    guard yaml_parser_parse(parser, &event) == 1 else { throw failure() }
    let start = event.start_mark
    let end = event.end_mark
    let length = end.line == start.line && end.column > start.column ? end.column - start.column : 1
    let column = start.line == 0 && skipped > 0 ? start.column + 1 : start.column
    let mark = Mark(line: start.line, column: column, length: length)
    return Event(kind: try kind(at: mark), mark: mark)
  }

  private func kind(at mark: Mark) throws(Problem) -> Event.Kind {
    switch event.type {
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      let text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
      let style: Scalar.Style =
        switch scalar.style {
        case YAML_PLAIN_SCALAR_STYLE: .plain
        case YAML_LITERAL_SCALAR_STYLE, YAML_FOLDED_SCALAR_STYLE: .block
        default: .quoted
        }
      var isImplicit = style == .plain
      if let tag = Self.text(scalar.tag) {
        switch tag {
        case "!", "tag:yaml.org,2002:str": isImplicit = false
        case "tag:yaml.org,2002:null", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:int", "tag:yaml.org,2002:float":
          isImplicit = true
        default: throw unsupported(tag: tag, at: mark)
        }
      }
      return .scalar(Scalar(text: text, style: style, isImplicit: isImplicit), anchor: Self.text(scalar.anchor))
    case YAML_SEQUENCE_START_EVENT:
      let sequence = event.data.sequence_start
      if let tag = Self.text(sequence.tag), tag != "tag:yaml.org,2002:seq" { throw unsupported(tag: tag, at: mark) }
      return .sequenceStart(anchor: Self.text(sequence.anchor))
    case YAML_MAPPING_START_EVENT:
      let mapping = event.data.mapping_start
      if let tag = Self.text(mapping.tag), tag != "tag:yaml.org,2002:map" { throw unsupported(tag: tag, at: mark) }
      return .mappingStart(anchor: Self.text(mapping.anchor))
    case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: return .end
    case YAML_ALIAS_EVENT: return .alias(Self.text(event.data.alias.anchor) ?? "")
    case YAML_DOCUMENT_START_EVENT: return .documentStart
    case YAML_STREAM_END_EVENT: return .streamEnd
    default: return .other
    }
  }

  private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
    pointer.map { String(cString: $0) }
  }

  private func unsupported(tag: String, at mark: Mark) -> Problem {
    Problem(
      "bad-yaml", .badData, "the tag \(tag.shortened(to: 80)) is not supported", at: source.location(of: mark),
      hint: "leave the tag out")
  }

  private func failure() -> Problem {
    let parser = parser.pointee
    let description = parser.problem.map { String(cString: $0) } ?? "unknown error"
    let location: SourceLocation
    switch parser.error {
    case YAML_MEMORY_ERROR:
      return Problem("out-of-memory", .failed, "there is not enough memory to read \(source.file)")
    case YAML_READER_ERROR: location = source.location(atOffset: skipped + parser.problem_offset)
    default:
      let mark = parser.problem_mark
      location = source.location(of: Mark(line: mark.line, column: mark.column, length: 1))
    }
    let context = parser.context.map { String(cString: $0) + ": " } ?? ""
    let problem = Problem("bad-yaml", .badData, "not valid YAML: \(context)\(description)", at: location)
    return Self.hint(for: parser.error, in: location).map { problem.adding(hint: $0) } ?? problem
  }

  /// The two slips that people make most.
  private static func hint(for error: yaml_error_type_t, in location: SourceLocation) -> String? {
    guard error == YAML_SCANNER_ERROR || error == YAML_PARSER_ERROR, let line = location.lineText else { return nil }
    if line.prefix(while: { $0 == " " || $0 == "\t" }).contains("\t") { return "indent with spaces, not with tabs" }
    return nil
  }
}

struct Event {
  enum Kind {
    case scalar(Scalar, anchor: String?)
    case sequenceStart(anchor: String?)
    case mappingStart(anchor: String?)
    case end
    case alias(String)
    case documentStart
    case streamEnd
    /// Starts and ends that carry nothing.
    case other
  }

  let kind: Kind
  let mark: Mark
}
