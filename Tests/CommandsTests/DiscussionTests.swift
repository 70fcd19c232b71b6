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
      Exit status: 0, 3.
      """)
    #expect(discussion.examples == ["olares-cli a", "olares-cli b --c"])
    #expect(discussion.exitStatuses?.keys.sorted() == [0, 1, 3, 64, 130, 143])
    #expect(discussion.exitStatuses?[0] == "done, or nothing to do")
    #expect(discussion.prose.filter { !$0.isEmpty } == ["First.", "More."])
  }

  @Test func statusesCanHaveAMeaningOfTheirOwn() {
    let discussion = Discussion("Exit status: 0 everything serves, even if late; 69 something is down.")
    #expect(discussion.exitStatuses?[0] == "everything serves, even if late")
    #expect(discussion.exitStatuses?[69] == "something is down")
    #expect(discussion.exitStatuses?[77] == nil)
    #expect(discussion.prose.isEmpty)
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
