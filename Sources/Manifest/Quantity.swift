/// An amount as Kubernetes writes it: `100m`, `1.5Gi`, `2e3`.
package struct Quantity: Sendable, Hashable, CustomStringConvertible {
  /// As written.
  package let description: String
  /// In the base unit: cores, bytes.
  package let value: Double

  /// Nil if the text is no quantity.
  package init?(_ text: String) {
    guard text.utf8.count <= 64 else { return nil }
    let trimmed = text.split(separator: " ").joined()
    let number = trimmed.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    guard let amount = Double(number), number.first != ".", number.last != "." else { return nil }
    let suffix = trimmed.dropFirst(number.count)
    if let factor = Self.factors[String(suffix)] {
      value = amount * factor
    } else if let first = suffix.first, first == "e" || first == "E", let exponent = Int(suffix.dropFirst()),
      exponent.magnitude < 100
    {
      guard let scaled = Double("\(number)e\(exponent)") else { return nil }
      value = scaled
    } else {
      return nil
    }
    description = trimmed
  }

  private static let factors: [String: Double] = [
    "": 1, "m": 1e-3, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18, "Ki": 1024, "ki": 1024,
    "Mi": 1_048_576, "Gi": 1_073_741_824, "Ti": 1_099_511_627_776, "Pi": 1_125_899_906_842_624,
    "Ei": 1_152_921_504_606_846_976,
  ]
}
