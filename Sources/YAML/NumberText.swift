/// Numbers as go-yaml v2 reads and Go writes them.
enum NumberText {
  /// Nil if the text is no number.
  static func value(of text: String) -> Scalar.Value? {
    switch text {
    case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .double(.infinity)
    case "-.inf", "-.Inf", "-.INF": return .double(-.infinity)
    case ".nan", ".NaN", ".NAN": return .double(.nan)
    default: break
    }
    var digits = Substring(text).utf8[...]
    if digits.contains(UInt8(ascii: "_")) {
      return value(of: String(text.filter { $0 != "_" }))
    }
    let isNegative = digits.first == UInt8(ascii: "-")
    if isNegative || digits.first == UInt8(ascii: "+") { digits = digits.dropFirst() }
    if let magnitude = integer(digits) {
      if magnitude <= UInt64(Int.max) { return .int(isNegative ? -Int(magnitude) : Int(magnitude)) }
      if isNegative, magnitude == UInt64(Int.max) + 1 { return .int(.min) }
      return .double(isNegative ? -Double(magnitude) : Double(magnitude))
    }
    guard isDecimal(digits), let number = Double(text) else { return nil }
    return .double(number)
  }

  /// Go's form of a float in JSON and strings: the shortest that reads back, `1e+21` with a sign.
  static func text(of number: Double) -> String {
    if number.isNaN { return ".nan" }
    if number.isInfinite { return number < 0 ? "-.inf" : ".inf" }
    if let whole = Int(exactly: number), whole.magnitude < 1_000_000_000_000_000 { return String(whole) }
    return "\(number)"
  }

  /// Decimal, or with the prefix of another base: `0x1f`, `0o17`, `017`, `0b101`.
  private static func integer(_ digits: Substring.UTF8View) -> UInt64? {
    guard let first = digits.first else { return nil }
    guard first == UInt8(ascii: "0"), digits.count > 1 else { return parse(digits, radix: 10) }
    let rest = digits.dropFirst()
    return switch rest.first {
    case UInt8(ascii: "x"), UInt8(ascii: "X"): parse(rest.dropFirst(), radix: 16)
    case UInt8(ascii: "o"), UInt8(ascii: "O"): parse(rest.dropFirst(), radix: 8)
    case UInt8(ascii: "b"), UInt8(ascii: "B"): parse(rest.dropFirst(), radix: 2)
    default: parse(rest, radix: 8)
    }
  }

  private static func parse(_ digits: Substring.UTF8View, radix: UInt64) -> UInt64? {
    guard !digits.isEmpty else { return nil }
    var value: UInt64 = 0
    for byte in digits {
      let digit: UInt64
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = UInt64(byte - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = UInt64(byte - UInt8(ascii: "a")) + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = UInt64(byte - UInt8(ascii: "A")) + 10
      default: return nil
      }
      guard digit < radix else { return nil }
      let (product, overflow) = value.multipliedReportingOverflow(by: radix)
      let (sum, carry) = product.addingReportingOverflow(digit)
      if overflow || carry { return nil }
      value = sum
    }
    return value
  }

  /// `1.5`, `.5`, `1.`, `1e3`, `1.5E-3`.
  private static func isDecimal(_ digits: Substring.UTF8View) -> Bool {
    var mantissaDigits = 0
    var points = 0
    var index = digits.startIndex
    while index < digits.endIndex {
      let byte = digits[index]
      if isDigit(byte) {
        mantissaDigits += 1
      } else if byte == UInt8(ascii: ".") {
        points += 1
      } else {
        break
      }
      index = digits.index(after: index)
    }
    guard mantissaDigits > 0, points <= 1 else { return false }
    guard index < digits.endIndex else { return true }
    guard digits[index] | 0x20 == UInt8(ascii: "e") else { return false }
    var exponent = digits[digits.index(after: index)...]
    if exponent.first == UInt8(ascii: "-") || exponent.first == UInt8(ascii: "+") { exponent = exponent.dropFirst() }
    return !exponent.isEmpty && exponent.allSatisfy(isDigit)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
