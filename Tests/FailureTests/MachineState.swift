import Configuration
import Core
import Foundation
import Glibc
import SystemPackage
import Testing

/// Everything that a verb may leave behind on a machine, as lines that are the same on any machine in the same state.
struct MachineState: Equatable, Sendable {
  let lines: [String]

  /// The lines that only one of two states has.
  func difference(from other: MachineState) -> String {
    lines.difference(from: other.lines).map { change in
      switch change {
      case .insert(_, let line, _): "+ \(line)"
      case .remove(_, let line, _): "- \(line)"
      }
    }.joined(separator: "\n")
  }
}

extension TestMachine {
  func state() async throws -> MachineState {
    var lines = try await files()
    lines += try mounts() + processes() + heldLocks()
    lines += try await postgresState() + redisState() + logins()
    return MachineState(lines: canonical(lines))
  }

  /// Waits until the machine is in `expected` state: what was killed may still be ending.
  func expect(
    _ expected: MachineState, _ comment: @autoclosure () -> String,
    sourceLocation: Testing.SourceLocation = #_sourceLocation
  ) async throws {
    let deadline = ContinuousClock.now + .seconds(15)
    while true {
      let state = try? await state()
      if state == expected { return }
      guard ContinuousClock.now < deadline else {
        let difference = try await self.state().difference(from: expected)
        Issue.record("\(comment())\n\(difference)", sourceLocation: sourceLocation)
        return
      }
      try await Task.sleep(for: .milliseconds(200))
    }
  }

  /// Waits until no statement of a verb that was cut off is at work any more.
  func settle() async throws {
    let sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'olares-cli'"
    for _ in 0..<100 {
      if try await psql(sessions) == "0\n" { return }
      try await Task.sleep(for: .milliseconds(50))
    }
    Issue.record("sessions of a verb that has ended do not end")
  }

  // MARK: Files

  /// Owner, mode and, for what we write, the content. Not what servers write for themselves, and not logs.
  private func files() async throws -> [String] {
    let below = [baseDirectory, root, temporaryFiles].map(\.string)
    let ofServers = ["supervise", "pg_*", "appendonlydir", "global"].flatMap { ["-name", $0, "-o"] }
    let listing = try await ChildProcess(
      "find",
      below + ["("] + ofServers + ["-path", "*/postgres_data/*/base", "-o", "-path", "\(baseDirectory)/logs/*", ")"]
        + ["-type", "d", "-prune", "-o", "-printf", "%y %m %u:%g %p\\n"]
    ).run().standardOutput
    return try listing.split(separator: "\n").flatMap { line throws(Problem) -> [String] in
      let fields = line.split(separator: " ", maxSplits: 3).map(String.init)
      guard fields.count == 4 else { return [] }
      let path = FilePath(fields[3])
      guard isState(path) else { return [] }
      let facts = "file \(path) \(fields[0]) \(fields[1]) \(fields[2])"
      guard fields[0] == "f" else { return [facts] }
      return [facts] + (try content(of: path))
    }.sorted()
  }

  private func isState(_ path: FilePath) -> Bool {
    let parts = path.components.map(\.string)
    let name = parts.last ?? ""
    if parts.contains("supervise") || name.hasSuffix(".lock") || parts.dropLast().contains("locks") || name == "locks" {
      return false
    }
    if path.starts(with: baseDirectory.appending("logs")) { return path == baseDirectory.appending("logs") }
    // An owner without an app has a directory there, or has none.
    if path.removingLastComponent() == baseDirectory.appending("secrets"), !name.hasSuffix(".yaml") { return false }
    let isOfPostgres = parts.contains("postgres_data") && parts.contains { Int($0) != nil }
    if isOfPostgres { return parts.last.flatMap { Int($0) } != nil || name.hasSuffix(".conf") || name.hasPrefix(".") }
    let isOfRedis = parts.contains("redis_data") && parts.last != "redis_data"
    if isOfRedis { return ["redis.conf", "users.acl", "\(redisPort)"].contains(name) || name.hasPrefix(".") }
    return !name.hasPrefix(".s.PGSQL")
  }

  private func content(of path: FilePath) throws(Problem) -> [String] {
    let text = try Files.readTextIfPresent(path) ?? ""
    return text.split(separator: "\n").map { "content \(path): \($0)" }
  }

  // MARK: Machine

