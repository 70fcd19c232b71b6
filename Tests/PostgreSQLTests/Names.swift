import Core
import Testing

@testable import PostgreSQL

/// An app of an owner, for tests.
func instance(_ app: String, _ owner: String) throws -> AppInstance {
  AppInstance(app: try AppName(app), owner: try Owner(owner))
}

@Suite struct Names {
  @Test func namesAreThoseOfOlares() throws {
    let immich = try instance("immich", "alice")
    #expect(try RoleName(username: "immich", of: immich).name == "immich_alice_immich")
    #expect(try DatabaseName(database: "immich", of: immich).name == "immich_alice_immich")
    let wiki = try instance("wiki", "al-ice")
    #expect(try RoleName(username: "My-User", of: wiki).name == "my_user_al_ice_wiki")
    #expect(try DatabaseName(database: "businessHistory", of: wiki).name == "wiki_al_ice_businesshistory")
  }

  @Test func longestNameIsTheServersLimit() throws {
    let wiki = try instance("wiki", "alice")
    let longest = String(repeating: "x", count: 63 - "wiki_alice_".utf8.count)
    #expect(try DatabaseName(database: longest, of: wiki).name.utf8.count == 63)
    let problem = #expect(throws: Problem.self) { try DatabaseName(database: longest + "x", of: wiki) }
    #expect(problem?.code == "name-too-long")
    #expect(problem?.exitStatus == .badData)
  }

  @Test(arguments: ["", "a b", "a\"b", "a'b", "a;b", "ä", "a\u{0}b", "$user", "../x", "a.b"])
  func otherCharactersAreRefused(written: String) throws {
    let wiki = try instance("wiki", "alice")
    let role = #expect(throws: Problem.self) { try RoleName(username: written, of: wiki) }
    #expect(role?.exitStatus == .badData)
    let database = #expect(throws: Problem.self) { try DatabaseName(database: written, of: wiki) }
    #expect(database?.exitStatus == .badData)
  }

  @Test func namesOfPostgreSQLItselfAreRefused() throws {
    let wiki = try instance("wiki", "alice")
    #expect(throws: Problem.self) { try RoleName(username: "pg", of: wiki) }
  }

  @Test func extensionsGoByTheirAliases() throws {
    #expect(try ExtensionName("pgvector").name == "vector")
    #expect(try ExtensionName("pgvecto.rs").name == "vectors")
    #expect(try ExtensionName("uuid-ossp").name == "uuid-ossp")
    #expect(throws: Problem.self) { try ExtensionName("x\"; DROP DATABASE postgres") }
    #expect(try ExtensionName("pgvector").debianPackage(forServer: 15) == "postgresql-15-pgvector")
    #expect(try ExtensionName("pg_trgm").debianPackage(forServer: 16) == "postgresql-16")
    #expect(try ExtensionName("vchord").debianPackage(forServer: 15) == nil)
  }

  @Test func quotesEndNowhereInside() {
    #expect(SQLText.identifier("a\"b;--") == "\"a\"\"b;--\"")
    #expect(SQLText.literal("it's") == "'it''s'")
    #expect(SQLText.literal("\\'") == " E'\\\\'''")
    #expect(SQLText.identifier("a\u{0}b") == "\"ab\"")
    // A combining mark makes one Character of both, and it is still a quote.
    #expect(SQLText.identifier("a\"\u{301}b") == "\"a\"\"\u{301}b\"")
  }
}
