import Core
import SystemPackage
import TestServers
import Testing

@Suite struct CompletionTests {
  private let directory = Executable.package.appending("completions")

  @Test(arguments: [("bash", "olares-cli.bash"), ("zsh", "_olares-cli"), ("fish", "olares-cli.fish")])
  func scriptIsValidAndUpToDate(shell: String, file: String) async throws {
    let path = directory.appending(file)
    try await ChildProcess(shell, ["-n", path.string]).check()
    let generated = try await Executable.run("--generate-completion-script", shell).standardOutput
    #expect(try Files.readTextIfPresent(path) == generated)
  }

  @Test func bashOffersCommandsAndFlags() async throws {
    #expect(try await bashOffers("olares-cli", "sto") == ["storage"])
    #expect(try await bashOffers("olares-cli", "storage", "gr") == ["grant"])
    #expect(try await bashOffers("olares-cli", "status", "--outp") == ["--output"])
    #expect(try await bashOffers("olares-cli", "status", "--output", "js") == ["json"])
  }

  @Test func fishOffersCommands() async throws {
    let script = "source \(directory.appending("olares-cli.fish").string); complete --do-complete 'olares-cli sto'"
    let offered = try await ChildProcess("fish", ["--no-config", "-c", script], environment: searchPath()).check()
    #expect(offered.standardOutput.hasPrefix("storage"))
  }

  /// What bash offers to complete the last word with.
  private func bashOffers(_ words: String...) async throws -> [String] {
    let script = """
      source "$1"; shift
      COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}; COMP_TYPE=9; COMP_KEY=9
      function=$(complete -p olares-cli | sed 's/.*-F \\([^ ]*\\).*/\\1/')
      "$function" olares-cli "${COMP_WORDS[-1]}" "${COMP_WORDS[-2]}"
      printf '%s\\n' "${COMPREPLY[@]}"
      """
    let file = directory.appending("olares-cli.bash").string
    let result = try await ChildProcess("bash", ["-c", script, "bash", file] + words, environment: searchPath()).check()
    return result.standardOutput.split { $0 == "\n" || $0 == " " }.map(String.init)
  }

  /// The scripts call the executable by its name.
  private func searchPath() throws -> [String: String] {
    ["PATH": "\(try BuiltExecutable.path.removingLastComponent()):\(ChildProcess.searchPath)"]
  }
}
