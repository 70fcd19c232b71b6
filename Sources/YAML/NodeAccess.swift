package import Core

/// Typed reading: each function throws a `Problem` `wrong-type` (bad data) that points at the value.
extension Node {
  /// Nothing, `~` or `null`.
  package var isNull: Bool {
    if case .scalar(let scalar) = content { scalar.value == .null } else { false }
  }

  /// The value of a key; nil when this is no mapping or lacks the key.
  package subscript(_ name: String) -> Node? {
    if case .mapping(let mapping) = content { mapping[name] } else { nil }
  }

  /// The text of a scalar. Numbers and truth values become text as Olares does it: `1.10` is `1.1`, `yes` is `true`;
  /// `quoted` text stays as it is.
  package func string() throws(Problem) -> String {
    if case .scalar(let scalar) = content, let text = scalar.value.text { return text }
    throw mismatch("text")
  }

  package func bool() throws(Problem) -> Bool {
    if case .scalar(let scalar) = content, case .bool(let value) = scalar.value { return value }
    throw mismatch("true or false")
  }

  package func int() throws(Problem) -> Int {
    if case .scalar(let scalar) = content {
      switch scalar.value {
      case .int(let value): return value
      case .double(let value): if let whole = Int(exactly: value) { return whole }
      default: break
      }
    }
    throw mismatch("a whole number")
  }

  package func double() throws(Problem) -> Double {
    if case .scalar(let scalar) = content {
      switch scalar.value {
      case .int(let value): return Double(value)
      case .double(let value): return value
      default: break
      }
    }
    throw mismatch("a number")
  }

  package func sequence() throws(Problem) -> [Node] {
    if case .sequence(let nodes) = content { return nodes }
    throw mismatch("a list")
  }

  package func mapping() throws(Problem) -> Mapping {
    if case .mapping(let mapping) = content { return mapping }
    throw mismatch("a mapping of keys to values")
  }

  /// The problem that this value is not `expected`.
  package func mismatch(_ expected: String) -> Problem {
    Problem("wrong-type", .badData, "expected \(expected), found \(summary)", at: location)
  }

  /// The value in a few words, for messages.
  package var summary: String {
    switch content {
    case .sequence: "a list"
    case .mapping: "a mapping"
    case .scalar(let scalar):
      switch scalar.value {
      case .null: "nothing"
      case .bool(let value): value ? "true" : "false"
      case .int, .double: "the number \(scalar.text.shortened(to: 40))"
      case .string: "the text \"\(scalar.text.shortened(to: 40))\""
      }
    }
  }
}
