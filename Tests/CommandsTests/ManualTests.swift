import Core
import SystemPackage
import Testing

@testable import documentation

@Suite struct ManualTests {
  private let pages = Executable.package.appending("man")

  @Test func everyCommandHasAPageAndEveryPageACommand() async throws {
    let root = try await Executable.commands()
    let expected = root.tree.map { $0.path.joined(separator: "-") + ".8" }
    #expect(try Files.names(in: pages) == expected.sorted())
  }

  @Test func pagesAreWellFormed() async throws {
    for name in try Files.names(in: pages) {
      // A page has no date, so that it changes only when its command does.
      let result = try await ChildProcess("mandoc", ["-T", "lint", "-W", "warning", pages.appending(name).string]).run()
      let findings = result.standardOutput.split(separator: "\n").filter { !$0.contains("missing date") }
      #expect(findings.isEmpty, "\(findings.joined(separator: "\n"))")
    }
  }

  @Test func pageOfACommandHasAllItsSections() throws {
    let command = CommandDescription(
      commandName: "grant", superCommands: ["olares-cli", "storage"], shouldDisplay: true,
      abstract: "Give an app its directories",
      discussion: """
        Reads the manifest. A path like a\\b stays.

        .leading dots are text

        Examples:
          olares-cli storage grant jellyfin --owner alice

        Exit status: 0, 77
        """,
      subcommands: nil,
      arguments: [
        .init(
          kind: "positional", shouldDisplay: true, sectionTitle: nil, isOptional: false, isRepeating: false, names: nil,
          preferredName: nil, valueName: "manifest", defaultValue: nil, allValues: nil, abstract: "The manifest",
          discussion: nil),
        .init(
          kind: "option", shouldDisplay: true, sectionTitle: nil, isOptional: true, isRepeating: false,
          names: [.init(kind: "long", name: "output"), .init(kind: "short", name: "o")],
          preferredName: .init(kind: "long", name: "output"), valueName: "format", defaultValue: "table",
          allValues: ["table", "json"], abstract: "How to print the result", discussion: nil),
      ])
    let root = CommandDescription(
      commandName: "olares-cli", superCommands: nil, shouldDisplay: nil, abstract: "Root", discussion: nil,
      subcommands: [command], arguments: nil)
    #expect(
      ManualPage(command: command, root: root, version: "1.2.3").text == #"""
        .TH "OLARES\-CLI\-STORAGE\-GRANT" 8 "" "olares-cli 1.2.3" "Olares data layer"
        .nh
        .ad l
        .SH NAME
        olares\-cli\-storage\-grant \- Give an app its directories
        .SH SYNOPSIS
        \fBolares\-cli storage grant\fR \fImanifest\fR [\fB\-\-output\fR\ \fIformat\fR]
        .SH DESCRIPTION
        Give an app its directories.
        .PP
        Reads the manifest. A path like a\eb stays.
        .PP
        \&.leading dots are text
        .SH ARGUMENTS
        .TP
        \fImanifest\fR
        The manifest.
        .SH OPTIONS
        .TP
        \fB\-o\fR, \fB\-\-output\fR \fIformat\fR
        How to print the result.
        One of table, json.
        Default: table.
        .SH EXIT STATUS
        .TP
        \fB0\fR
        done, or nothing to do
        .TP
        \fB1\fR
        failed
        .TP
        \fB64\fR
        wrong usage
        .TP
        \fB77\fR
        not permitted, or the object belongs to somebody else
        .TP
        \fB130\fR
        stopped by SIGINT
        .TP
        \fB143\fR
        stopped by SIGTERM
        .SH FILES
        .TP
        \fI/etc/olares/cli.yaml\fR
        where the base directory of this machine is
        .TP
        \fI<base\-dir>/config.yaml\fR
        the endpoints, the root and the file system
        .TP
        \fI<base\-dir>/secrets/\fR
        passwords, readable by root only
        .TP
        \fI<base\-dir>/journal/\fR
        what an interrupted run had begun
        .TP
        \fI<base\-dir>/logs/\fR
        one JSON object a line, without secrets
        .SH EXAMPLES
        .EX
        olares\-cli storage grant jellyfin \-\-owner alice
        .EE
        .SH SEE ALSO
        \fBolares\-cli\fR(8)

        """#)
  }
}
