import Core
import PostgreSQL
import TestServers
import Testing

@Suite(.enabled(if: PostgreSQLServer.skipReason == nil, "\(PostgreSQLServer.skipReason ?? "")"))
struct PostgreSQLIsolation {
  @Test(arguments: [("iso", "eve", "iso", "mallory"), ("isoa", "eve", "isob", "eve")])
  func neitherOwnersNorAppsReachEachOther(_ apps: (String, String, String, String)) async throws {
    let victim = try await TestTenant(app: apps.0, owner: apps.1)
    let other = try await TestTenant(app: apps.2, owner: apps.3)
    _ = try await victim.admin.secure()
    try await victim.provision()
    try await other.provision()
    let victims = try await victim.login()
    _ = try await victims.query("CREATE TABLE secrets (text text)")
    let refused = try await problem { _ = try await other.login(database: victim.database.name) }
    #expect(refused.code == "postgres-not-permitted")
    let session = try await other.login()
    let attacks = [
      "SET ROLE \(victim.role.name)", "SET SESSION AUTHORIZATION \(victim.role.name)", "SET ROLE postgres",
      "GRANT \(victim.role.name) TO \(other.role.name)", "ALTER ROLE \(victim.role.name) PASSWORD 'x'",
      "ALTER ROLE \(other.role.name) SUPERUSER", "ALTER ROLE \(other.role.name) CREATEROLE",
      "ALTER ROLE \(other.role.name) CONNECTION LIMIT 1000", "COMMENT ON ROLE \(other.role.name) IS '{}'",
      "ALTER DATABASE \(victim.database.name) RENAME TO mine", "DROP DATABASE \(victim.database.name)",
      "CREATE DATABASE more", "CREATE ROLE more", "DROP ROLE \(victim.role.name)",
      "COPY (SELECT 1) TO '/tmp/olares-attack'", "COPY pg_class FROM '/etc/passwd'", "COPY pg_class FROM PROGRAM 'id'",
      "SELECT pg_read_file('/etc/passwd')", "SELECT pg_ls_dir('/')", "SELECT lo_import('/etc/passwd')",
      "SELECT rolpassword FROM pg_authid", "SELECT passwd FROM pg_shadow", "SELECT * FROM pg_hba_file_rules",
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '\(victim.role.name)'",
      "CREATE EXTENSION file_fdw", "CREATE EXTENSION adminpack", "CREATE LANGUAGE plpython3u",
      "ALTER SYSTEM SET port TO 1",
      "CREATE FUNCTION x() RETURNS void AS 'libc', 'system' LANGUAGE c",
      "ALTER ROLE postgres IN DATABASE \(other.database.name) SET search_path TO public",
      "ALTER DATABASE \(other.database.name) SET session_preload_libraries TO 'x'",
    ]
    for attack in attacks {
      await #expect(throws: Problem.self, "\(attack)") { try await session.query(attack) }
    }
    // The texts of other roles' statements are hidden.
    let texts = try await session.query("SELECT DISTINCT query FROM pg_stat_activity WHERE usename <> current_user")
    #expect(texts == [["<insufficient privilege>"]])
  }

