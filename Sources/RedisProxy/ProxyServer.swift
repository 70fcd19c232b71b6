package import Core
import Glibc
import RedisNamespaces

/// The namespace proxy: to its clients one standalone Redis each, to the Redis Cluster a client.
package enum ProxyServer {
  /// Serves until SIGTERM or SIGINT, then lets clients have their replies, and returns.
  ///
  /// - Throws: `Problem` `port-taken`, `no-redis`, `io-error`.
  package static func run(_ configuration: ProxyConfiguration) throws(Problem) {
    // Before any thread is made, so that all have the signals blocked and they come to this one.
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGTERM, SIGINT] { sigaddset(&signals, number) }
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    signal(SIGPIPE, SIG_IGN)

    let coordinator = try Coordinator(configuration)
    try coordinator.start()
    var threads: [WorkerThread] = []
    for index in 0..<configuration.workers {
      threads.append(try WorkerThread.start(index, configuration, coordinator))
    }
    let coordination = WorkerThread.detached { coordinator.run() }
    var received: Int32 = 0
    repeat { sigwait(&signals, &received) } while received != SIGTERM && received != SIGINT
    coordinator.post(.drain)
    for thread in threads { thread.join() }
    coordinator.stop()
    coordination.join()
  }
}

/// A thread of the operating system. Workers are not tasks: each must have its core to itself, and none may be moved.
struct WorkerThread {
  private let thread: pthread_t

  static func start(
    _ index: Int, _ configuration: ProxyConfiguration, _ coordinator: Coordinator
  ) throws(Problem) -> WorkerThread {
    let mailbox = try Mailbox<WorkerMessage>()
    let listener = try Sockets.listen(host: configuration.host, port: configuration.port)
    coordinator.add(mailbox)
    return detached {
      // What a worker holds comes to life on its own thread.
      guard
        let worker = try? Worker(
          index: index, configuration: configuration, listener: listener, mailbox: mailbox, coordinator: coordinator)
      else { return }
      worker.run()
    }
  }

  static func detached(_ body: @escaping @Sendable () -> Void) -> WorkerThread {
    var thread = pthread_t()
    let box = Unmanaged.passRetained(Body(body))
    pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
        return nil
      }, box.toOpaque())
    return WorkerThread(thread: thread)
  }

  func join() { pthread_join(thread, nil) }

  private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }
}
