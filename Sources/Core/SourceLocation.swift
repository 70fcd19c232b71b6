/// A place in a text file that a person wrote, with enough of the line to show it.
package struct SourceLocation: Sendable, Hashable, CustomStringConvertible {
  package var file: String
  /// Counted from 1.
  package var line: Int
  /// Counted from 1, in characters.
  package var column: Int
  /// The whole line, without its line end; nil when it is not known.
  package var lineText: String?
  /// How many characters to underline.
  package var length: Int

  package init(file: String, line: Int, column: Int, lineText: String? = nil, length: Int = 1) {
    self.file = file
    self.line = line
    self.column = column
    self.lineText = lineText
    self.length = length
  }

  package var description: String { "\(file):\(line):\(column)" }

  /// The line with a marker under the place, as compilers print it; empty when the line is not known.
  package func excerpt(with style: TextStyle) -> [String] {
    guard let lineText else { return [] }
    // Long lines are cut around the column, and control characters must not reach the terminal.
    let characters = Array(lineText)
    let place = min(max(column, 1) - 1, characters.count)
    let start = max(0, place - 60)
    let shown = characters[start..<min(characters.count, start + 100)].map { $0.isPrintable ? $0 : " " }
    let before = shown.prefix(place - start)
    let marked = shown.dropFirst(before.count).prefix(max(1, length))
    let number = String(line)
    let gutter = String(repeating: " ", count: max(5, number.count))
    return [
      "\(String(repeating: " ", count: gutter.count - number.count))\(number) \(style.dim("|")) \(String(shown))",
      "\(gutter) \(style.dim("|")) "
        + String(repeating: " ", count: String(before).displayWidth)
        + style.error(String(repeating: "^", count: max(1, String(marked).displayWidth))),
    ]
  }
}

extension Character {
  /// Whether a terminal shows this character and does nothing else with it.
  package var isPrintable: Bool {
    unicodeScalars.allSatisfy { scalar in
      switch scalar.value {
      case 0..<0x20, 0x7f..<0xa0: false
      // Line ends of Unicode's, and what makes text read in another order than it is written (UAX #9).
      case 0x2028...0x202e, 0x2066...0x2069: false
      default: true
      }
    }
  }
}