  @Test func serversOwnDatabasesAreClosed() async throws {
    let tenant = try await TestTenant(app: "closed", owner: "eve")
    try await tenant.provision()
    _ = try await tenant.admin.secure()
    #expect(try await tenant.admin.secure().outcome == .unchanged)
    for name in ["postgres", "template1"] {
      await #expect(throws: (any Error).self) {
        try await ChildProcess(
          "psql",
          [
            "-X", "-h", "127.0.0.1", "-p", "\(tenant.server.endpoint.port)", "-U", tenant.role.name.name, "-c",
            "SELECT 1", name,
          ], environment: ["PGPASSWORD": tenant.password.reveal()]
        ).check()
      }
    }
  }

  /// A tenant that owns its database plants traps for whoever comes in with more rights; then the administrator comes.
  @Test func trapsInADatabaseGainNothing() async throws {
    let tenant = try await TestTenant(app: "traps", owner: "eve")
    try await tenant.provision()
    let session = try await tenant.login()
    let name = tenant.database.name.name
    for trap in [
      "CREATE TABLE log (who text, super text)", "GRANT ALL ON log TO PUBLIC",
      """
      CREATE FUNCTION trap() RETURNS text LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO public.log VALUES (current_user, current_setting('is_superuser'));
        ALTER ROLE \(tenant.role.name) SUPERUSER;
        RETURN 'sprung';
      EXCEPTION WHEN insufficient_privilege THEN RETURN NULL; END $$
      """,
      "CREATE SCHEMA trap",
      "CREATE VIEW trap.pg_extension AS SELECT trap(), 'x'::text AS extname, '1'::text AS extversion",
      "CREATE VIEW public.pg_extension AS SELECT trap(), 'x'::text AS extname, '1'::text AS extversion",
      "CREATE FUNCTION public.lower(text) RETURNS text LANGUAGE sql AS 'SELECT trap()'",
      "CREATE OPERATOR public.= (LEFTARG = name, RIGHTARG = text, FUNCTION = starts_with)",
      "CREATE TABLE checked (a int CHECK (trap() IS NULL), b text DEFAULT trap())",
      "ALTER DATABASE \(name) SET search_path TO trap, public, pg_catalog",
      "ALTER DATABASE \(name) SET default_transaction_read_only TO on",
      "ALTER DATABASE \(name) SET statement_timeout TO 1",
      "ALTER DATABASE \(name) SET role TO '\(tenant.role.name)'",
      "ALTER ROLE \(tenant.role.name) SET search_path TO trap",
      "COMMENT ON DATABASE \(name) IS '{\"app\":\"x\",\"owner\":\"y\"}'",
    ] {
      do { _ = try await session.query(trap) } catch let refused as Problem where trap.contains("OPERATOR") {
        // The function's types do not fit on every version; the trap is optional.
        #expect(refused.code == "postgres-error")
      }
    }
    var request = tenant.database
    request.extensions = [try ExtensionName("hstore"), try ExtensionName("earthdistance")]
    let outcome = try await tenant.admin.provision(
      request, role: tenant.role, password: tenant.password, policy: ProvisioningPolicy())
    #expect(outcome.outcome == .changed)
    _ = try await tenant.admin.extensions(of: request.name)
    _ = try await tenant.admin.databases()
    #expect(try await session.query("SELECT * FROM public.log WHERE super = 'on' OR who = 'postgres'").isEmpty)
    #expect(
      try await session.query("SELECT rolsuper, rolcreaterole FROM pg_roles WHERE rolname = current_user")
        == [["f", "f"]])
  }

  @Test func hostileScriptsRunAsTheTenant() async throws {
    for script in [
      "ALTER ROLE $dbusername SUPERUSER", "GRANT pg_read_all_data TO $dbusername WITH ADMIN OPTION",
      "ALTER ROLE $dbusername CREATEROLE", "COPY (SELECT 1) TO PROGRAM 'id'", "SET ROLE postgres",
      "RESET SESSION AUTHORIZATION; ALTER ROLE postgres PASSWORD 'x'",
    ] {
      let tenant = try await TestTenant(app: "hostile", owner: "eve", scripts: ["CREATE TABLE t (id int);", script])
      let refused = try await problem { try await tenant.provision() }
      #expect(refused.code == "script-needs-superuser", "\(script): \(refused)")
      #expect(refused.exitStatus == .notPermitted)
      _ = try await tenant.admin.drop(tenant.database.name, role: tenant.role)
      _ = try await tenant.admin.drop(tenant.role.name, of: tenant.role.instance)
    }
  }

  @Test(arguments: ["ROLLBACK", "SAVEPOINT x", "COPY pg_class FROM STDIN", "SELECT 1; SELEKT 2", "SELECT 'open"])
  func brokenScriptsLeaveNothingBehind(script: String) async throws {
    let tenant = try await TestTenant(
      app: "broken\(script.utf8.count)", owner: "eve", scripts: ["CREATE TABLE half (id int)", script])
    await #expect(throws: Problem.self) { try await tenant.provision() }
    #expect(try await tenant.login().query("SELECT FROM pg_tables WHERE tablename = 'half'").isEmpty)
  }

  @Test func scriptsOfRealManifests() async throws {
    let immich = try await TestTenant(
      app: "immich", owner: "alice",
      scripts: ["BEGIN;", "ALTER EXTENSION vector OWNER TO $dbusername;", "COMMIT;"])
    #expect(try await immich.provision().1.warnings.count == 1)
    let lobe = try await TestTenant(
      app: "lobechat", owner: "alice",
      scripts: ["BEGIN;", "ALTER DATABASE $databasename SET search_path TO \"$user\", public, vectors;", "COMMIT;"])
    try await lobe.provision()
    #expect(try await lobe.login().query("SHOW search_path") == [["\"$user\", public, vectors"]])
    #expect(
      try await lobe.admin.databases(of: lobe.role.instance).first?.settings
        == ["search_path=\"$user\", public, vectors"])
    let scripts = [
      "BEGIN;", "GRANT pg_read_all_data TO $dbusername WITH ADMIN OPTION;", "CREATE TABLE mine (id int);", "COMMIT;",
    ]
    let teable = try await TestTenant(app: "teable", owner: "alice", scripts: scripts)
    #expect(try await problem { try await teable.provision() }.code == "script-needs-superuser")
    var policy = ProvisioningPolicy()
    policy.allowsSuperuserScripts = true
    #expect(try await teable.provision(policy).1.warnings.count == 1)
    let session = try await teable.login()
    #expect(try await session.query("SELECT pg_has_role('pg_read_all_data', 'member')") == [["t"]])
    #expect(
      try await session.query("SELECT tableowner FROM pg_tables WHERE tablename = 'mine'") == [["u_alice_teable"]])
  }

  @Test func secretsAreNotInTheServersLog() async throws {
    let tenant = try await TestTenant(app: "logged", owner: "eve")
    try await tenant.provision()
    try await tenant.server.asAdministrator("ALTER SYSTEM SET log_statement TO 'all'", "SELECT pg_reload_conf()")
    let fresh = Secret.random()
    try await tenant.admin.rotate(tenant.role.name, of: tenant.role.instance, to: fresh)
    try await tenant.server.asAdministrator("ALTER SYSTEM RESET log_statement", "SELECT pg_reload_conf()")
    let session = try await tenant.login(password: fresh)
    _ = try? await session.query("ALTER ROLE \(tenant.role.name) PASSWORD 'my-public-secret' nonsense")
    _ = try? await session.query("SELECT 1 / ($1::int - 1), 'my-public-secret'", ["1"])
    let log = try tenant.server.logText()
    for secret in [tenant.password.reveal(), fresh.reveal(), "SCRAM-SHA-256$", "my-public-secret"] {
      #expect(!log.contains(secret))
    }
    #expect(log.contains("division by zero"))
  }
}
