/// Text that goes into a statement where PostgreSQL takes no parameter, such as `CREATE ROLE`.
enum SQLText {
  /// `name` as a quoted identifier (PostgreSQL manual, 4.1.1): no character in it ends the quotes.
  static func identifier(_ name: String) -> String {
    "\"\(doubling("\"", in: name))\""
  }

  /// `value` as a string literal, whatever `standard_conforming_strings` says (4.1.2.2).
  static func literal(_ value: String) -> String {
    let quoted = doubling("'", in: value)
    return value.contains("\\") ? " E'\(doubling("\\", in: quoted))'" : "'\(quoted)'"
  }

  /// A NUL ends the text early for libpq, so it must never get here; it is dropped as a last guard.
  private static func doubling(_ mark: Character, in text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars where scalar.value != 0 {
      result.unicodeScalars.append(scalar)
      if Character(scalar) == mark { result.unicodeScalars.append(scalar) }
    }
    return result
  }
}
