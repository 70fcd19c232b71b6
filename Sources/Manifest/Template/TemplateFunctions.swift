import Core

/// The functions of Go's text/template and of Sprig that manifests can use, except `and` and `or`, which do not
/// evaluate all their arguments.
enum TemplateFunctions {
  struct Function: Sendable {
    let arguments: ClosedRange<Int>
    let call:
      @Sendable (_ arguments: [TemplateValue], _ budget: TemplateBudget) throws(FunctionFailure)
        -> TemplateValue

    init(
      _ arguments: ClosedRange<Int>,
      _ call: @escaping @Sendable ([TemplateValue], TemplateBudget) throws(FunctionFailure) -> TemplateValue
    ) {
      self.arguments = arguments
      self.call = call
    }
  }

  static let table: [String: Function] =
    comparisons
    .merging(collections) { first, _ in first }
    .merging(texts) { first, _ in first }
    .merging(numbers) { first, _ in first }

  static let many = 255

  private static let comparisons: [String: Function] = [
    "not": Function(1...1) { (arguments, _) throws(FunctionFailure) in .bool(!arguments[0].isTrue) },
    "eq": Function(2...many) { (arguments, _) throws(FunctionFailure) in
      for other in arguments.dropFirst() {
        if try TemplateComparison.areEqual(arguments[0], other) { return .bool(true) }
      }
      return .bool(false)
    },
    "ne": Function(2...2) { (arguments, _) throws(FunctionFailure) in
      .bool(!(try TemplateComparison.areEqual(arguments[0], arguments[1])))
    },
    "lt": Function(2...2) { (arguments, _) throws(FunctionFailure) in
      .bool(try TemplateComparison.isLess(arguments[0], arguments[1]))
    },
    "le": Function(2...2) { (arguments, _) throws(FunctionFailure) in
      .bool(!(try TemplateComparison.isLess(arguments[1], arguments[0])))
    },
    "gt": Function(2...2) { (arguments, _) throws(FunctionFailure) in
      .bool(try TemplateComparison.isLess(arguments[1], arguments[0]))
    },
    "ge": Function(2...2) { (arguments, _) throws(FunctionFailure) in
      .bool(!(try TemplateComparison.isLess(arguments[0], arguments[1])))
    },
    "semverCompare": Function(2...2) { (arguments, _) throws(FunctionFailure) in
      let constraint = try arguments[0].text()
      let version = try arguments[1].text()
      guard let range = VersionRange(constraint) else {
        throw FunctionFailure("\"\(constraint.shortened(to: 80))\" is not a range of versions")
      }
      guard let version = SemanticVersion(version) else {
        throw FunctionFailure("\"\(version.shortened(to: 80))\" is not a version")
      }
      return .bool(range.contains(version))
    },
    "default": Function(1...2) { (arguments, _) throws(FunctionFailure) in
      arguments.count == 2 && arguments[1].isTrue ? arguments[1] : arguments[0]
    },
    "empty": Function(1...1) { (arguments, _) throws(FunctionFailure) in .bool(!arguments[0].isTrue) },
    "coalesce": Function(0...many) { (arguments, _) throws(FunctionFailure) in arguments.first(where: \.isTrue) ?? .null
    },
    "ternary": Function(3...3) { (arguments, _) throws(FunctionFailure) in
      arguments[2].isTrue ? arguments[0] : arguments[1]
    },
    "required": Function(2...2) { (arguments, _) throws(FunctionFailure) in
      switch arguments[1] {
      case .null, .string(""): throw FunctionFailure(try arguments[0].text().shortened(to: 200))
      default: return arguments[1]
      }
    },
    "fail": Function(1...1) { (arguments, _) throws(FunctionFailure) in
      throw FunctionFailure(try arguments[0].text().shortened(to: 200))
    },
  ]

  private static let collections: [String: Function] = [
    "dict": Function(0...many) { (arguments, _) throws(FunctionFailure) in
      var values: [String: TemplateValue] = [:]
      for index in stride(from: 0, to: arguments.count, by: 2) {
        values[arguments[index].printed] = index + 1 < arguments.count ? arguments[index + 1] : .string("")
      }
      return .map(values)
    },
    "list": Function(0...many) { (arguments, _) throws(FunctionFailure) in .list(arguments) },
    "index": Function(1...many) { (arguments, _) throws(FunctionFailure) in
      var value = arguments[0]
      for key in arguments.dropFirst() { value = try value.element(key) }
      return value
    },
    "get": Function(2...2) { (arguments, _) throws(FunctionFailure) in
      let value = try arguments[0].map()[try arguments[1].text()] ?? .string("")
      return value
    },
    "hasKey": Function(2...2) { (arguments, _) throws(FunctionFailure) in
      .bool(try arguments[0].map()[try arguments[1].text()] != nil)
    },
    "keys": Function(1...1) { (arguments, _) throws(FunctionFailure) in
      .list(try arguments[0].map().keys.sorted().map { .string($0) })
    },
    "len": Function(1...1) { (arguments, _) throws(FunctionFailure) in
      switch arguments[0] {
      case .string(let text): .int(text.utf8.count)
      case .list(let values): .int(values.count)
      case .map(let values): .int(values.count)
      default: throw FunctionFailure("\(arguments[0].kind) has no length")
      }
    },
    "first": Function(1...1) { (arguments, _) throws(FunctionFailure) in try arguments[0].list().first ?? .null },
    "last": Function(1...1) { (arguments, _) throws(FunctionFailure) in try arguments[0].list().last ?? .null },
    "has": Function(2...2) { (arguments, _) throws(FunctionFailure) in
      for value in try arguments[1].list() where TemplateComparison.areIdentical(value, arguments[0]) {
        return .bool(true)
      }
      return .bool(false)
    },
    "until": Function(1...1) { (arguments, budget) throws(FunctionFailure) in
      let count = max(0, try arguments[0].integer())
      try budget.require(count, times: TemplateValue.int(0).weight)
      return .list((0..<count).map { .int($0) })
    },
  ]

