import Apps
import Core
import PostgreSQL
import SystemPackage
import TestServers
import Testing

/// A tenant prepares its database in every way it can; then all that the administrator does comes by.
@Suite(.enabled(if: PostgreSQLServer.skipReason == nil, "\(PostgreSQLServer.skipReason ?? "")"))
struct PostgreSQLTrapAttacks {
  private static let traps = [
    "CREATE TABLE public.log (who text, super text)", "GRANT ALL ON public.log TO PUBLIC",
    """
    CREATE FUNCTION public.trap() RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
      IF current_user <> '$role' THEN
        INSERT INTO public.log VALUES (current_user, current_setting('is_superuser'));
        ALTER ROLE "$role" SUPERUSER;
      END IF;
      RETURN 1;
    END $$
    """,
    "CREATE DOMAIN public.checked AS int CHECK (public.trap() = 1)",
    "CREATE TABLE public.t (a public.checked DEFAULT public.trap(), b int CHECK (public.trap() = 1))",
    "INSERT INTO public.t VALUES (1, 1)", "CREATE INDEX ON public.t ((b + public.trap()))",
    "CREATE INDEX ON public.t (b) WHERE public.trap() = 1",
    "CREATE STATISTICS public.s ON (b + public.trap()), a FROM public.t",
    "ALTER TABLE public.t ENABLE ROW LEVEL SECURITY", "ALTER TABLE public.t FORCE ROW LEVEL SECURITY",
    "CREATE POLICY p ON public.t USING (public.trap() = 1)",
    "CREATE FUNCTION public.fire() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM public.trap(); RETURN NEW; END $$",
    "CREATE TRIGGER f BEFORE INSERT ON public.t FOR EACH ROW EXECUTE FUNCTION public.fire()",
    "CREATE MATERIALIZED VIEW public.m AS SELECT public.trap() AS a",
    // What the catalogs are called, and what our statements use of them.
    "CREATE VIEW public.pg_class AS SELECT public.trap() AS oid",
    "CREATE VIEW public.pg_index AS SELECT public.trap() AS a",
    "CREATE VIEW public.pg_proc AS SELECT public.trap() AS a",
    "CREATE VIEW public.pg_extension AS SELECT public.trap() AS a",
    "CREATE FUNCTION public.count(int) RETURNS int LANGUAGE sql AS 'SELECT public.trap()'",
    "CREATE FUNCTION public.starts_with(name, text) RETURNS boolean LANGUAGE sql AS 'SELECT public.trap() = 1'",
    "CREATE FUNCTION public.eq(oid, oid) RETURNS boolean LANGUAGE sql AS 'SELECT public.trap() = 1'",
    "CREATE OPERATOR public.= (LEFTARG = oid, RIGHTARG = oid, FUNCTION = public.eq)",
    "CREATE OPERATOR public.<> (LEFTARG = oid, RIGHTARG = oid, FUNCTION = public.eq)",
    "CREATE FUNCTION public.cast_it(public.log) RETURNS text LANGUAGE sql AS 'SELECT public.trap()::text'",
    "CREATE CAST (public.log AS text) WITH FUNCTION public.cast_it(public.log) AS IMPLICIT",
    "ALTER DATABASE \"$database\" SET search_path TO public, pg_catalog",
    "ALTER DATABASE \"$database\" SET role TO '$role'",
    "ALTER ROLE \"$role\" SET search_path TO public, pg_catalog", "ALTER ROLE \"$role\" SET role TO 'none'",
    "ALTER DATABASE \"$database\" SET default_transaction_read_only TO on",
    "ALTER DATABASE \"$database\" SET statement_timeout TO '1ms'",
    "ALTER DATABASE \"$database\" SET lock_timeout TO '1ms'",
    "ALTER DATABASE \"$database\" SET standard_conforming_strings TO off",
    "ALTER DATABASE \"$database\" SET backslash_quote TO on", "ALTER DATABASE \"$database\" SET row_security TO off",
    "ALTER DATABASE \"$database\" SET transform_null_equals TO on",
    "ALTER DATABASE \"$database\" SET array_nulls TO off",
    "ALTER DATABASE \"$database\" SET default_transaction_isolation TO serializable",
    "ALTER DATABASE \"$database\" SET exit_on_error TO on",
    "ALTER DATABASE \"$database\" SET check_function_bodies TO off",
    "ALTER DATABASE \"$database\" SET default_tablespace TO ''",
    "ALTER DATABASE \"$database\" SET bytea_output TO 'escape'",
    "COMMENT ON DATABASE \"$database\" IS '{\"app\":\"postgres\",\"owner\":\"root\"}'",
  ]

