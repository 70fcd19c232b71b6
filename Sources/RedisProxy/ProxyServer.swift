package import Core
import Glibc
import RedisNamespaces

/// The namespace proxy: to its clients one standalone Redis each, to the Redis Cluster a client.
package final class ProxyServer: Sendable {
  private let coordinator: Coordinator
  private let workers: [SystemThread]
  private let helpers: [SystemThread]
  private let status: StatusServer
  private let contents: ContentWatch

  /// Starts to serve. It has been told by the cluster what it needs when this returns.
  ///
  /// - Throws: `Problem` `port-taken`, `no-redis`, `unknown-host`, `io-error`.
  package static func start(_ configuration: ProxyConfiguration) throws(Problem) -> ProxyServer {
    // A peer that is gone is an error of the write to it, not a signal that ends the process.
    signal(SIGPIPE, SIG_IGN)
    DescriptorLimit.raise(forClients: configuration.limits.clients)
    let coordinator = try Coordinator(configuration)
    try coordinator.start()
    try Sockets.insistOnFree(host: configuration.host, port: configuration.port)
    var listeners: [Int32] = []
    for _ in 0..<configuration.workers {
      listeners.append(try Sockets.listen(host: configuration.host, port: configuration.port))
    }
    let status = try StatusServer(configuration, coordinator)
    let contents = try ContentWatch(configuration, coordinator)
    var workers: [SystemThread] = []
    for (index, listener) in listeners.enumerated() {
      let mailbox = try Mailbox<WorkerMessage>()
      coordinator.add(mailbox)
      workers.append(
        SystemThread {
          // What a worker holds comes to life on its own thread.
          let worker = try? Worker(
            index: index, configuration: configuration, listener: listener, mailbox: mailbox, coordinator: coordinator)
          worker?.run()
        })
    }
    let helpers = [
      SystemThread { coordinator.run() }, SystemThread { status.run() }, SystemThread { contents.run() },
    ]
    return ProxyServer(coordinator, status, contents, workers, helpers)
  }

  private init(
    _ coordinator: Coordinator, _ status: StatusServer, _ contents: ContentWatch, _ workers: [SystemThread],
    _ helpers: [SystemThread]
  ) {
    self.coordinator = coordinator
    self.status = status
    self.contents = contents
    self.workers = workers
    self.helpers = helpers
  }

  /// Takes no more clients, lets those that are there have their replies (`ProxyLimits.drainMilliseconds` at most), and ends.
  package func drain() { coordinator.post(.drain) }

  /// Returns when it has ended, after `drain`.
  package func waitUntilEnded() async {
    await withCheckedContinuation { continuation in
      _ = SystemThread { [self] in
        for thread in workers { thread.join() }
        coordinator.stop()
        status.stop()
        contents.stop()
        for thread in helpers { thread.join() }
        continuation.resume()
      }
    }
  }
}
