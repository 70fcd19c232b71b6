import Apps
import ArgumentParser
import Configuration
import Core
import Hosting
import Redis
import RedisNamespaces
import RedisProxy
import SystemPackage

struct ProxyRun: Verb {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Serve each namespace as a plain Redis of its own",
    discussion: """
      Stays in the foreground. An app connects as to a single Redis; its password chooses its namespace, and neither its \
      code nor its keys know anything of it. Namespaces that are created, rotated or deleted meanwhile are taken up \
      without a restart. SIGTERM lets clients have the replies they wait for, and ends.

      As long as no node of the Redis Cluster can be reached, as after a power cut, it waits for one before it listens.

      Examples:
        olares-cli redis proxy run
        olares-cli redis proxy run --listen 0.0.0.0:6379 --workers 4 --user redis

      Exit status: 0 ended by a signal; 73 the port is taken; 78
      """)

  @Option(
    help: ArgumentHelp("Where clients connect to", valueName: "host:port"), transform: RedisEndpoint.parse)
  var listen = RedisEndpoint(host: "127.0.0.1", port: 6379)

  @Option(help: ArgumentHelp("Threads that serve clients (default: one for each core, 4 at the most)"))
  var workers: Int?

  @Option(help: ArgumentHelp("Where Prometheus finds numbers at 127.0.0.1 (default: nowhere)", valueName: "port"))
  var metricsPort: UInt16?

  @Option(
    help: ArgumentHelp(
      "The account to go on as, once the secrets are read and the ports are open (default: the one it is started by)",
      valueName: "account"))
  var user: String?

  @OptionGroup(title: "Limits") var limits: ProxyLimitOptions

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if let workers, !(1...64).contains(workers) { throw ValidationError("--workers must be from 1 to 64") }
  }

  func run(in context: Context) async throws {
    var configuration = try DataLayer(baseDirectory: context.baseDirectory).proxyConfiguration(
      host: listen.host, port: listen.port, workers: try workers ?? min(4, Machine.current().cores))
    let account = try user.map(Self.account)
    configuration.limits = limits.limits
    configuration.metricsPort = metricsPort
    try Files.createDirectory(RunDirectory(of: context.baseDirectory).path)
    let server = try await start(configuration, context.console)
    try account?.become()
    context.console.note("Serving namespaces at \(listen).")
    await Interruption.shielded {
      await withTaskCancellationHandler {
        await server.waitUntilEnded()
      } onCancel: {
        server.drain()
      }
    }
  }
}

extension ProxyRun {
  /// Starts as soon as the cluster can be asked: who starts the two need not know an order.
  fileprivate func start(_ configuration: ProxyConfiguration, _ console: Console) async throws -> ProxyServer {
    var isWaiting = false
    while true {
      do throws(Problem) {
        return try ProxyServer.start(configuration)
      } catch {
        guard error.code == "no-redis" else { throw error }
        if !isWaiting {
          console.show(error)
          console.note("Waiting for the Redis Cluster.")
        }
        isWaiting = true
      }
      try await Task.sleep(for: .seconds(1))
    }
  }

  fileprivate static func account(_ name: String) throws(Problem) -> UserAccount {
    guard let account = UserAccount(named: name) else {
      throw Problem(
        "no-account", .usage, "there is no account \(name) on this machine", hint: "--user takes one of: getent passwd")
    }
    return account
  }
}

extension RedisEndpoint {
  static func parse(_ argument: String) throws -> RedisEndpoint {
    do { return try RedisEndpoint(argument) } catch { throw ValidationError(error.asUsage) }
  }
}
