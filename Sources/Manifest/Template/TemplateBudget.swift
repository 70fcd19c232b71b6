/// What a template may still cost: its functions read and make values, and both are counted, so that no template is
/// endless, whatever it does with few steps.
struct TemplateBudget: Sendable {
  /// Bytes that functions and loops may still read.
  private var readable: Int
  /// Bytes that functions may still make.
  private var makeable: Int

  init(reading readable: Int, making makeable: Int) {
    self.readable = readable
    self.makeable = makeable
  }

  /// To be called before values are looked at.
  mutating func read(_ values: some Sequence<TemplateValue>) throws(FunctionFailure) {
    for value in values {
      readable -= value.weight
      guard readable >= 0 else { throw FunctionFailure("the template works on too much text") }
    }
  }

  /// To be called before anything large is made: `count` pieces of `size` bytes each.
  func require(_ count: Int, times size: Int = 1) throws(FunctionFailure) {
    let (product, overflow) = count.multipliedReportingOverflow(by: size)
    guard !overflow, product <= makeable else { throw FunctionFailure("the values become too large") }
  }

  /// Counts a value that was made.
  mutating func make(_ value: TemplateValue) throws(FunctionFailure) {
    let weight = value.weight
    try require(weight)
    makeable -= weight
  }
}

/// Why a function has no result; the renderer knows where.
struct FunctionFailure: Error {
  let reason: String

  init(_ reason: String) { self.reason = reason }
}
