import Testing

@testable import documentation

@Suite struct DiscussionTests {
  @Test func examplesAndStatusesAreTakenOutOfTheProse() {
    let discussion = Discussion(
      """
      First.

      Examples:
        olares-cli a
        olares-cli b --c

      More.
      Exit status: 0, 3, 77.
      """)
    #expect(discussion.examples == ["olares-cli a", "olares-cli b --c"])
    #expect(discussion.exitStatuses == [0, 3, 77])
    #expect(discussion.prose.filter { !$0.isEmpty } == ["First.", "More."])
  }

  @Test func textWithoutThemIsProse() {
    let discussion = Discussion("One.\n  indented")
    #expect(discussion.prose == ["One.", "  indented"])
    #expect(discussion.examples.isEmpty)
    #expect(discussion.exitStatuses == nil)
  }

  @Test func indentedLinesAreShownAsTheyAre() {
    var roff = Roff(title: "T", section: 8, source: "s", manual: "m")
    roff.section("DESCRIPTION")
    roff.prose(["Before:", "  .dotted --flag", "  'quoted'", "", "After."])
    #expect(
      roff.lines.dropFirst(3) == [
        ".SH DESCRIPTION", "Before:", ".EX", #"  .dotted \-\-flag"#, #"  \(aqquoted\(aq"#, ".EE", ".PP", "After.",
      ])
  }
}
