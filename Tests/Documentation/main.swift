// Writes the manual pages and the completions of an executable: documentation EXECUTABLE DIRECTORY
// into DIRECTORY/man and DIRECTORY/completions, which exist.

import Core
import FoundationEssentials
import Glibc
import SystemPackage

func generate(from executable: FilePath, into directory: FilePath) async throws {
  func output(of arguments: String...) async throws -> String {
    try await ChildProcess(executable.string, arguments).check().standardOutput
  }
  let readable: FilePermissions = [.ownerReadWrite, .groupRead, .otherRead]

  let dump = try await output(of: "--experimental-dump-help")
  let root = try JSONDecoder().decode(CommandDescription.Dump.self, from: Data(dump.utf8)).command
  let version = String(try await output(of: "--version").prefix { $0 != "\n" })
  for command in root.tree {
    let page = ManualPage(command: command, root: root, version: version)
    try AtomicFile.write(page.text, to: directory.appending("man").appending(page.fileName), mode: readable)
  }

  for (shell, file) in [("bash", "olares-cli.bash"), ("zsh", "_olares-cli"), ("fish", "olares-cli.fish")] {
    let script = try await output(of: "--generate-completion-script", shell)
    try AtomicFile.write(script, to: directory.appending("completions").appending(file), mode: readable)
  }
}

guard CommandLine.arguments.count == 3, CommandLine.arguments[1].hasPrefix("/") else {
  FileDescriptor.standardError.report("usage: documentation /PATH/TO/EXECUTABLE DIRECTORY")
  exit(ExitStatus.usage.rawValue)
}
do {
  try await generate(from: FilePath(CommandLine.arguments[1]), into: FilePath(CommandLine.arguments[2]))
} catch {
  FileDescriptor.standardError.report(Problem(error).description)
  exit(Problem(error).exitStatus.rawValue)
}

extension FileDescriptor {
  fileprivate func report(_ text: String) { _ = try? writeAll((text + "\n").utf8) }
}
