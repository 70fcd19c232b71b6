/// Go's comparisons: values of different kinds cannot be compared, which is an error and not "different".
enum TemplateComparison {
  static func areEqual(_ left: TemplateValue, _ right: TemplateValue) throws(FunctionFailure) -> Bool {
    switch (left, right) {
    case (.null, _), (_, .null): return left.isNull && right.isNull
    case (.list, _), (_, .list), (.map, _), (_, .map):
      throw FunctionFailure("\(left.kind) and \(right.kind) cannot be compared")
    case (.bool, .bool), (.int, .int), (.double, .double), (.string, .string): return areIdentical(left, right)
    default: throw FunctionFailure("\(left.kind) and \(right.kind) cannot be compared")
    }
  }

  static func isLess(_ left: TemplateValue, _ right: TemplateValue) throws(FunctionFailure) -> Bool {
    switch (left, right) {
    case (.int(let left), .int(let right)): return left < right
    case (.double(let left), .double(let right)): return left < right
    case (.string(let left), .string(let right)): return left.utf8.lexicographicallyPrecedes(right.utf8)
    default: throw FunctionFailure("\(left.kind) and \(right.kind) have no order")
    }
  }

  static func areIdentical(_ left: TemplateValue, _ right: TemplateValue) -> Bool {
    switch (left, right) {
    case (.null, .null): true
    case (.bool(let left), .bool(let right)): left == right
    case (.int(let left), .int(let right)): left == right
    case (.double(let left), .double(let right)): left == right
    // Go compares bytes; Swift's == would find different spellings of é equal.
    case (.string(let left), .string(let right)): left.utf8.elementsEqual(right.utf8)
    case (.list(let left), .list(let right)):
      left.count == right.count && zip(left, right).allSatisfy { areIdentical($0, $1) }
    case (.map(let left), .map(let right)):
      left.count == right.count
        && left.allSatisfy { key, value in right[key].map { areIdentical($0, value) } ?? false }
    default: false
    }
  }
}
