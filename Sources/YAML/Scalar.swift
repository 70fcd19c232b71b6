/// A single value: text, a number, a truth value or nothing.
package struct Scalar: Sendable, Hashable {
  package enum Style: Sendable { case plain, quoted, block }

  /// The content after quotes, escapes and folding.
  package let text: String
  package let style: Style
  /// Whether the text decides the type. False for quoted and block scalars and for those tagged `!!str`.
  package let isImplicit: Bool

  package init(text: String, style: Style, isImplicit: Bool) {
    self.text = text
    self.style = style
    self.isImplicit = isImplicit
  }

  package enum Value: Sendable, Hashable {
    case null
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(String)
  }

  /// The value by the rules of YAML 1.1 as Kubernetes and Olares read it (sigs.k8s.io/yaml, go-yaml v2): `yes`, `on`
  /// and `y` are true, `010` is 8, dates are text.
  package var value: Value {
    guard isImplicit else { return .string(text) }
    return text.utf8.withContiguousStorageIfAvailable { resolve($0) } ?? resolve(Array(text.utf8))
  }

  private func resolve(_ bytes: some RandomAccessCollection<UInt8>) -> Value {
    guard let first = bytes.first else { return .null }
    // By far most scalars begin with a letter that no special word begins with.
    switch first {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
      return NumberText.value(of: text) ?? .string(text)
    case UInt8(ascii: "~"), UInt8(ascii: "n"), UInt8(ascii: "N"), UInt8(ascii: "t"), UInt8(ascii: "T"),
      UInt8(ascii: "f"), UInt8(ascii: "F"), UInt8(ascii: "y"), UInt8(ascii: "Y"), UInt8(ascii: "o"),
      UInt8(ascii: "O"):
      return bytes.count <= 5 ? Self.word(text) ?? .string(text) : .string(text)
    default: return .string(text)
    }
  }

  private static func word(_ text: String) -> Value? {
    switch text {
    case "~", "null", "Null", "NULL": .null
    case "true", "True", "TRUE", "y", "Y", "yes", "Yes", "YES", "on", "On", "ON": .bool(true)
    case "false", "False", "FALSE", "n", "N", "no", "No", "NO", "off", "Off", "OFF": .bool(false)
    default: nil
    }
  }
}

extension Scalar.Value {
  /// The text that a field of type string gets, as sigs.k8s.io/yaml converts it; nil for null.
  package var text: String? {
    switch self {
    case .null: nil
    case .bool(let value): value ? "true" : "false"
    case .int(let value): String(value)
    case .double(let value): NumberText.text(of: value)
    case .string(let value): value
    }
  }
}
