import Core
import FoundationEssentials
import YAML

/// One result in all its forms. The payload is what scripts get; its JSON keys are stable.
struct Rendering {
  let payload: any Encodable & Sendable
  /// For people: width of the terminal, if it is one, and style.
  let table: (_ width: Int?, _ style: TextStyle) -> String
  /// `NAME` and value, in order.
  var environment: (() -> [(name: String, value: String)])?
  var helmValues: (() -> any Encodable & Sendable)?

  init(
    _ payload: any Encodable & Sendable,
    table: @escaping (_ width: Int?, _ style: TextStyle) -> String,
    environment: (() -> [(name: String, value: String)])? = nil,
    helmValues: (() -> any Encodable & Sendable)? = nil
  ) {
    self.payload = payload
    self.table = table
    self.environment = environment
    self.helmValues = helmValues
  }

  /// A list: its rows as objects for scripts, as a table for people.
  init(_ payload: any Encodable & Sendable, _ table: Table) {
    self.init(payload) { width, style in table.rendered(width: width, style: style) }
  }
}

extension Console {
  /// Prints a result: the only place that tells the formats apart.
  /// - Throws: `Problem` (usage) when the result has no such form.
  func render(_ result: Rendering, as format: OutputFormat) throws(Problem) {
    switch format {
    case .table: output(result.table(outputWidth, outputStyle))
    case .json: output(try json(result.payload))
    case .yaml: output(try yaml(result.payload))
    case .env:
      guard let environment = result.environment else { throw unavailable(format) }
      output(environment().map { "\($0.name)=\($0.value.shellWord)" }.joined(separator: "\n"))
    case .helmValues:
      guard let values = result.helmValues else { throw unavailable(format) }
      output(try yaml(values()))
    }
  }

  private func json(_ payload: any Encodable) throws(Problem) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    do {
      return String(decoding: try encoder.encode(payload), as: UTF8.self)
    } catch {
      throw Problem(error)
    }
  }

  private func yaml(_ payload: any Encodable) throws(Problem) -> String {
    let text = try YAMLDocument.encode(payload)
    return text.hasSuffix("\n") ? String(text.dropLast()) : text
  }

  private func unavailable(_ format: OutputFormat) -> Problem {
    Problem(
      "no-such-format", .usage, "this result cannot be printed as \(format.rawValue)",
      hint: "use --output table, json or yaml")
  }
}
