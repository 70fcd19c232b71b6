/// A value inside a template.
enum TemplateValue: Sendable {
  case null
  case bool(Bool)
  case int(Int)
  case double(Double)
  case string(String)
  case list([TemplateValue])
  case map([String: TemplateValue])

  /// Go's rule for `if`: everything empty is false.
  var isTrue: Bool {
    switch self {
    case .null: false
    case .bool(let value): value
    case .int(let value): value != 0
    case .double(let value): value != 0
    case .string(let text): !text.isEmpty
    case .list(let values): !values.isEmpty
    case .map(let values): !values.isEmpty
    }
  }

  /// As `{{ value }}` and `%v` print it. Helm prints nothing for a missing value.
  var printed: String {
    switch self {
    case .null: ""
    case .bool(let value): value ? "true" : "false"
    case .int(let value): String(value)
    case .double(let value): Int(exactly: value).map { abs($0) < 1 << 53 ? String($0) : "\(value)" } ?? "\(value)"
    case .string(let text): text
    case .list(let values): "[" + values.map(\.printed).joined(separator: " ") + "]"
    case .map(let values):
      "map[" + values.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value.printed)" }.joined(separator: " ") + "]"
    }
  }

  /// In words, for messages.
  var kind: String {
    switch self {
    case .null: "nothing"
    case .bool: "a truth value"
    case .int: "a whole number"
    case .double: "a number"
    case .string: "text"
    case .list: "a list"
    case .map: "a map"
    }
  }

  /// How many bytes it holds and has printed, about.
  var weight: Int {
    switch self {
    case .null, .bool, .int, .double: 24
    case .string(let text): 24 + text.utf8.count
    case .list(let values): values.reduce(24) { $0 + $1.weight }
    case .map(let values): values.reduce(24) { $0 + 24 + $1.key.utf8.count + $1.value.weight }
    }
  }
}

/// Why a template cannot be rendered; `offset` is a byte of the unrendered text.
struct TemplateError: Error {
  let message: String
  let offset: Int
}
