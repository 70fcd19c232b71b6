import SystemPackage

/// The texts of a runit service directory (runsv(8), chpst(8), svlogd(8)).
enum RunitScripts {
  /// `run`: becomes the service.
  static func run(_ service: ServiceDefinition) -> String {
    var lines = ["#!/bin/sh", "# \(service.summary)", "exec 2>&1"]
    if let directory = service.workingDirectory { lines.append("cd \(quoted(directory.string)) || exit 1") }
    if let file = service.environmentFile {
      lines += ["set -a", ". \(quoted(file.string)) || exit 1", "set +a"]
    }
    // The account's own groups only; none of the supervisor's.
    let account = service.account.map { ["chpst", "-u", $0] } ?? []
    lines.append("exec \((account + service.command).map(quoted).joined(separator: " "))")
    return lines.joined(separator: "\n") + "\n"
  }

  /// `control/t`: sends the service's own stop signal in place of SIGTERM; nil where SIGTERM is right.
  static func stop(_ service: ServiceDefinition) -> String? {
    guard service.stopSignal != .terminate else { return nil }
    return """
      #!/bin/sh
      # runsv sends no SIGTERM when this ends with status 0. The shell's own kill: Debian need not have another.
      kill -\(service.stopSignal.rawValue) "$(cat supervise/pid)"

      """
  }

  /// `log/run`: keeps what the service prints.
  static func log(directory: FilePath) -> String {
    """
    #!/bin/sh
    exec svlogd -tt \(quoted(directory.string))

    """
  }

  /// `config` in the log's directory: ten files of a megabyte.
  static let logSettings = "s1000000\nn10\n"

  /// One word of a POSIX shell.
  static func quoted(_ word: String) -> String {
    if !word.isEmpty, word.utf8.allSatisfy({ $0.isPlainInShell }) { return word }
    return "'\(word.replacing("'", with: "'\\''"))'"
  }
}
