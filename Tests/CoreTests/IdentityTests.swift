import Core
import Testing

@Suite struct IdentityTests {
  @Test(arguments: ["a", "alice", "al-ice", "9", String(repeating: "a", count: 63)])
  func ownersAreDNSLabels(name: String) throws {
    #expect(try Owner(name).name == name)
  }

  @Test(arguments: [
    "", "-a", "a-", "Alice", "a.b", "a_b", "a/b", "..", "ünï", "a\n", "a\u{301}", String(repeating: "a", count: 64),
  ])
  func nothingElseIsAnOwner(name: String) {
    let problem = #expect(throws: Problem.self) { try Owner(name) }
    #expect(problem?.code == "bad-owner")
    #expect(problem?.exitStatus == .usage)
  }

  @Test(arguments: ["", "A", "a-b", "a_b", "a b", String(repeating: "a", count: 31), "日本"])
  func appNamesAreLowerCaseLettersAndDigits(name: String) {
    #expect(#expect(throws: Problem.self) { try AppName(name) }?.code == "bad-app-name")
  }

  @Test func namespaceIsAppThenOwner() throws {
    let instance = AppInstance(app: try AppName("wiki"), owner: try Owner("al-ice"))
    #expect(instance.namespace == "wiki-al-ice")
    #expect("\(instance)" == "wiki of al-ice")
  }

  @Test func usualOwnersAreThoseOlaresCreates() throws {
    #expect(try !Owner("alice").isUsualInOlares)
    #expect(try Owner("alice123").isUsualInOlares)
  }

  @Test func shortenedTextIsPrintable() {
    #expect("abc".shortened(to: 3) == "abc")
    #expect("abcd".shortened(to: 3) == "abc…")
    #expect("a\u{1b}[0m\u{9b}".shortened(to: 9) == "a\u{fffd}[0m\u{fffd}")
    #expect("exe.\u{202e}gpj\u{2028}".shortened(to: 9) == "exe.\u{fffd}gpj\u{fffd}")
  }
}