  @Test func nothingOfTheAdministratorsRunsWhatATenantWrote() async throws {
    let tenant = try await TestTenant(app: "trapper", owner: "eve", scripts: ["CREATE TABLE made (id int)"])
    try await tenant.provision()
    let session = try await tenant.login()
    let (role, database) = (tenant.role.name, tenant.database.name)
    for trap in Self.traps {
      _ = try await session.query(trap.replacing("$database", with: "\(database)").replacing("$role", with: "\(role)"))
    }
    let admin = tenant.admin
    #expect(try await admin.databases(of: tenant.role.instance).first?.instance == tenant.role.instance)
    _ = try await admin.lastWrites(to: [database])
    _ = try await admin.facts()
    let findings = try await admin.check(
      of: tenant.role.instance,
      onRecord: [tenant.role.instance: AccountOnRecord(role: "\(role)", databases: ["\(database)"])])
    #expect(findings.isEmpty, "\(findings)")
    var request = tenant.database
    request.extensions = [try ExtensionName("hstore"), try ExtensionName("pg_trgm")]
    #expect(
      try await admin.provision(request, role: tenant.role, password: tenant.password, policy: ProvisioningPolicy())
        .outcome == .changed)
    #expect(
      try await admin.provision(request, role: tenant.role, password: tenant.password, policy: ProvisioningPolicy())
        .outcome == .unchanged)
    _ = try await admin.extensions(of: database)
    let limits = RoleLimits(connections: try ConnectionLimit("7"))
    _ = try await admin.setLimits(limits, of: role, instance: tenant.role.instance)
    let fresh = Secret.random()
    try await admin.rotate(role, of: tenant.role.instance, to: fresh)
    #expect(try await admin.accepts(fresh, of: role))
    #expect(try await session.query("SELECT * FROM public.log").isEmpty)
    #expect(try await isHarmless(session))
    try await admin.drop(database, role: tenant.role)
    try await admin.drop(role, of: tenant.role.instance)
    #expect(try await admin.roles(of: tenant.role.instance).isEmpty)
  }

  @Test func whatATenantMustNotSetItCannot() async throws {
    let victim = try await TestTenant(app: "settings", owner: "victim")
    try await victim.provision()
    let tenant = try await TestTenant(app: "settings", owner: "eve")
    try await tenant.provision()
    _ = try await tenant.admin.secure()
    let session = try await tenant.login()
    let (role, database) = (tenant.role.name, tenant.database.name)
    for attack in [
      "ALTER DATABASE \(database) SET session_preload_libraries TO 'x'",
      "ALTER ROLE \(role) SET session_preload_libraries TO 'x'",
      "ALTER DATABASE \(database) SET session_replication_role TO replica",
      "ALTER ROLE \(role) SET log_statement TO 'all'",
      "ALTER DATABASE \(database) SET log_min_error_statement TO debug5", "SET log_min_duration_statement TO 0",
      "SET log_parameter_max_length TO -1", "SET log_statement TO 'all'", "LOAD '/tmp/x.so'",
      "ALTER DATABASE \(database) SET dynamic_library_path TO '/tmp'", "ALTER ROLE ALL SET search_path TO x",
      "ALTER ROLE postgres SET search_path TO x", "ALTER DATABASE \(database) OWNER TO postgres",
      "ALTER DATABASE \(database) OWNER TO \(victim.role.name)", "ALTER DATABASE \(database) SET TABLESPACE pg_global",
      "ALTER DATABASE \(victim.database.name) IS_TEMPLATE true", "GRANT CONNECT ON DATABASE postgres TO \(role)",
      "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION event_trigger_in()",
      "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p", "CREATE FOREIGN DATA WRAPPER w",
      "CREATE EXTENSION dblink", "CREATE EXTENSION postgres_fdw", "CREATE TABLESPACE x LOCATION '/tmp/x'",
      "ALTER ROLE \(role) REPLICATION", "ALTER ROLE \(role) BYPASSRLS", "ALTER ROLE \(role) CREATEDB",
      "ALTER ROLE \(role) RENAME TO postgres2", "REASSIGN OWNED BY postgres TO \(role)",
      "DROP OWNED BY \(victim.role.name)",
      "REASSIGN OWNED BY \(role) TO \(victim.role.name)", "SELECT pg_reload_conf()", "SELECT pg_switch_wal()",
      "SELECT pg_ls_logdir()", "SELECT pg_stat_file('postgresql.conf')", "SELECT pg_current_logfile()",
      "SELECT lo_export(1, '/tmp/olares-attack')", "SELECT pg_create_logical_replication_slot('s', 'test_decoding')",
      "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres'", "CHECKPOINT",
      "UPDATE pg_catalog.pg_authid SET rolsuper = true", "UPDATE pg_catalog.pg_database SET datdba = 10",
      "SELECT subconninfo FROM pg_subscription", "SELECT * FROM pg_user_mapping", "SELECT * FROM pg_statistic",
      "DO LANGUAGE c 'x'",
    ] {
      await #expect(throws: Problem.self, "\(attack)") { try await session.query(attack) }
    }
    #expect(try await isHarmless(session))
    // Settings of its own role where it has no business have no effect on whom they belong to.
    _ = try? await session.query("ALTER ROLE \(role) IN DATABASE \(victim.database.name) SET search_path TO x")
    #expect(try await victim.login().query("SHOW search_path") == [["\"$user\", public"]])
  }

  /// As somebody restores a dump from a stranger: psql, logged in as the app.
  @Test func hostileDumpIsTheAppsOwnDoing() async throws {
    try await PostgreSQLMachine.with(try await .shared()) { machine in
      _ = try await machine.layer.postgreSQL().secure()
      let wiki = try await machine.newApp("dumped")
      let role = try RoleName(username: "app", of: wiki)
      let dump = """
        SET SESSION AUTHORIZATION postgres;
        RESET SESSION AUTHORIZATION;
        SET ROLE postgres;
        ALTER ROLE \(role) SUPERUSER;
        CREATE FUNCTION public.up() RETURNS void LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
        ALTER FUNCTION public.up() OWNER TO postgres;
        CREATE TABLE public.kept (a int);
        ALTER TABLE public.kept OWNER TO postgres;
        COPY public.kept FROM PROGRAM 'echo 1';
        UPDATE pg_authid SET rolsuper = true;
        \\connect postgres
        CREATE TABLE public.foothold (a int);
        """
      let dumpFile = machine.baseDirectory.appending("dump.sql")
      try AtomicFile.write(dump, to: dumpFile)
      let restored = try await machine.run(
        "shell", "--app", "dumped", "--owner", "\(wiki.owner)", "--", "-q", input: "cat '\(dumpFile)'")
      #expect(
        restored.standardError.contains("must be superuser") || restored.standardError.contains("permission denied"))
      let session = try await machine.login(wiki)
      #expect(try await isHarmless(session))
      #expect(
        try await session.query("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'") == [
          ["\(role)"]
        ])
      #expect(try await session.query("SELECT count(*) FROM kept") == [["0"]])
      try await machine.server.asAdministrator("SELECT 1 / (to_regclass('public.foothold') IS NULL)::int")
      #expect(try await machine.layer.checkPostgreSQL(of: wiki).isEmpty)
    }
  }
}
