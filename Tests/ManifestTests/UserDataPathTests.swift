import Testing

@testable import Manifest

@Suite struct UserDataPathTests {
  @Test(arguments: [
    ("Home", "Home"), ("/Home/", "Home"), ("Home  ", "Home"), ("Home/Documents/", "Home/Documents"),
    ("Home//a/./b", "Home/a/b"), (" Home/My Files ", "Home/My Files"), ("Home/..a", "Home/..a"), ("Home/日本", "Home/日本"),
  ])
  func readsTheSpellingsOfRealManifests(text: String, expected: String) throws {
    #expect(try UserDataPath(text).description == expected)
  }

  @Test(arguments: [
    "", "/", "Documents", "/etc", "Home/..", "Home/../../etc", "../Home", "home", "Homestead", "Home/a\u{0}b",
    "Home/\n",
    "Data", "Home/" + String(repeating: "a", count: 256),
  ])
  func refusesWhatIsNotBelowHome(text: String) {
    #expect(throws: UserDataPath.Invalid.self) { try UserDataPath(text) }
  }
}