  private func mounts() throws -> [String] {
    try (Files.readTextIfPresent("/proc/self/mounts") ?? "").split(separator: "\n")
      .filter { $0.contains(scratch.string) }
      .map { "mount \($0.split(separator: " ")[1])" }.sorted()
  }

  /// What runs for this machine, apart from the tests themselves.
  private func processes() throws -> [String] {
    try Files.names(in: "/proc").filter { Int($0) != nil }.compactMap { id in
      let words = arguments(ofProcess: id)
      guard words.contains(where: { $0.contains(scratch.string) }), !words.contains("guard"),
        !words.contains("watcher"),
        words.first != "find", words.first?.hasSuffix("/psql") != true
      else { return nil }
      return "process \(words.joined(separator: " "))"
    }.sorted()
  }

  private func arguments(ofProcess id: String) -> [String] {
    let text = try? Files.readTextIfPresent(FilePath("/proc").appending(id).appending("cmdline"))
    return (text ?? "")?.split(separator: "\0").map(String.init) ?? []
  }

  private func heldLocks() throws -> [String] {
    let locks = baseDirectory.appending("locks")
    let files =
      try Files.names(in: locks).map { locks.appending($0) }
      + [
        baseDirectory.appending("prepare.lock"), root.appending("rootfs/userspace/.olares-grants/.lock"),
      ]
    return files.compactMap { path in
      guard let file = try? FileDescriptor.open(path, .readOnly, options: [.closeOnExec]) else { return nil }
      defer { try? file.close() }
      return flock(file.rawValue, LOCK_EX | LOCK_NB) == 0 ? nil : "held \(path)"
    }
  }

  // MARK: Servers

  private func postgresState() async throws -> [String] {
    guard serverProcesses.contains(where: { $0.name == "postgresql" }) else { return [] }
    let names = try await psql("SELECT datname FROM pg_database WHERE datallowconn ORDER BY 1")
    var lines = try await psql(Self.sharedObjects).split(separator: "\n").map { "postgres \($0)" }
    for name in names.split(separator: "\n").map(String.init) {
      let objects = try await psql(Self.objectsOfDatabase, database: name)
      lines += objects.split(separator: "\n").map { "postgres \(name) \($0)" }
    }
    return lines
  }

  private static let sharedObjects = """
    SELECT format('role %s super=%s createdb=%s createrole=%s inherit=%s login=%s replication=%s bypass=%s limit=%s '
      'password=%s config=%s comment=%s until=%s', a.rolname, rolsuper, rolcreatedb, rolcreaterole, rolinherit, rolcanlogin,
      rolreplication, rolbypassrls, rolconnlimit, left(rolpassword, 13), s.setconfig,
      shobj_description(a.oid, 'pg_authid'), rolvaliduntil)
    FROM pg_authid a LEFT JOIN pg_db_role_setting s ON s.setrole = a.oid AND s.setdatabase = 0 ORDER BY 1;
    SELECT format('member %s of %s', member::regrole, roleid::regrole) FROM pg_auth_members ORDER BY 1;
    SELECT format('database %s owner=%s acl=%s limit=%s open=%s template=%s encoding=%s collate=%s config=%s comment=%s',
      datname, datdba::regrole, datacl, datconnlimit, datallowconn, datistemplate, encoding, datcollate, s.setconfig,
      shobj_description(d.oid, 'pg_database'))
    FROM pg_database d LEFT JOIN pg_db_role_setting s ON s.setdatabase = d.oid AND s.setrole = 0 ORDER BY 1;
    SELECT format('setting of %s in %s: %s', setrole::regrole, datname, setconfig)
    FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase WHERE setrole <> 0 ORDER BY 1;
    SELECT format('prepared transaction %s', gid) FROM pg_prepared_xacts ORDER BY 1;
    SELECT 'session of ' || usename || ' with ' || application_name FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() ORDER BY 1;
    """

  private static let objectsOfDatabase = """
    SELECT format('schema %s owner=%s acl=%s', nspname, nspowner::regrole, nspacl) FROM pg_namespace
    WHERE nspname !~ '^pg_(toast|temp)' ORDER BY 1;
    SELECT format('extension %s owner=%s', extname, extowner::regrole) FROM pg_extension ORDER BY 1;
    SELECT format('%s %s owner=%s acl=%s', relkind, oid::regclass, relowner::regrole, relacl) FROM pg_class
    WHERE relnamespace <> 'pg_catalog'::regnamespace AND relnamespace <> 'information_schema'::regnamespace
      AND relkind IN ('r', 'v', 'S', 'f', 'm') ORDER BY 1;
    SELECT format('default %s %s', defaclrole::regrole, defaclacl) FROM pg_default_acl ORDER BY 1;
    """

