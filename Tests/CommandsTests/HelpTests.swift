import Core
import SystemPackage
import TestServers
import Testing

@testable import documentation

@Suite struct HelpTests {
  @Test func everyCommandSaysWhatItDoesAndShowsHow() async throws {
    for command in try await Executable.commands().tree {
      let name = command.path.joined(separator: " ")
      let abstract = try #require(command.abstract, "\(name) has no abstract")
      #expect(!abstract.hasSuffix("."), "\(name): \(abstract)")
      #expect(!abstract.contains("\n"), "\(name): an abstract is one line")
      let discussion = Discussion(command.discussion ?? "")
      if command.visibleSubcommands.isEmpty {
        #expect(!discussion.examples.isEmpty, "\(name) has no example")
      }
      for example in discussion.examples {
        #expect(example.hasPrefix(command.path[0]), "\(name): \(example)")
      }
      for status in discussion.exitStatuses?.keys.sorted() ?? [] {
        #expect(Core.ExitStatus(rawValue: status) != nil, "\(name): \(status) is no exit status of ours")
      }
    }
  }

  @Test func everyArgumentIsExplained() async throws {
    for command in try await Executable.commands().tree {
      for argument in command.visibleArguments {
        let name = argument.preferredName?.typed ?? argument.valueName ?? "?"
        // ArgumentParser's own.
        if ["--help", "--version"].contains(name) { continue }
        #expect(argument.abstract?.isEmpty == false, "\(command.path.joined(separator: " ")) \(name)")
        #expect(argument.abstract?.hasSuffix(".") != true, "\(command.path.joined(separator: " ")) \(name)")
      }
    }
  }

  @Test func helpOfEveryCommandIsAResult() async throws {
    for command in try await Executable.commands().tree {
      let words = command.path.dropFirst() + ["--help"]
      let result = try await ChildProcess(BuiltExecutable.path.string, Array(words)).run()
      #expect(result.status == 0)
      #expect(result.standardError.isEmpty)
      #expect(result.standardOutput.contains("USAGE: \(command.path.joined(separator: " "))"))
    }
  }

  @Test func versionIsOneLine() async throws {
    let result = try await Executable.run("--version")
    #expect(result.standardOutput.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
  }

  @Test(arguments: ["stroage", "Status", "--no-such-flag"])
  func mistypedWordsAreWrongUsage(word: String) async throws {
    let result = try await Executable.run(word)
    #expect(result.status == Core.ExitStatus.usage.rawValue)
    #expect(result.standardOutput.isEmpty)
    #expect(result.standardError.hasPrefix("error: "))
    #expect(result.standardError.contains(word))
  }

  @Test func mistypedCommandIsGuessed() async throws {
    let result = try await Executable.run("stroage")
    #expect(
      result.standardError == """
        error: unknown command "stroage". Did you mean "storage"?
          hint: olares-cli --help lists the commands

        """)
  }

  @Test func readmeHasEveryExitStatus() throws {
    let readme = try #require(try Files.readTextIfPresent(Executable.package.appending("README.md")))
    for status in Core.ExitStatus.allCases where status.rawValue < 128 {
      #expect(readme.contains("\n| \(status.rawValue) | \(status.meaning) |\n"))
    }
    #expect(readme.contains("\n| 130, 143 |"))
  }
}
