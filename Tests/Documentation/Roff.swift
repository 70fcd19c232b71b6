/// A manual page in the making, in the man(7) macros.
struct Roff {
  private(set) var lines: [String] = []

  init(title: String, section: Int, source: String, manual: String) {
    // No date: the page must not change when nothing else does.
    lines.append(#".TH "\#(Self.escaped(title))" \#(section) "" "\#(source)" "\#(manual)""#)
    // No hyphenation and no stretched blanks, which would break command lines.
    lines += [".nh", ".ad l"]
  }

  var text: String { lines.joined(separator: "\n") + "\n" }

  mutating func section(_ title: String) { lines.append(".SH \(title)") }
  mutating func subsection(_ title: String) { lines.append(".SS \(Self.escaped(title))") }
  mutating func paragraph() { if lines.last?.hasPrefix(".S") == false { lines.append(".PP") } }

  /// A line whose parts bring their own escapes.
  mutating func raw(_ line: String) { lines.append(line) }

  mutating func line(_ text: String) { lines.append(Self.protected(Self.escaped(text))) }

  /// A term and what it means.
  mutating func item(_ term: String, _ meaning: String) {
    lines += [".TP", Self.protected(term)]
    for part in meaning.split(separator: "\n", omittingEmptySubsequences: true) { line(String(part)) }
  }

  /// Lines shown as they are.
  mutating func example(_ examples: [String]) {
    lines.append(".EX")
    for example in examples { lines.append(Self.protected(Self.escaped(example))) }
    lines.append(".EE")
  }

  /// Prose: paragraphs between blank lines; indented lines are shown as they are.
  mutating func prose(_ text: [String]) {
    var verbatim: [String] = []
    var isNewParagraph = true
    for line in text + [""] {
      if line.hasPrefix("  ") {
        verbatim.append(line)
        continue
      }
      if !verbatim.isEmpty {
        example(verbatim)
        verbatim = []
        isNewParagraph = true
      }
      if line.isEmpty {
        isNewParagraph = true
      } else {
        if isNewParagraph { paragraph() }
        isNewParagraph = false
        self.line(line)
      }
    }
  }

  static func bold(_ text: String) -> String { #"\fB\#(escaped(text))\fR"# }
  static func italic(_ text: String) -> String { #"\fI\#(escaped(text))\fR"# }

  /// Text whose characters all come out as they are, so that command lines can be copied from the page.
  static func escaped(_ text: String) -> String {
    text.reduce(into: "") { result, character in
      switch character {
      case "\\": result += #"\e"#
      case "-": result += #"\-"#
      case "^": result += #"\(ha"#
      case "~": result += #"\(ti"#
      case "`": result += #"\(ga"#
      case "'": result += #"\(aq"#
      case "\"": result += #"\(dq"#
      default: result.append(character)
      }
    }
  }

  /// A line that starts with a control character is text all the same.
  private static func protected(_ line: String) -> String { line.hasPrefix(".") ? #"\&"# + line : line }
}
