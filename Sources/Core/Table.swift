/// Rows under headings, aligned for people.
package struct Table: Sendable {
  package struct Column: Sendable, ExpressibleByStringLiteral {
    package let title: String
    package let alignsRight: Bool

    package init(_ title: String, alignsRight: Bool = false) {
      self.title = title
      self.alignsRight = alignsRight
    }

    package init(stringLiteral title: String) { self.init(title) }

    /// A column of numbers.
    package static func number(_ title: String) -> Column { Column(title, alignsRight: true) }
  }

  package var columns: [Column]
  package var rows: [[String]]

  package init(_ columns: [Column], rows: [[String]]) {
    self.columns = columns
    self.rows = rows
  }

  /// The table as text; empty when there are no rows. Where a terminal is too narrow, the widest columns are cut.
  package func rendered(width: Int?, style: TextStyle) -> String {
    guard !rows.isEmpty else { return "" }
    let cells = ([columns.map(\.title)] + rows).map { $0.map { $0.shortened(to: .max) } }
    var widths = columns.indices.map { index in cells.map { $0[index].displayWidth }.max() ?? 0 }
    if let width {
      var excess = widths.reduce(0, +) + Self.gap * (widths.count - 1) - width
      while excess > 0, let widest = widths.indices.max(by: { widths[$0] < widths[$1] }), widths[widest] > 8 {
        widths[widest] -= 1
        excess -= 1
      }
    }
    let lines = cells.map { row in
      var line = ""
      for (index, cell) in row.enumerated() {
        let cell = cell.cut(toWidth: widths[index])
        let padding = String(repeating: " ", count: max(0, widths[index] - cell.displayWidth))
        line += columns[index].alignsRight ? padding + cell : cell + padding
        if index < row.count - 1 { line += String(repeating: " ", count: Self.gap) }
      }
      while line.last == " " { line.removeLast() }
      return line
    }
    return ([style.bold(lines[0])] + lines.dropFirst()).joined(separator: "\n")
  }

  private static let gap = 2
}

extension String {
  /// Columns that a terminal uses for the text: two for East Asian wide characters and emoji (Unicode TR 11), none for
  /// combining marks.
  package var displayWidth: Int { reduce(0) { $0 + $1.displayWidth } }

  fileprivate func cut(toWidth width: Int) -> String {
    guard displayWidth > width else { return self }
    var room = width - 1
    return prefix {
      room -= $0.displayWidth
      return room >= 0
    } + "…"
  }
}

extension Character {
  fileprivate var displayWidth: Int {
    guard let first = unicodeScalars.first, !first.isASCII else { return 1 }
    if first.properties.isEmojiPresentation { return 2 }
    switch first.value {
    case 0x1100...0x115f, 0x2e80...0x303e, 0x3041...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f,
      0xff00...0xff60, 0xffe0...0xffe6, 0x20000...0x3fffd:
      return 2
    default:
      return first.properties.generalCategory == .nonspacingMark ? 0 : 1
    }
  }
}
