import Core
import PostgreSQL
import TestServers
import Testing

/// An extension's script runs as superuser in a database whose owner may have prepared it.
@Suite(.enabled(if: PostgreSQLServer.skipReason == nil, "\(PostgreSQLServer.skipReason ?? "")"))
struct PostgreSQLExtensionAttacks {
  /// earthdistance needs cube, and cube's schema is searched by its script.
  private static let trap = """
    CREATE FUNCTION evil.cube_is_point(public.holder) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
      EXECUTE 'ALTER ROLE ' || quote_ident(session_user) || ' SUPERUSER'; RETURN true; END $$
    """

  private func tenant(_ app: String) async throws -> (TestTenant, TenantSession) {
    let tenant = try await TestTenant(app: app, owner: "eve")
    try await tenant.provision()
    return (tenant, try await tenant.login())
  }

  private func create(_ names: [String], for tenant: TestTenant) async throws -> Outcome {
    var request = tenant.database
    request.extensions = try names.map { try ExtensionName($0) }
    return try await tenant.admin.provision(
      request, role: tenant.role, password: tenant.password, policy: ProvisioningPolicy()
    ).outcome
  }

  @Test func schemaOfANeededExtensionIsNotTrusted() async throws {
    let (tenant, session) = try await tenant("needed")
    for statement in [
      "CREATE SCHEMA evil", "CREATE EXTENSION cube SCHEMA evil", "CREATE TYPE public.holder AS (a int)", Self.trap,
    ] {
      _ = try await session.query(statement)
    }
    let refused = try await problem { _ = try await create(["earthdistance"], for: tenant) }
    #expect(refused.code == "untrusted-schema")
    #expect(refused.exitStatus == .notPermitted)
    #expect(refused.hints.contains { $0.contains("cube_is_point") })
    // Who creates a trusted extension owns it, and may put what it likes into it.
    _ = try await session.query("ALTER EXTENSION cube ADD FUNCTION evil.cube_is_point(public.holder)")
    #expect(try await problem { _ = try await create(["earthdistance"], for: tenant) }.code == "untrusted-schema")
    _ = try await session.query("ALTER EXTENSION cube DROP FUNCTION evil.cube_is_point(public.holder)")
    _ = try await session.query("DROP FUNCTION evil.cube_is_point(public.holder)")
    _ = try await session.query("CREATE OPERATOR evil.= (LEFTARG = oid, RIGHTARG = oid, FUNCTION = oideq)")
    #expect(try await problem { _ = try await create(["earthdistance"], for: tenant) }.code == "untrusted-schema")
    _ = try await session.query("DROP OPERATOR evil.= (oid, oid)")
    #expect(try await create(["earthdistance"], for: tenant) == .changed)
    #expect(try await isHarmless(session))
  }

  @Test func objectsInPublicAreNotTakenForAnExtensionsOwn() async throws {
    let (tenant, session) = try await tenant("shadow")
    for statement in [
      "CREATE FUNCTION public.hstore(text, text) RETURNS text LANGUAGE sql AS 'SELECT $1'",
      "CREATE TYPE public.citext AS ENUM ('mine')",
    ] {
      _ = try await session.query(statement)
    }
    // It is made elsewhere, and moved to where there is one of the same name already: refused, and nothing is left.
    for name in ["hstore", "citext"] {
      await #expect(throws: Problem.self, "\(name)") { try await create([name], for: tenant) }
    }
    #expect(try await session.query("SELECT extname FROM pg_extension") == [["plpgsql"]])
    #expect(try await session.query("SELECT FROM pg_namespace WHERE starts_with(nspname, 'olares')").isEmpty)
    #expect(try await session.query("SELECT public.hstore('a', 'b'), 'mine'::public.citext") == [["a", "mine"]])
    #expect(try await isHarmless(session))
  }

  @Test func workshopIsNobodysAndShortLived() async throws {
    let (tenant, session) = try await tenant("workshop")
    #expect(try await create(["hstore"], for: tenant) == .changed)
    let strangers = try await session.query(
      """
      SELECT proname FROM pg_proc p JOIN pg_depend d ON d.objid = p.oid AND d.deptype = 'e'
      WHERE pg_has_role(p.proowner, 'USAGE')
      """)
    #expect(strangers.isEmpty)
    await #expect(throws: Problem.self) { try await session.query("DROP EXTENSION hstore") }
    await #expect(throws: Problem.self) {
      try await session.query("CREATE OR REPLACE FUNCTION public.hstore(text, text) RETURNS hstore LANGUAGE sql AS ''")
    }
  }
}

/// Whether the session's role has nothing that an app's role should not have.
func isHarmless(_ session: TenantSession) async throws -> Bool {
  let powers = try await session.query(
    """
    SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls
      OR EXISTS (SELECT FROM pg_auth_members m WHERE m.member = r.oid)
    FROM pg_roles r WHERE rolname = session_user
    """)
  return powers == [["f"]]
}
