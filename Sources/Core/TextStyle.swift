/// How text is set off on a terminal: with ANSI colours, or not at all.
package struct TextStyle: Sendable {
  package static let plain = TextStyle(colored: false)
  package static let colored = TextStyle(colored: true)

  private let colored: Bool

  package func error(_ text: String) -> String { wrapped(text, "1;31") }
  package func warning(_ text: String) -> String { wrapped(text, "1;33") }
  package func success(_ text: String) -> String { wrapped(text, "32") }
  package func hint(_ text: String) -> String { wrapped(text, "36") }
  package func dim(_ text: String) -> String { wrapped(text, "2") }
  package func bold(_ text: String) -> String { wrapped(text, "1") }

  private func wrapped(_ text: String, _ code: String) -> String {
    colored ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text
  }
}
