/// How many bytes the functions of a template may still make.
struct TemplateBudget: Sendable {
  private(set) var bytes: Int

  init(bytes: Int) { self.bytes = bytes }

  /// To be called before anything large is made.
  mutating func spend(_ count: Int) throws(FunctionFailure) {
    guard count <= bytes else { throw FunctionFailure("the values become too large") }
    bytes -= count
  }

  /// `count` pieces of `size` bytes each.
  mutating func spend(_ count: Int, times size: Int) throws(FunctionFailure) {
    let (product, overflow) = count.multipliedReportingOverflow(by: size)
    guard !overflow else { throw FunctionFailure("the values become too large") }
    try spend(max(0, product))
  }
}

/// Why a function has no result; the renderer knows where.
struct FunctionFailure: Error {
  let reason: String

  init(_ reason: String) { self.reason = reason }
}
