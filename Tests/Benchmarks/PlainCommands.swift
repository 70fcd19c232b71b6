import Core
import PostgreSQL
import Redis
import RedisNamespaces
import SystemPackage
import TestServers

/// What `app apply` asks of the servers for an app with one database and one namespace, as plain commands for psql and
/// redis-cli: taken from the servers' own logs (log_statement = all, MONITOR), and of Redis what MONITOR leaves out.
struct PlainCommands {
  let apps: [String]
  let owner: String

  /// One psql and one redis-cli that do it for all apps.
  func command(on machine: ScratchMachine, in directory: FilePath) throws -> Command {
    let sql = directory.appending("\(owner).sql")
    let redis = directory.appending("\(owner).redis")
    try AtomicFile.write(apps.map(statements).joined(), to: sql)
    try AtomicFile.write(try apps.enumerated().map(redisCommands).joined(), to: redis)
    // redis-cli ends with status 0 whatever the server says.
    let script =
      "psql -Xq -v ON_ERROR_STOP=1 -h 127.0.0.1 -p \"$1\" -U postgres -f \"$0\" postgres && "
      + "! redis-cli -p \"$3\" --user olares --no-auth-warning <\"$2\" | grep -E '^(ERR|NOPERM|NOAUTH|WRONG)'"
    return Command(
      name: "plain for \(owner)",
      argumentVector: [
        "/bin/sh", "-c", script, sql.string, "\(machine.postgres.endpoint.port)", redis.string,
        "\(machine.redis.seeds[0].port)",
      ])
  }

  private func statements(_ app: String) -> String {
    let role = "app_\(owner)_\(app)"
    let database = "\(app)_\(owner)_main"
    let lookUpRole = """
      SELECT shobj_description(oid, 'pg_authid'), rolconnlimit, rolcanlogin AND rolinherit,
        rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls
      FROM pg_roles WHERE rolname = '\(role)';
      """
    let lookUpDatabase = """
      SELECT r.rolname, shobj_description(r.oid, 'pg_authid'), d.datconnlimit,
        NOT (has_database_privilege('public', d.oid, 'CONNECT') OR has_database_privilege('public', d.oid, 'TEMPORARY')),
        (SELECT string_agg(setting, ' ') FROM pg_db_role_setting s, unnest(s.setconfig) AS setting
        WHERE s.setdatabase = d.oid AND s.setrole = (SELECT oid FROM pg_roles WHERE rolname = current_user)
          AND starts_with(setting, 'olares.'))
      FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba WHERE d.datname = '\(database)';
      """
    let lock = "SELECT pg_advisory_lock(hashtextextended('olares \(app)-\(owner)', 0));"
    let unlock = "SELECT pg_advisory_unlock(hashtextextended('olares \(app)-\(owner)', 0));"
    return """
      \(lookUpRole)
      \(lookUpRole)
      \(lookUpDatabase)
      \(lookUpRole)
      \(lock)
      \(lookUpRole)
      BEGIN;
      SELECT set_config(name, value, true)
      FROM (VALUES ('log_statement', 'none'), ('log_min_error_statement', 'panic'),
        ('log_min_duration_statement', '-1')) AS quiet (name, value)
      WHERE (SELECT rolsuper FROM pg_roles WHERE rolname = current_user);
      CREATE ROLE "\(role)" LOGIN INHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
        CONNECTION LIMIT 30 PASSWORD '\(Self.verifier)';
      COMMENT ON ROLE "\(role)" IS '{"app":"\(app)","owner":"\(owner)"}';
      COMMIT;
      \(unlock)
      \(lookUpRole)
      \(lookUpDatabase)
      \(lock)
      \(lookUpRole)
      \(lookUpDatabase)
      CREATE DATABASE "\(database)" OWNER "\(role)" TEMPLATE template0 ENCODING 'UTF8' CONNECTION LIMIT 0;
      REVOKE CONNECT, TEMPORARY ON DATABASE "\(database)" FROM PUBLIC;
      \(lookUpDatabase)
      ALTER DATABASE "\(database)" CONNECTION LIMIT -1;
      SELECT encode(sha256(convert_to('', 'UTF8')), 'hex');
      \(unlock)

      """
  }

  private func redisCommands(_ index: Int, _ app: String) throws -> String {
    let id = NamespaceID(AppInstance(app: try AppName(app), owner: try Owner(owner)), try NamespaceName("db0"))
    guard let tag = HashTag("\(owner)\(index)"),
      let user = NamespaceUser(
        NamespaceRecord(id: id, placement: .oneSlot(tag), password: PasswordHash(of: Secret.random())))
    else { throw Problem("bad-name", .failed, "\(id) cannot have a hash tag") }
    let registry = "plain:namespaces"
    let read = "HGETALL \(registry)"
    let look = "ACL GETUSER \(user.name)"
    let record =
      "{\\\"app\\\":\\\"\(app)\\\",\\\"generation\\\":1,\\\"name\\\":\\\"db0\\\",\\\"owner\\\":\\\"\(owner)\\\","
      + "\\\"tag\\\":\\\"\(tag.text)\\\"}"
    let write =
      "EVAL \"redis.call('HGET', KEYS[1], ARGV[1]) redis.call('HINCRBY', KEYS[1], ARGV[1], 1) "
      + "redis.call('HSET', KEYS[1], ARGV[2], ARGV[3]) return 1\" 1 \(registry) :version \(user.name) \"\(record)\""
    return [
      "CLUSTER NODES", read, "CLUSTER NODES", look, read, "CLUSTER NODES", look, read, write, "CLUSTER NODES", look,
      "ACL SETUSER \(user.name) \(user.rules.joined(separator: " "))", "ACL SAVE", "",
    ].joined(separator: "\n")
  }

  /// Of some password; making one takes longer than a statement, and is not the server's work.
  private static let verifier =
    "SCRAM-SHA-256$4096:c2FsdHNhbHRzYWx0c2FsdA==$"
    + "C9w4rXcW3RFWzPEzTFd4lU4XGqUMtIQoxRNDLfNeGWQ=:C9w4rXcW3RFWzPEzTFd4lU4XGqUMtIQoxRNDLfNeGWQ="
}
