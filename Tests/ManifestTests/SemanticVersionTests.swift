import Testing

@testable import Manifest

@Suite struct SemanticVersionTests {
  @Test func orderIsThatOfSemver() throws {
    let ordered = [
      "0.9", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11",
      "1.0.0-rc.1", "1", "v1.0.1", "1.2", "1.10.0+build",
    ].compactMap { SemanticVersion($0) }
    #expect(ordered.count == 12)
    #expect(ordered.sorted() == ordered)
  }

  @Test(arguments: ["", "a", "1.2.3.4", "1..2", "1.2.3-", "1.x", "-1", "1.2.3-a..b", "1.2.3-ä", " "])
  func othersAreNoVersions(text: String) { #expect(SemanticVersion(text) == nil) }

  @Test(arguments: [
    (">=1.0.0", "1.0.0", true), (">=1.0.0", "1.0.1-rc.1", false), (">=1.0.0-0", "1.0.1-rc.1", true),
    (">1", "1.5.0", false), (">1", "2.0.0", true), ("<=1", "1.9.9", true), ("<=1", "2.0.0", false),
    ("1.x", "1.9.0", true), ("1.2", "1.2.9", true), ("1.2", "1.3.0", false), ("*", "7.0.0", true),
    ("^1.2.3", "1.9.0", true), ("^1.2.3", "2.0.0", false), ("^0.2.3", "0.2.9", true), ("^0.2.3", "0.3.0", false),
    ("^0.0.3", "0.0.4", false), ("~1.2.3", "1.2.9", true), ("~1.2.3", "1.3.0", false), ("~1", "1.9.0", true),
    ("1.0 - 2.0.0", "2.0.0", true), ("1.0 - 2.0.0", "2.0.1", false), (">=1, <2", "1.5.0", true),
    (">=1 <2", "2.0.0", false), ("<1 || >2.0.0", "3.0.0", true), ("!=1.2.3", "1.2.4", true),
    ("!=1.2.3", "1.2.3", false),
    ("=1.2.3", "1.2.3", true), ("~>1.2", "1.2.5", true),
  ])
  func rangesAreThoseOfMasterminds(range: String, version: String, expected: Bool) throws {
    let version = try #require(SemanticVersion(version))
    #expect(try #require(VersionRange(range)).contains(version) == expected)
  }

  @Test(arguments: ["", ">=", "a", ">=1.0.0 ||", "1.2.3.4", ">>1"])
  func othersAreNoRanges(text: String) { #expect(VersionRange(text) == nil) }
}
