package import Core
package import RedisNamespaces
package import SystemPackage

/// What a proxy is to be.
package struct ProxyConfiguration: Sendable {
  package var host: String
  package var port: UInt16
  /// Threads, each with connections of its own.
  package var workers: Int
  /// Some nodes of the cluster, from which the others are found.
  package var seeds: [NodeEndpoint]
  /// The account that may use every command on every key.
  package var administrator: String
  package var password: Secret
  /// What the proxy's passwords for the users of namespaces are made from.
  package var proxyKey: ProxyKey
  package var limits = ProxyLimits()
  /// Where `ProxyStatus.read` asks; nil for nowhere.
  package var statusSocket: FilePath?
  /// Of 127.0.0.1, for Prometheus; nil for none.
  package var metricsPort: UInt16?

  package init(
    host: String, port: UInt16, workers: Int, seeds: [NodeEndpoint], administrator: String, password: Secret,
    proxyKey: ProxyKey
  ) {
    self.host = host
    self.port = port
    self.workers = workers
    self.seeds = seeds
    self.administrator = administrator
    self.password = password
    self.proxyKey = proxyKey
  }
}

/// Bounds against what clients and nodes may do. Sizes are in bytes.
package struct ProxyLimits: Sendable {
  /// Connections of clients, of all workers together.
  package var clients = 10_000
  /// How long a connection may stay without logging in.
  package var loginSeconds = 60
  /// How long nothing may come of a request that is not there as a whole.
  package var unfinishedRequestSeconds = 300
  /// Requests of one client without a reply; beyond that nothing more is read from it.
  package var outstandingRequests = 1024
  /// Of replies that a client does not read; beyond that no more of its requests are looked at.
  package var clientOutputPause = 1024 * 1024
  /// Of replies that a client does not read, or that are being put together for it; beyond that it is disconnected.
  package var clientOutput = 1024 * 1024 * 1024
  /// Of messages that a subscriber does not read (Redis' `client-output-buffer-limit pubsub`): at once, and for a minute.
  package var subscriberOutput = 32 * 1024 * 1024
  package var subscriberOutputForMinute = 8 * 1024 * 1024
  /// Of one request, and of all that are queued in a transaction.
  package var requestBytes = 1024 * 1024 * 1024
  package var arguments = 1_048_576
  /// Of requests that wait for one node; beyond that its clients are not read from.
  package var upstreamOutput = 64 * 1024 * 1024
  /// How often a request follows the cluster's redirects.
  package var redirects = 5
  /// How long requests wait for a node that cannot be reached, and for a reply of one that can.
  package var lostNodeMilliseconds = 15_000
  /// How long a drain waits for replies.
  package var drainMilliseconds = 10_000

  package init() {}
}
