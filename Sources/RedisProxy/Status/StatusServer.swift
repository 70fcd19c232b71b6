import CLinux
import Core
import Glibc
import RedisNamespaces
import Synchronization
import SystemPackage

/// The thread that answers questions about the proxy: on a socket in the file system with JSON, and on a port with the text
/// that Prometheus reads (prometheus.io, "Exposition formats").
final class StatusServer: Sendable {
  private let configuration: ProxyConfiguration
  private let coordinator: Coordinator
  private let socket: Int32?
  private let metrics: Int32?
  private let wakeUp: Mailbox<Void>
  private let startedAt = Instant.now()

  /// - Throws: `Problem` `port-taken`, `io-error`.
  init(_ configuration: ProxyConfiguration, _ coordinator: Coordinator) throws(Problem) {
    self.configuration = configuration
    self.coordinator = coordinator
    wakeUp = try Mailbox()
    if let path = configuration.statusSocket { socket = try UnixSocket.listen(at: path) } else { socket = nil }
    if let port = configuration.metricsPort {
      metrics = try Sockets.listen(host: "127.0.0.1", port: port)
    } else {
      metrics = nil
    }
  }

  func stop() { wakeUp.post(()) }

  func run() {
    var polls = [pollfd(fd: wakeUp.descriptor, events: Int16(POLLIN), revents: 0)]
    for listener in [socket, metrics] { polls.append(pollfd(fd: listener ?? -1, events: Int16(POLLIN), revents: 0)) }
    while true {
      _ = poll(&polls, nfds_t(polls.count), -1)
      if polls[0].revents != 0 { break }
      if polls[1].revents != 0, let socket { answer(socket) { $0.encoded() } }
      if polls[2].revents != 0, let metrics { answer(metrics, isHTTP: true) { Array($0.prometheusText.utf8) } }
    }
    for listener in [socket, metrics] { if let listener { close(listener) } }
    if let path = configuration.statusSocket { unlink(path.string) }
  }

  private func answer(_ listener: Int32, isHTTP: Bool = false, _ text: (ProxyStatus) -> [UInt8]) {
    let connection = accept(listener, nil, nil)
    guard connection >= 0 else { return }
    defer { close(connection) }
    // Who asks and then does not read, or does not say what, must not stop others from asking.
    var limit = timeval(tv_sec: 2, tv_usec: 0)
    for option in [SO_SNDTIMEO, SO_RCVTIMEO] {
      setsockopt(connection, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
    }
    var bytes = text(collect())
    if isHTTP {
      var request = [UInt8](repeating: 0, count: 4096)
      _ = recv(connection, &request, request.count, 0)
      let head = """
        HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: \(bytes.count)\r\n\
        Connection: close\r\n\r\n
        """
      bytes = Array(head.utf8) + bytes
    }
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        send(connection, $0.baseAddress, $0.count, Int32(truncatingIfNeeded: MSG_NOSIGNAL))
      }
      guard count > 0 else { return }
      sent += count
    }
  }

  /// Asks all workers, and puts together what those say that answer within a second.
  private func collect() -> ProxyStatus {
    let reports = gather()
    var namespaces: [String: NamespaceCounters] = [:]
    var links: [NodeEndpoint: WorkerReport.Link] = [:]
    for report in reports {
      for (name, counters) in report.namespaces { namespaces[name, default: NamespaceCounters()].add(counters) }
      for link in report.links {
        var sum = links[link.endpoint] ?? WorkerReport.Link(endpoint: link.endpoint)
        sum.connections += link.connections
        sum.waiting += link.waiting
        sum.error = sum.error ?? link.error
        links[link.endpoint] = sum
      }
    }
    let (topology, directory) = (coordinator.topology, coordinator.directory)
    let now = Instant.now()
    let all = directory.byName.values.sorted { $0.realName < $1.realName }.map { namespace in
      ProxyStatus.Namespace(namespace, namespaces[namespace.realName] ?? NamespaceCounters(), now)
    }
    let nodes = (topology?.nodes ?? []).map { node in
      let link = links[node.endpoint]
      return ProxyStatus.Node(
        address: node.endpoint.description, isMaster: node.master == nil, slots: topology?.slotCount(of: node) ?? 0,
        connections: link?.connections ?? 0, waiting: link?.waiting ?? 0, error: link?.error)
    }
    return ProxyStatus(
      serverVersion: coordinator.serverVersion, uptimeSeconds: Int((Instant.now() - startedAt) / 1_000_000),
      workers: configuration.workers, processID: Int(getpid()), clients: reports.reduce(0) { $0 + $1.clients },
      coveredSlots: topology?.coveredSlots ?? 0, registryVersion: directory.version, namespaces: all,
      nodes: nodes)
  }

  private func gather() -> [WorkerReport] {
    guard let arrivals = try? Mailbox<Void>() else { return [] }
    let collection = ReportCollection(arrivals)
    coordinator.post(.report(collection))
    let deadline = Instant.now() + 1000
    while collection.all.count < configuration.workers {
      let rest = (deadline - .now()) / 1000
      guard rest > 0 else { break }
      var wait = pollfd(fd: arrivals.descriptor, events: Int16(POLLIN), revents: 0)
      _ = poll(&wait, 1, Int32(clamping: rest))
      _ = arrivals.collect()
    }
    return collection.all
  }
}

extension ProxyStatus.Namespace {
  fileprivate init(_ namespace: Namespace, _ counters: NamespaceCounters, _ now: Instant) {
    func latency(_ share: Double) -> Int? { counters.latencies.percentile(share).map(Int.init) }
    let (account, limits, content) = (namespace.account, namespace.record.limits, namespace.account.content)
    self.init(
      name: namespace.realName, clients: account.connections, commands: counters.commands,
      commandsPerSecond: counters.commandsPerSecond, bytesIn: counters.bytesIn, bytesOut: counters.bytesOut,
      errors: counters.errors, redirects: counters.redirects, latency50: latency(0.5), latency99: latency(0.99),
      latency999: latency(0.999),
      limits: ProxyStatus.Limits(
        connections: limits.connections, commandsPerSecond: limits.commands, scriptMilliseconds: limits.scriptTime,
        memoryBytes: limits.memory),
      connectionsRefused: account.connectionsRefused, commandsDelayed: account.commandsDelayed,
      commandsRefused: account.commandsRefused, scriptsKilled: account.scriptsKilled,
      hasRunawayScript: account.hasRunawayScript(at: now), keys: content?.keys, memory: content?.bytes,
      memoryAgeSeconds: content.map { Int((now - $0.reckonedAt) / 1_000_000) })
  }
}