  private func redisState() async throws -> [String] {
    guard serverProcesses.contains(where: { $0.name == "redis-\(redisPort)" }) else { return [] }
    let users = try await redis("ACL", "LIST").split(separator: "\n")
    let registry = try await redis("HGETALL", "olares:namespaces").split(separator: "\n").map(String.init)
    let records = stride(from: 0, to: registry.count - 1, by: 2).map { (registry[$0], registry[$0 + 1]) }
      .filter { $0.0 != ":version" }.map { "\($0.0) \($0.1)" }.sorted()
    let keys = try await redis("KEYS", "*").split(separator: "\n").sorted()
    let cluster = try await redis("CLUSTER", "INFO").split(whereSeparator: \.isNewline)
      .filter { $0.hasPrefix("cluster_state") || $0.hasPrefix("cluster_slots") || $0.hasPrefix("cluster_known") }
    return users.map { "redis user \($0)" } + records.map { "redis namespace \($0)" } + keys.map { "redis key \($0)" }
      + cluster.map { "redis \($0)" }
  }

  /// Whether what is on record for each app opens what it should.
  private func logins() async throws -> [String] {
    var lines: [String] = []
    for instance in try secrets.instances() {
      let secrets = try secrets.secrets(of: instance)
      for (name, database) in (secrets.postgres?.databases ?? [:]).sorted(by: { $0.key < $1.key }) {
        let user = secrets.postgres?.username ?? ""
        let login = try await ChildProcess(
          "/usr/bin/psql",
          [
            "-h", "127.0.0.1", "-p", "\(postgresPort)", "-U", user, "-d", database, "-XAtqc",
            "CREATE TABLE probe (); DROP TABLE probe; SELECT current_user, current_database()",
          ], environment: ["PGPASSWORD": secrets.postgres?.password.secret.reveal() ?? ""]
        ).run()
        lines.append("login \(instance) \(name) \(login.standardOutput)\(login.standardError)")
      }
      for (name, account) in secrets.redis.sorted(by: { $0.key < $1.key }) {
        let login = try await ChildProcess(
          "/usr/bin/redis-cli",
          [
            "-h", "127.0.0.1", "-p", "\(redisPort)", "--user", "\(instance.namespace)_\(name)", "--no-auth-warning",
            "PING",
          ], environment: ["REDISCLI_AUTH": account.password.secret.reveal()]
        ).run()
        lines.append("login \(instance) \(name) \(login.standardOutput)\(login.standardError)")
      }
    }
    return lines
  }

  // MARK: Canonical form

  /// What is drawn at random, or given by the test, has the same name on every machine.
  private func canonical(_ lines: [String]) -> [String] {
    var text = lines.joined(separator: "\n").replacingOccurrences(of: scratch.string, with: "MACHINE")
    for (pattern, template) in [
      // Whole numbers only: the same digits occur in secrets.
      ("\\b\(redisPort + 10_000)\\b", "BUS"), ("\\b\(postgresPort)\\b", "POSTGRES"), ("\\b\(redisPort)\\b", "REDIS"),
      ("\\b\(proxyPort)\\b", "PROXY"),
      (#""?[0-9a-f]{64}"?"#, "SECRET"),
      ("(pvc-(?:userspace|appcache)-[a-z0-9-]+-)[a-z0-9]{16}\\b", "$1RANDOM"),
      (#"\{[a-z0-9]{1,8}\}"#, "{TAG}"), (#""tag":"[a-z0-9]+""#, #""tag":TAG"#),
      (#"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"#, "TIME"),
    ] { text = text.replacingOccurrences(of: pattern, with: template, options: .regularExpression) }
    return text.split(separator: "\n").map { sortingRules(String($0)) }.sorted()
  }

  /// Redis writes what its users may do in an order that is another one after each change.
  private func sortingRules(_ line: String) -> String {
    line.contains(" sanitize-payload ") ? line.split(separator: " ").sorted().joined(separator: " ") : line
  }
}
