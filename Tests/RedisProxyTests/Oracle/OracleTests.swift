import Core
import Glibc
import Redis
import RedisNamespaces
import TestServers
import Testing

/// Random sessions, the same on two servers. `OLARES_ORACLE_COMMANDS` says how many commands, and `OLARES_ORACLE_SEED`
/// where the random numbers start.
@Suite(.enabled(if: RedisServer.skipReason == nil, "redis-server is not installed"), .serialized)
struct OracleTests {
  private static let commands = environment("OLARES_ORACLE_COMMANDS").flatMap { Int($0) } ?? 20_000
  private static let seed = environment("OLARES_ORACLE_SEED").flatMap { UInt64($0) } ?? 1

  @Test func twoStandaloneServersAnswerAlike() async throws {
    let differences = try await Self.compareServers(options: [], commands: Self.commands / 4)
    #expect(differences.isEmpty, "\(differences.joined(separator: "\n\n"))")
  }

  @Test func theProxyAnswersAsAStandaloneServer() async throws {
    let proxy = try await NamespaceProxy()
    do {
      let namespace = try await proxy.namespace("oracle")
      // A neighbour, whose keys would show as differences.
      let neighbour = try await proxy.namespace("neighbour")
      let node = try await proxy.cluster.connection(to: 0)
      for key in ["s1", "l1", "nothing"] {
        _ = try await node.command(["SET", neighbour.record.prefix + key, "neighbour"])
      }
      let reference = try await RedisServer(password: namespace.password)
      defer { reference.stop() }
      let differences = try await Self.compare(
        reference: reference, password: namespace.password, commands: Self.commands, name: "proxy", port: proxy.port
      ) { () throws(Problem) in
        let observer = try RawConnection(port: proxy.cluster.seeds[0].port)
        _ = try observer.command(
          "AUTH", proxy.cluster.credentials.username ?? "", proxy.cluster.credentials.password.reveal())
        return observer
      }
      #expect(differences.isEmpty, "\(differences.joined(separator: "\n\n"))")
    } catch {
      await proxy.stop()
      throw error
    }
    await proxy.stop()
  }

  @Test func aServerThatDiffersIsFound() async throws {
    let differences = try await Self.compareServers(options: ["--rename-command", "GETDEL", ""], commands: 8000)
    #expect(differences.contains { $0.uppercased().contains("UNKNOWN COMMAND 'GETDEL'") })
    // Shrunk: at most a handful of the calls of its session are left.
    #expect(differences.allSatisfy { $0.split(separator: "\n").count < 16 })
  }

  private static func compareServers(options: [String], commands: Int) async throws -> [String] {
    let password = Secret.random()
    let reference = try await RedisServer(password: password, options: ["--notify-keyspace-events", "KEA"])
    defer { reference.stop() }
    let subject = try await RedisServer(password: password, options: ["--notify-keyspace-events", "KEA"] + options)
    defer { subject.stop() }
    return try await compare(
      reference: reference, password: password, commands: commands, name: "subject", port: subject.port
    ) { () throws(Problem) in try observer(subject.port, password) }
  }

  /// - Parameter observer: a connection to where the subject's clients are seen to block.
  private static func compare(
    reference: RedisServer, password: Secret, commands: Int, name: String, port: UInt16,
    observer subjectObserver: @escaping @Sendable () throws(Problem) -> RawConnection
  ) async throws -> [String] {
    try await onThread { () throws(Problem) in
      let oracle = Oracle(
        reference: OracleSide(
          name: "reference", port: reference.port, password: password.reveal(),
          observers: [try observer(reference.port, password)]),
        subject: OracleSide(name: name, port: port, password: password.reveal(), observers: [try subjectObserver()]),
        grammar: try CommandGrammar(try observer(reference.port, password)), password: password.reveal())
      let past = try oracle.differences(in: PastDifferences.sessions.map(PastDifferences.session))
      let differences = try past + oracle.run(seed: seed, commands: commands, limit: 40)
      report(oracle)
      return differences.map(\.description)
    }
  }

  private static func observer(_ port: UInt16, _ password: Secret) throws(Problem) -> RawConnection {
    let connection = try RawConnection(port: port)
    _ = try connection.command("AUTH", password.reveal())
    return connection
  }

  private static func report(_ oracle: Oracle) {
    let rare = oracle.counts.sorted { $0.value < $1.value }.prefix(10).map { "\($0.key) \($0.value)" }
    print(
      "oracle: \(oracle.commandCount) commands compared, \(oracle.counts.count) different ones, "
        + "\(oracle.errorCount) errors; rarest: \(rare.joined(separator: ", "))")
  }
}

func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
