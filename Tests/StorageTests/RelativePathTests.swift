import Core
import Storage
import SystemPackage
import Testing

@Suite struct RelativePathTests {
  @Test(arguments: [
    "..", "Home/..", "../Home", "Home/../../etc", ".", "Home/./x", "Home/a\u{0}b", "Home/a\nb", "Home/\u{1b}[2J",
    "Home/\u{85}", "Home/\u{202e}gpj.exe", "Home/a\u{2066}b", "Home/\u{2028}",
    "Home/" + String(repeating: "x", count: 256), String(repeating: "d/", count: 40),
    String(repeating: String(repeating: "x", count: 200) + "/", count: 20),
  ])
  func refusesWhatIsNoPlainPath(_ text: String) {
    let problem = #expect(throws: Problem.self) { try RelativePath(text) }
    #expect(problem?.code == "bad-path")
    #expect(problem?.exitStatus == .badData)
  }

  @Test(arguments: ["Home", "-rf", "--help", "a b", "Ünï/日本", "...", "..a", "e\u{301}", "$(x)", "*", "\\"])
  func takesNamesAsTheyAre(_ text: String) throws {
    #expect(try RelativePath(text).text == text)
  }

  @Test func comparesBytesAndNotUnicodeEquivalence() throws {
    let composed = try RelativePath("Home/\u{e9}")
    let decomposed = try RelativePath("Home/e\u{301}")
    #expect(composed != decomposed)
    #expect(!composed.covers(decomposed))
  }

  @Test func coversOnlyWholeParts() throws {
    let documents = try RelativePath("Home/Doc")
    #expect(try documents.covers(RelativePath("Home/Doc/x")))
    #expect(documents.covers(documents))
    #expect(try !documents.covers(RelativePath("Home/Documents")))
    #expect(try !documents.covers(RelativePath("Home")))
  }
}

@Suite struct UserDataPathTests {
  @Test(arguments: [
    ("Home", "Home"), ("/Home/", "Home"), ("Home  ", "Home"), ("Home/Documents/", "Home/Documents"),
    (" /Home//Calibre ", "Home/Calibre"), ("Home/My Books", "Home/My Books"),
  ])
  func readsTheShapesOfManifests(_ text: String, _ path: String) throws {
    #expect(try UserDataPath(text).description == path)
  }

  @Test(arguments: ["", "/", "Data", "home", "/etc/passwd", "Homes", "External/usb", "-Home", "~/Documents"])
  func refusesWhatIsNotInHome(_ text: String) {
    let problem = #expect(throws: Problem.self) { try UserDataPath(text) }
    #expect(problem?.code == "bad-user-data")
    #expect(problem?.exitStatus == .badData)
  }

  @Test func leavesOutWhatAnotherOneContains() throws {
    let paths = try ["Home/b/c", "Home/a", "Home/b", "Home/a/", "Home/bc"].map { try UserDataPath($0) }
    #expect(UserDataPath.outermost(paths).map(\.description) == ["Home/a", "Home/b", "Home/bc"])
    let all = try paths + [UserDataPath("Home")]
    #expect(UserDataPath.outermost(all).map(\.description) == ["Home"])
  }
}
