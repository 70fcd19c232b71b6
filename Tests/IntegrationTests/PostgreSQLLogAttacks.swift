import Core
import TestServers
import Testing

@testable import PostgreSQL

/// A server whose log records all that it can.
@Suite(.enabled(if: PostgreSQLServer.skipReason == nil, "\(PostgreSQLServer.skipReason ?? "")"))
struct PostgreSQLLogAttacks {
  @Test func talkativeServerLearnsNoSecret() async throws {
    let server = try await PostgreSQLServer()
    for setting in [
      "log_statement TO 'all'", "log_min_error_statement TO 'debug5'", "log_min_messages TO 'debug1'",
      "log_min_duration_statement TO 0", "log_transaction_sample_rate TO 1", "log_error_verbosity TO 'verbose'",
      "log_parameter_max_length TO -1", "log_parameter_max_length_on_error TO -1",
    ] {
      try await server.asAdministrator("ALTER SYSTEM SET \(setting)")
    }
    try await server.asAdministrator("SELECT pg_reload_conf()")
    let tenant = try await TestTenant(app: "logged", owner: "eve", on: server)
    // The settings are everybody's once this login has them.
    while try !server.logText().contains("log_statement") { try await Task.sleep(for: .milliseconds(20)) }
    try await tenant.provision()
    let fresh = Secret.random()
    try await tenant.admin.rotate(tenant.role.name, of: tenant.role.instance, to: fresh)

    // A statement with a verifier in it that fails: it waits for somebody, and is cancelled.
    let blocker = Task {
      try await server.asAdministrator(
        "BEGIN", "ALTER ROLE \(tenant.role.name) CONNECTION LIMIT 3", "SELECT pg_sleep(3600)")
    }
    let watcher = try await TenantSession.connect(
      to: server.endpoint, role: RoleName(reported: server.endpoint.user),
      password: try #require(server.endpoint.password), database: DatabaseName(reported: "postgres"))
    let waiting = Secret.random()
    while try !server.logText().contains("pg_sleep(3600)") { try await Task.sleep(for: .milliseconds(20)) }
    let rotation = Task { try await tenant.admin.rotate(tenant.role.name, of: tenant.role.instance, to: waiting) }
    let isWaiting = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"
    while try await watcher.query(isWaiting) != [["t"]] { try await Task.sleep(for: .milliseconds(20)) }
    rotation.cancel()
    await #expect(throws: (any Error).self) { try await rotation.value }
    blocker.cancel()
    _ = try? await blocker.value
    #expect(try await tenant.admin.accepts(fresh, of: tenant.role.name))

    let log = try server.logText()
    #expect(log.contains("canceling statement due to user request"))
    #expect(log.contains("CREATE DATABASE"))
    for secret in [tenant.password.reveal(), fresh.reveal(), waiting.reveal(), "SCRAM-SHA-256$"] {
      #expect(!log.contains(secret))
    }
    server.stop()
  }
}
