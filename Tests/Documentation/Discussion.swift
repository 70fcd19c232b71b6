/// The parts of a command's `discussion`, which is written so that it reads well under `--help`:
/// prose, a line `Examples:` with indented command lines below it, and a line `Exit status: 0, 65, 77.`
struct Discussion {
  var prose: [String] = []
  var examples: [String] = []
  /// The statuses that the command can end with; nil where the text does not say.
  var exitStatuses: [Int32]?

  init(_ text: String) {
    var isInExamples = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if line == "Examples:" || line == "Example:" {
        isInExamples = true
      } else if line.hasPrefix("Exit status:") {
        exitStatuses = line.split { !$0.isNumber }.compactMap { Int32($0) }
      } else if isInExamples, line.hasPrefix("  ") {
        examples.append(String(line.dropFirst(2)))
      } else {
        if !line.isEmpty { isInExamples = false }
        prose.append(line)
      }
    }
  }
}
