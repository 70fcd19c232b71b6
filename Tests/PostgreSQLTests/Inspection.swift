import Core
import Testing

@testable import PostgreSQL

@Suite struct Inspection {
  private func database(age: Int = 0, multixactAge: Int = 0, owner: String? = "o", isOpen: Bool = true) throws
    -> InspectedDatabase
  {
    InspectedDatabase(
      instance: try instance("wiki", "alice"), name: "wiki_alice_main", owner: owner, isOpen: isOpen, age: age,
      multixactAge: multixactAge)
  }

  @Test func halfOfTheTransactionNumbersIsTooMany() throws {
    #expect(try database(age: InspectedDatabase.greatestAge).findings.isEmpty)
    for old in [try database(age: 1_500_000_000), try database(multixactAge: 1_500_000_000)] {
      #expect(old.findings.map(\.kind) == [.wraparound])
      #expect(old.findings.first?.message.contains("69 %") == true)
      #expect(old.findings.first?.remedy.hasSuffix("vacuumdb --freeze --dbname wiki_alice_main") == true)
    }
  }

  @Test func ownerThatIsGoneAndClosedDoorsAreFound() throws {
    #expect(try database(owner: nil).findings.map(\.kind) == [.ownerGone])
    let closed = try database(isOpen: false).findings
    #expect(closed.map(\.kind) == [.unfinished])
    #expect(closed.first?.remedy.contains("--app wiki --owner alice --name main") == true)
  }

  @Test func everyKindSaysWhyItMatters() throws {
    for kind in DatabaseFinding.Kind.allCases {
      #expect(!DatabaseFinding(kind, nil, "m", remedy: "r").reason.isEmpty)
    }
  }
}
