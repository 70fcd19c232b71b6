import Core
import YAML

/// From 0.12.0 on a manifest is no template: `{{` and `}}` may only stand inside quoted or block text.
enum LiteralCheck {
  static func check(_ node: Node) throws(Problem) {
    switch node.content {
    case .scalar(let scalar):
      if scalar.style == .plain, containsBraces(scalar.text) { throw problem(at: node.location) }
    case .sequence(let nodes):
      for node in nodes { try check(node) }
    case .mapping(let mapping):
      for entry in mapping.entries {
        try check(entry.key)
        try check(entry.value)
      }
    }
  }

  /// What `{{` does to YAML is hard to recognise in the parser's own message.
  static func explaining(_ error: Problem) -> Problem {
    guard var location = error.location, let line = location.lineText, containsBraces(line) else { return error }
    let characters = Array(line)
    let braces = characters.indices.dropLast().first { index in
      characters[index] == characters[index + 1] && (characters[index] == "{" || characters[index] == "}")
    }
    if let braces { (location.column, location.length) = (braces + 1, 2) }
    return problem(at: location)
  }

  private static func containsBraces(_ text: String) -> Bool {
    let bytes = text.utf8
    return zip(bytes, bytes.dropFirst()).contains {
      $0 == $1 && ($0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "}"))
    }
  }

  private static func problem(at location: SourceLocation) -> Problem {
    Problem(
      "bad-manifest", .badData, "{{ and }} outside quotes: manifests from 0.12.0 on are not templates", at: location,
      hint: "write the value itself, put it in quotes, or set olaresManifest.version below 0.12.0")
  }
}