  private static let texts: [String: Function] = [
    "toString": Function(1...1) { (arguments, _) throws(FunctionFailure) in .string(arguments[0].printed) },
    "print": Function(0...many) { (arguments, budget) throws(FunctionFailure) in
      try budget.require(arguments.weight)
      return .string(arguments.map(\.printed).joined(separator: " "))
    },
    "printf": Function(1...many) { (arguments, budget) throws(FunctionFailure) in
      .string(try TemplateFormat.format(try arguments[0].text(), Array(arguments.dropFirst()), budget))
    },
    "quote": Function(0...many) { (arguments, budget) throws(FunctionFailure) in
      try budget.require(arguments.weight)
      return .string(arguments.filter { !$0.isNull }.map { TemplateFormat.quoted($0.printed) }.joined(separator: " "))
    },
    "squote": Function(0...many) { (arguments, budget) throws(FunctionFailure) in
      try budget.require(arguments.weight)
      return .string(arguments.filter { !$0.isNull }.map { "'\($0.printed)'" }.joined(separator: " "))
    },
    "lower": text { $0.lowercased() },
    "upper": text { $0.uppercased() },
    "title": text { text in
      var startsWord = true
      return String(
        text.map { character -> String in
          defer { startsWord = character.isWhitespace }
          return startsWord ? character.uppercased() : String(character)
        }.joined())
    },
    "trim": text { text in TemplateText.trim(text) { $0.properties.isWhitespace } },
    "trimAll": texts { texts in
      let dropped = Set(texts[0].unicodeScalars)
      return TemplateText.trim(texts[1]) { dropped.contains($0) }
    },
    "trimPrefix": texts { texts in
      TemplateText.hasPrefix(texts[1], texts[0])
        ? String(decoding: texts[1].utf8.dropFirst(texts[0].utf8.count), as: UTF8.self) : texts[1]
    },
    "trimSuffix": texts { texts in
      TemplateText.hasSuffix(texts[1], texts[0])
        ? String(decoding: texts[1].utf8.dropLast(texts[0].utf8.count), as: UTF8.self) : texts[1]
    },
    "contains": Function(2...2) { (arguments, _) throws(FunctionFailure) in
      .bool(TemplateText.contains(try arguments[1].text(), try arguments[0].text()))
    },
    "hasPrefix": Function(2...2) { (arguments, _) throws(FunctionFailure) in
      .bool(TemplateText.hasPrefix(try arguments[1].text(), try arguments[0].text()))
    },
    "hasSuffix": Function(2...2) { (arguments, _) throws(FunctionFailure) in
      .bool(TemplateText.hasSuffix(try arguments[1].text(), try arguments[0].text()))
    },
    "replace": Function(3...3) { (arguments, budget) throws(FunctionFailure) in
      let old = try arguments[0].text()
      let new = try arguments[1].text()
      let text = try arguments[2].text()
      guard !old.isEmpty else { return .string(text) }
      try budget.require(TemplateText.occurrences(of: old, in: text), times: new.utf8.count)
      return .string(TemplateText.replace(old, by: new, in: text))
    },
    "repeat": Function(2...2) { (arguments, budget) throws(FunctionFailure) in
      let count = max(0, try arguments[0].integer())
      let text = try arguments[1].text()
      try budget.require(count, times: text.utf8.count)
      return .string(text.isEmpty ? "" : String(repeating: text, count: count))
    },
    "splitList": Function(2...2) { (arguments, budget) throws(FunctionFailure) in
      let separator = try arguments[0].text()
      let text = try arguments[1].text()
      let count = separator.isEmpty ? text.unicodeScalars.count : TemplateText.occurrences(of: separator, in: text) + 1
      try budget.require(count, times: TemplateValue.string("").weight)
      let pieces =
        separator.isEmpty ? text.unicodeScalars.map { String($0) } : TemplateText.split(text, by: separator)
      return .list(pieces.map { .string($0) })
    },
    "join": Function(2...2) { (arguments, budget) throws(FunctionFailure) in
      let separator = try arguments[0].text()
      let values = try arguments[1].list()
      try budget.require(values.count, times: separator.utf8.count)
      return .string(values.map(\.printed).joined(separator: separator))
    },
    "indent": Function(2...2) { (arguments, budget) throws(FunctionFailure) in
      .string(try indented(try arguments[1].text(), by: try arguments[0].integer(), budget))
    },
    "nindent": Function(2...2) { (arguments, budget) throws(FunctionFailure) in
      .string("\n" + (try indented(try arguments[1].text(), by: try arguments[0].integer(), budget)))
    },
  ]

