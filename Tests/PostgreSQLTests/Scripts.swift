import Core
import Testing

@testable import PostgreSQL

@Suite struct Scripts {
  private func texts(_ scripts: String...) throws -> [String] {
    let wiki = try instance("wiki", "alice")
    let script = try SQLScript(
      scripts, database: DatabaseName(database: "db", of: wiki), role: RoleName(username: "u", of: wiki))
    return script.statements.map(\.text)
  }

  @Test func statementsEndAtSemicolonsAndAtTheEndOfEachScript() throws {
    #expect(
      try texts("SELECT 1; SELECT 2", "SELECT 3;", ";;", "  ", "-- nothing") == ["SELECT 1", "SELECT 2", "SELECT 3"])
  }

  @Test(arguments: [
    "SELECT ';'", "SELECT 'it''s; fine'", "SELECT E'a\\'; b'", "SELECT \"a;b\"", "SELECT $$a;b$$",
    "SELECT $x$ $$ ; $$ $x$", "SELECT 1 /* ; /* ; */ ; */ + 1", "SELECT 1 -- ;\n + 1",
    "CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 END; END",
  ])
  func semicolonsInsideAreKept(statement: String) throws {
    #expect(try texts(statement + "; SELECT 2") == [statement, "SELECT 2"])
  }

  @Test func placeholdersBecomeQuotedNames() throws {
    #expect(
      try texts(
        "ALTER DATABASE $databasename SET search_path TO \"$user\", public; ALTER EXTENSION vector OWNER TO $dbusername"
      )
        == [
          "ALTER DATABASE \"wiki_alice_db\" SET search_path TO \"$user\", public",
          "ALTER EXTENSION vector OWNER TO \"u_alice_wiki\"",
        ])
    #expect(try texts("SELECT '$dbusername', \"$databasename\"") == ["SELECT 'u_alice_wiki', \"wiki_alice_db\""])
    #expect(try texts("DO $$ GRANT x TO $dbusername $$") == ["DO $$ GRANT x TO \"u_alice_wiki\" $$"])
    #expect(try texts("SELECT $dbusernames, $1") == ["SELECT $dbusernames, $1"])
    #expect(try texts("SELECT $dbusername$;$dbusername$") == ["SELECT $dbusername$;$dbusername$"])
  }

  @Test(arguments: ["SELECT 'a", "SELECT \"a", "SELECT $$a", "SELECT $a$ $$", "/* /* */"])
  func endlessQuotesAreRefused(script: String) {
    let problem = #expect(throws: Problem.self) { try texts(script) }
    #expect(problem?.code == "bad-script")
  }

  @Test func kindsOfStatements() throws {
    let wiki = try instance("wiki", "alice")
    let statements = try SQLScript(
      [
        "BEGIN;", "/* x */ start transaction;", "ALTER EXTENSION vector OWNER TO $dbusername;", "rollback;",
        "ALTER EXTENSION vector UPDATE;", "PREPARE TRANSACTION 'x';", "COMMIT;",
      ], database: DatabaseName(database: "db", of: wiki), role: RoleName(username: "u", of: wiki)
    ).statements
    #expect(statements.map(\.beginsOrEndsTransaction) == [true, true, false, false, false, false, true])
    #expect(statements.map(\.breaksTransaction) == [false, false, false, true, false, true, false])
    #expect(statements.map(\.isUnknownToPostgreSQL) == [false, false, true, false, false, false, false])
  }

  @Test(arguments: [
    ("GRANT pg_read_all_data TO $dbusername WITH ADMIN OPTION", true), ("ALTER ROLE $dbusername CREATEROLE", true),
    ("alter user postgres with superuser", true), ("/* x */ create role r", true), ("DROP USER IF EXISTS r", true),
    ("CREATE EVENT TRIGGER t ON ddl_command_end EXECUTE FUNCTION f()", true),
    ("CREATE FOREIGN DATA WRAPPER w", true), ("GRANT SELECT ON t TO r", false), ("GRANT $dbusername TO r", false),
    ("GRANT \"$dbusername\" TO r", false), ("GRANT SELECT (a, b, c, d), INSERT, UPDATE, DELETE ON t TO r", false),
    ("ALTER ROLE $dbusername SET search_path TO x", false), ("ALTER ROLE $dbusername PASSWORD 'SUPERUSER'", false),
    ("CREATE USER MAPPING FOR $dbusername SERVER s", false), ("CREATE FOREIGN TABLE t () SERVER s", false),
    ("CREATE TABLE role (x int)", false), ("DO $$ BEGIN CREATE ROLE r; END $$", false),
  ])
  func whatOnlyAnAdministratorMayRun(script: String, isRefused: Bool) throws {
    let wiki = try instance("wiki", "alice")
    let role = try RoleName(username: "u", of: wiki)
    let statements = try SQLScript([script], database: DatabaseName(database: "db", of: wiki), role: role).statements
    #expect(statements.map { $0.needsAdministrator(asRunBy: role) } == [isRefused])
  }
}
