/// Whole numbers as Redis writes and reads them.
enum Decimal {
  /// Of the longest number, `-9223372036854775808`.
  static let maximalLength = 20

  /// - Returns: the count of bytes written, at most `maximalLength`.
  @inline(__always)
  static func write(_ number: Int, to destination: UnsafeMutableRawPointer) -> Int {
    var rest = number.magnitude
    var count = length(rest)
    if number < 0 {
      destination.storeBytes(of: UInt8(ascii: "-"), as: UInt8.self)
      count += 1
    }
    var place = count
    repeat {
      place -= 1
      let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
      destination.storeBytes(
        of: UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: digit), toByteOffset: place, as: UInt8.self)
      rest = quotient
    } while rest != 0
    return count
  }

  /// The count of decimal digits.
  @inline(__always)
  static func length(_ number: UInt) -> Int {
    var count = 1
    var limit: UInt = 10
    while number >= limit {
      count += 1
      if count == 20 { break }
      limit &*= 10
    }
    return count
  }

  /// The number that the bytes are, if they are what Redis itself would print for it: no sign but `-`, no leading zeros, no
  /// spaces, within 64 bits.
  @inline(__always)
  static func read(_ bytes: UnsafeRawBufferPointer) -> Int? {
    guard let base = bytes.baseAddress else { return nil }
    return read(base, count: bytes.count)
  }

  @inline(__always)
  static func read(_ base: UnsafeRawPointer, count: Int) -> Int? {
    guard count > 0, count <= maximalLength else { return nil }
    var place = 0
    let first = base.load(as: UInt8.self)
    if first == UInt8(ascii: "0") { return count == 1 ? 0 : nil }
    let isNegative = first == UInt8(ascii: "-")
    if isNegative {
      place = 1
      // Neither a sign alone nor a negative zero nor a leading zero.
      guard count > 1, base.load(fromByteOffset: 1, as: UInt8.self) != UInt8(ascii: "0") else { return nil }
    }
    var value: UInt = 0
    while place < count {
      let digit = base.load(fromByteOffset: place, as: UInt8.self) &- UInt8(ascii: "0")
      guard digit <= 9 else { return nil }
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt(digit))
      guard !overflow, !carry else { return nil }
      value = sum
      place += 1
    }
    if isNegative {
      return value <= UInt(Int.max) + 1 ? Int(truncatingIfNeeded: 0 &- value) : nil
    }
    return value <= UInt(Int.max) ? Int(value) : nil
  }
}