  private static let numbers: [String: Function] = [
    "int": Function(1...1) { (arguments, _) throws(FunctionFailure) in .int(arguments[0].converted) },
    "int64": Function(1...1) { (arguments, _) throws(FunctionFailure) in .int(arguments[0].converted) },
    "add": calculation { $0.addingReportingOverflow($1) },
    "sub": calculation { $0.subtractingReportingOverflow($1) },
    "mul": calculation { $0.multipliedReportingOverflow(by: $1) },
    "div": calculation { $0.dividedReportingOverflow(by: $1) },
    "mod": calculation { $0.remainderReportingOverflow(dividingBy: $1) },
    "add1": Function(1...1) { (arguments, _) throws(FunctionFailure) in .int(arguments[0].converted &+ 1) },
    "max": Function(1...many) { (arguments, _) throws(FunctionFailure) in .int(arguments.map(\.converted).max() ?? 0) },
    "min": Function(1...many) { (arguments, _) throws(FunctionFailure) in .int(arguments.map(\.converted).min() ?? 0) },
  ]

  private static func text(_ change: @escaping @Sendable (String) -> String) -> Function {
    Function(1...1) { (arguments, _) throws(FunctionFailure) in .string(change(try arguments[0].text())) }
  }

  private static func texts(_ change: @escaping @Sendable ([String]) -> String) -> Function {
    Function(2...2) { (arguments, _) throws(FunctionFailure) in
      .string(change([try arguments[0].text(), try arguments[1].text()]))
    }
  }

  private static func calculation(
    _ operation: @escaping @Sendable (Int, Int) -> (partialValue: Int, overflow: Bool)
  ) -> Function {
    Function(2...many) { (arguments, _) throws(FunctionFailure) in
      var result = arguments[0].converted
      for argument in arguments.dropFirst() {
        let (value, overflow) = operation(result, argument.converted)
        if overflow { throw FunctionFailure("the result is no number that fits, or a division by 0") }
        result = value
      }
      return .int(result)
    }
  }

  private static func indented(_ text: String, by width: Int, _ budget: TemplateBudget) throws(FunctionFailure)
    -> String
  {
    let width = max(0, width)
    try budget.require(text.utf8.count { $0 == UInt8(ascii: "\n") } + 1, times: width)
    let margin = String(repeating: " ", count: width)
    return margin + TemplateText.replace("\n", by: "\n" + margin, in: text)
  }
}

extension TemplateValue {
  var isNull: Bool {
    if case .null = self { true } else { false }
  }

  fileprivate func text() throws(FunctionFailure) -> String {
    guard case .string(let text) = self else { throw FunctionFailure("needs text, not \(kind)") }
    return text
  }

  fileprivate func list() throws(FunctionFailure) -> [TemplateValue] {
    guard case .list(let values) = self else { throw FunctionFailure("needs a list, not \(kind)") }
    return values
  }

  fileprivate func map() throws(FunctionFailure) -> [String: TemplateValue] {
    guard case .map(let values) = self else { throw FunctionFailure("needs a map, not \(kind)") }
    return values
  }

  fileprivate func integer() throws(FunctionFailure) -> Int {
    guard case .int(let value) = self else { throw FunctionFailure("needs a whole number, not \(kind)") }
    return value
  }

  /// Sprig's `int`: what cannot be read as a number is 0.
  fileprivate var converted: Int {
    switch self {
    case .int(let value): value
    case .double(let value): Int(exactly: value.rounded(.towardZero)) ?? 0
    case .bool(let value): value ? 1 : 0
    case .string(let text): Int(text) ?? 0
    case .null, .list, .map: 0
    }
  }

  fileprivate func element(_ key: TemplateValue) throws(FunctionFailure) -> TemplateValue {
    switch (self, key) {
    case (.map(let values), .string(let name)): return values[name] ?? .null
    case (.list(let values), .int(let index)):
      guard values.indices.contains(index) else { throw FunctionFailure("there is no element \(index)") }
      return values[index]
    case (.string(let text), .int(let index)):
      let bytes = Array(text.utf8)
      guard bytes.indices.contains(index) else { throw FunctionFailure("there is no element \(index)") }
      return .int(Int(bytes[index]))
    case (.null, _): throw FunctionFailure("nothing has no elements")
    default: throw FunctionFailure("\(kind) has no element that \(key.kind) could name")
    }
  }
}

extension [TemplateValue] {
  fileprivate var weight: Int { reduce(0) { $0 + $1.weight } }
}
