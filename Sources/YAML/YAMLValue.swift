/// A value to be written as YAML. Mappings keep their order.
package enum YAMLValue: Sendable {
  case null
  case bool(Bool)
  case int(Int)
  case double(Double)
  case string(String)
  case sequence([YAMLValue])
  case mapping([(key: String, value: YAMLValue)])
}

extension YAMLValue: ExpressibleByStringLiteral, ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByFloatLiteral, ExpressibleByNilLiteral, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral
{
  package init(stringLiteral value: String) { self = .string(value) }
  package init(integerLiteral value: Int) { self = .int(value) }
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(floatLiteral value: Double) { self = .double(value) }
  package init(nilLiteral: ()) { self = .null }
  package init(arrayLiteral elements: YAMLValue...) { self = .sequence(elements) }
  package init(dictionaryLiteral elements: (String, YAMLValue)...) {
    self = .mapping(elements.map { (key: $0.0, value: $0.1) })
  }
}
