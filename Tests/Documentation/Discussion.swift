import Core

/// The parts of a command's `discussion`, which is written so that it reads well under `--help`: prose, a line
/// `Examples:` with indented command lines below it, and a line `Exit status: 0 done; 69 something is down.` or
/// `Exit status: 0, 65, 77`.
struct Discussion {
  var prose: [String] = []
  var examples: [String] = []
  /// What the statuses mean that the command ends with; nil where the text does not say.
  var exitStatuses: [Int32: String]?

  init(_ text: String) {
    var isInExamples = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if line == "Examples:" || line == "Example:" {
        isInExamples = true
      } else if line.hasPrefix(Self.exitStatusLabel) {
        exitStatuses = Self.exitStatuses(in: line.dropFirst(Self.exitStatusLabel.count))
      } else if isInExamples, line.hasPrefix("  ") {
        examples.append(String(line.dropFirst(2)))
      } else {
        if !line.isEmpty { isInExamples = false }
        prose.append(line)
      }
    }
  }

  private static let exitStatusLabel = "Exit status:"

  /// The statuses that are stated, and those that any command can end with.
  private static func exitStatuses(in text: Substring) -> [Int32: String] {
    var meanings: [Int32: String] = [:]
    for status in [.failed, .usage, .interrupted, .terminated] as [ExitStatus] {
      meanings[status.rawValue] = status.meaning
    }
    let items = text.contains(where: \.isLetter) ? text.split(separator: ";") : text.split(separator: ",")
    for item in items {
      let item = item.drop { $0 == " " }
      guard let number = Int32(item.prefix { $0.isNumber }) else { continue }
      var meaning = item.drop { $0.isNumber || $0 == " " }
      while meaning.last == "." || meaning.last == " " { meaning.removeLast() }
      meanings[number] = meaning.isEmpty ? ExitStatus(rawValue: number)?.meaning ?? "" : String(meaning)
    }
    return meanings
  }
}
