/// A version by semver.org, read as leniently as Olares does (Masterminds/semver): `1`, `v1.2` and `1.2.3-rc.1+b` alike.
package struct SemanticVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
  package let major: Int
  package let minor: Int
  package let patch: Int
  package let prerelease: [String]

  package init(_ major: Int, _ minor: Int, _ patch: Int, prerelease: [String] = []) {
    self.major = major
    self.minor = minor
    self.patch = patch
    self.prerelease = prerelease
  }

  /// Nil if the text is no version.
  package init?(_ text: String) {
    guard let parts = VersionParts(text), !parts.hasWildcard else { return nil }
    self.init(parts.numbers[0], parts.numbers[1], parts.numbers[2], prerelease: parts.prerelease)
  }

  package var description: String {
    "\(major).\(minor).\(patch)" + (prerelease.isEmpty ? "" : "-" + prerelease.joined(separator: "."))
  }

  package static func < (left: SemanticVersion, right: SemanticVersion) -> Bool {
    let leftNumbers = (left.major, left.minor, left.patch)
    let rightNumbers = (right.major, right.minor, right.patch)
    if leftNumbers != rightNumbers { return leftNumbers < rightNumbers }
    if left.prerelease.isEmpty || right.prerelease.isEmpty {
      return !left.prerelease.isEmpty && right.prerelease.isEmpty
    }
    for (left, right) in zip(left.prerelease, right.prerelease) where left != right {
      switch (Int(left), Int(right)) {
      case (let left?, let right?): return left < right
      case (.some, nil): return true
      case (nil, .some): return false
      case (nil, nil): return left.utf8.lexicographicallyPrecedes(right.utf8)
      }
    }
    return left.prerelease.count < right.prerelease.count
  }
}

/// A range of versions by the rules of Masterminds/semver: `>=1.0.0-0, <2`, `^1.2`, `~1.2.3`, `1.x`, `1.0 - 2.0`, `a || b`.
///
/// A version with a pre-release is only in a range whose bounds have one too.
package struct VersionRange: Sendable {
  private let alternatives: [[Bound]]

  private struct Bound {
    let comparison: Comparison
    let parts: VersionParts
  }

  private enum Comparison: String, CaseIterable {
    case notEqual = "!="
    case atLeast = ">="
    case atLeastReversed = "=>"
    case atMost = "<="
    case atMostReversed = "=<"
    case tildeGreater = "~>"
    case equal = "="
    case greater = ">"
    case less = "<"
    case tilde = "~"
    case caret = "^"
  }

  /// Nil if the text is no range, or longer than anybody writes one.
  package init?(_ text: String) {
    guard text.utf8.count <= 1024 else { return nil }
    var alternatives: [[Bound]] = []
    for part in text.split(separator: "||", omittingEmptySubsequences: false) {
      guard let bounds = Self.bounds(String(part)) else { return nil }
      alternatives.append(bounds)
    }
    self.alternatives = alternatives
  }

  package func contains(_ version: SemanticVersion) -> Bool {
    alternatives.contains { bounds in bounds.allSatisfy { Self.holds($0, version) } }
  }

  private static func bounds(_ text: String) -> [Bound]? {
    var bounds: [Bound] = []
    let sides = text.split(separator: " - ", omittingEmptySubsequences: false)
    if sides.count == 2 {
      guard let low = VersionParts(String(sides[0])), let high = VersionParts(String(sides[1])) else { return nil }
      return [Bound(comparison: .atLeast, parts: low), Bound(comparison: .atMost, parts: high)]
    }
    var rest = text[...]
    while true {
      rest = rest.drop { $0 == " " || $0 == "," }
      if rest.isEmpty { return bounds.isEmpty ? nil : bounds }
      let comparison = Comparison.allCases.first { rest.hasPrefix($0.rawValue) }
      rest = rest.dropFirst(comparison?.rawValue.count ?? 0).drop { $0 == " " }
      let version = rest.prefix { $0 != " " && $0 != "," }
      rest = rest.dropFirst(version.count)
      guard let parts = VersionParts(String(version)) else { return nil }
      bounds.append(Bound(comparison: comparison ?? .equal, parts: parts))
    }
  }

  private static func holds(_ bound: Bound, _ version: SemanticVersion) -> Bool {
    let parts = bound.parts
    if !version.prerelease.isEmpty, parts.prerelease.isEmpty { return bound.comparison == .notEqual }
    let low = parts.lowest
    switch bound.comparison {
    case .equal: return parts.given < 3 ? low <= version && version < parts.afterGiven : version == low
    case .notEqual: return parts.given < 3 ? version < low || version >= parts.afterGiven : version != low
    case .greater: return parts.given < 3 ? version >= parts.afterGiven : version > low
    case .less: return version < low
    case .atLeast, .atLeastReversed: return version >= low
    case .atMost, .atMostReversed: return parts.given < 3 ? version < parts.afterGiven : version <= low
    case .tilde, .tildeGreater: return version >= low && version < parts.afterTilde
    case .caret: return version >= low && version < parts.afterCaret
    }
  }
}

