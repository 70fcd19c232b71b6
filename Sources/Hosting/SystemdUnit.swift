import SystemPackage

/// The text of unit files (systemd.service(5)).
enum SystemdUnit {
  static func text(for service: ServiceDefinition, before: [String]) -> String {
    var lines = ["[Unit]", "Description=\(service.summary.escapingSpecifiers)", "After=network.target local-fs.target"]
    if !before.isEmpty { lines.append("Before=\(before.joined(separator: " "))") }
    if service.kind == .daemon { lines.append("StartLimitIntervalSec=0") }
    lines += ["", "[Service]"]
    switch service.kind {
    case .daemon:
      lines += ["Type=exec", "Restart=always", "RestartSec=1", "LimitNOFILE=65536", "TimeoutStopSec=120"]
      lines += ["KillMode=mixed", "KillSignal=SIG\(service.stopSignal.rawValue)", "OOMScoreAdjust=-500"]
    case .once:
      lines += ["Type=oneshot", "RemainAfterExit=yes"]
    }
    if let account = service.account { lines.append("User=\(account)") }
    if let file = service.environmentFile { lines.append("EnvironmentFile=\(file.string.escapingSpecifiers)") }
    if let directory = service.workingDirectory {
      lines.append("WorkingDirectory=\(directory.string.escapingSpecifiers)")
    }
    lines.append("ExecStart=\(service.command.map(quoted).joined(separator: " "))")
    lines += ["", "[Install]", "WantedBy=multi-user.target", ""]
    return lines.joined(separator: "\n")
  }

  /// One word of a command line, as systemd.service(5), "Command lines", wants it.
  static func quoted(_ word: String) -> String {
    let escaped = word.escapingSpecifiers.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
      .replacing("$", with: "$$").replacing("\n", with: "\\n")
    let isPlain = !word.isEmpty && word.utf8.allSatisfy { $0.isPlainInShell }
    return isPlain ? escaped : "\"\(escaped)\""
  }
}

extension String {
  /// `%` starts a specifier in most settings.
  fileprivate var escapingSpecifiers: String { replacing("%", with: "%%") }
}

extension UInt8 {
  /// Whether the character means only itself, in a shell and in a unit file.
  var isPlainInShell: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "-_./:=,+@".utf8.contains(self)
    }
  }
}