/// What is written of a version: `1.x` has one number.
private struct VersionParts: Sendable {
  let numbers: [Int]
  /// How many of the three numbers are written.
  let given: Int
  let hasWildcard: Bool
  let prerelease: [String]

  init?(_ text: String) {
    guard text.utf8.count <= 256 else { return nil }
    var text = text.drop { $0 == " " }
    while text.last == " " { text = text.dropLast() }
    if text.first == "v" { text = text.dropFirst() }
    let beforeBuild = text.prefix { $0 != "+" }
    let core = beforeBuild.prefix { $0 != "-" }
    let suffix = beforeBuild.dropFirst(core.count)
    var numbers: [Int] = []
    var hasWildcard = false
    for part in core.split(separator: ".", omittingEmptySubsequences: false) {
      if part == "x" || part == "X" || part == "*" {
        hasWildcard = true
      } else {
        guard !hasWildcard, part.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(part) else {
          return nil
        }
        numbers.append(number)
      }
    }
    guard numbers.count <= 3, !core.isEmpty else { return nil }
    var prerelease: [String] = []
    if !suffix.isEmpty {
      for part in suffix.dropFirst().split(separator: ".", omittingEmptySubsequences: false) {
        guard !part.isEmpty, part.utf8.allSatisfy({ Self.isIdentifier($0) }) else { return nil }
        prerelease.append(String(part))
      }
    }
    given = numbers.count
    self.numbers = numbers + Array(repeating: 0, count: 3 - numbers.count)
    self.hasWildcard = hasWildcard
    self.prerelease = prerelease
  }

  var lowest: SemanticVersion { SemanticVersion(numbers[0], numbers[1], numbers[2], prerelease: prerelease) }

  /// The first version that no longer begins with the given numbers.
  var afterGiven: SemanticVersion {
    switch given {
    case 0: SemanticVersion(.max, 0, 0)
    case 1: SemanticVersion(numbers[0] &+ 1, 0, 0)
    case 2: SemanticVersion(numbers[0], numbers[1] &+ 1, 0)
    default: SemanticVersion(numbers[0], numbers[1], numbers[2] &+ 1)
    }
  }

  var afterTilde: SemanticVersion {
    given < 2 ? afterGiven : SemanticVersion(numbers[0], numbers[1] &+ 1, 0)
  }

  var afterCaret: SemanticVersion {
    if numbers[0] > 0 || given < 2 { return given == 0 ? afterGiven : SemanticVersion(numbers[0] &+ 1, 0, 0) }
    if numbers[1] > 0 || given < 3 { return SemanticVersion(0, numbers[1] &+ 1, 0) }
    return SemanticVersion(0, 0, numbers[2] &+ 1)
  }

  private static func isIdentifier(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte | 0x20) || byte == UInt8(ascii: "-")
  }
}
