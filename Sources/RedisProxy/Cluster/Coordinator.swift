import Core
import Glibc
import RedisNamespaces
import Synchronization

/// The thread that finds out about the cluster and the namespaces, and tells the workers. It may wait for slow nodes, which
/// a worker must never do.
final class Coordinator: Sendable {
  enum Request: Sendable { case topology, directory, stop }

  let configuration: ProxyConfiguration
  let mailbox: Mailbox<Request>
  let scripts = ScriptStore()
  let clientCount = ClientCount()
  private let published = Mutex(Published())

  struct Published: Sendable {
    var workers: [Mailbox<WorkerMessage>] = []
    var topology: Topology?
    var directory = NamespaceDirectory.empty
    var serverVersion = ""
    var topologyAsked = false
    var directoryWishes: UInt64 = 0
  }

  init(_ configuration: ProxyConfiguration) throws(Problem) {
    self.configuration = configuration
    mailbox = try Mailbox()
  }

  var serverVersion: String { published.withLock { $0.serverVersion } }
  var topology: Topology? { published.withLock { $0.topology } }
  var directory: NamespaceDirectory { published.withLock { $0.directory } }

  /// Asks for a look at the cluster soon; many at once are one.
  func refreshTopology() {
    let isNew = published.withLock { published in
      defer { published.topologyAsked = true }
      return !published.topologyAsked
    }
    if isNew { mailbox.post(.topology) }
  }

  /// Asks for the registry to be read again. Every worker is told when it was, also if nothing has changed.
  ///
  /// - Returns: the number of this wish. A reading fulfils all that were there when it began.
  func refreshDirectory() -> UInt64 {
    let wish = published.withLock { published in
      published.directoryWishes += 1
      return published.directoryWishes
    }
    mailbox.post(.directory)
    return wish
  }

  func stop() { mailbox.post(.stop) }

  /// Adds a worker, which gets what is known and what changes.
  func add(_ worker: Mailbox<WorkerMessage>) {
    published.withLock { published in
      published.workers.append(worker)
      if let topology = published.topology { worker.post(.topology(topology)) }
      worker.post(.directory(published.directory, wish: 0, wasRead: true))
    }
  }

  func post(_ message: WorkerMessage) {
    for worker in published.withLock(\.workers) { worker.post(message) }
  }

  /// The first look at everything, without which nobody can be served.
  ///
  /// - Throws: `Problem` `no-redis`.
  func start() throws(Problem) {
    let survey = ClusterSurvey(configuration)
    guard let topology = try survey.topology(current: nil) else {
      throw Problem(
        "no-redis", .unavailable, "the Redis nodes do not agree on their cluster",
        hint: "look at it: olares-cli redis cluster status", isTransient: true)
    }
    let directory = try survey.directory(topology, current: .empty)
    let version = try survey.serverVersion(topology)
    published.withLock { published in
      published.topology = topology
      published.directory = directory
      published.serverVersion = version
    }
  }

  /// Runs until it is stopped.
  func run() {
    let survey = ClusterSurvey(configuration)
    if let topology { survey.prepareForLimits(directory, topology) }
    // At once, since what may be announced is heard by the connections that this makes.
    var nextTopology = Instant.now()
    var nextDirectory = Instant.now() + Self.directoryInterval
    var earliestTopology = Instant.now()
    var earliestDirectory = Instant.now()
    var lastDirectory = Instant.now()
    var wantsTopology = false
    var wantsDirectory = false
    while true {
      let now = Instant.now()
      if now >= nextTopology || wantsTopology && now >= earliestTopology {
        wantsTopology = false
        published.withLock { $0.topologyAsked = false }
        look(survey)
        nextTopology = .now() + Self.topologyInterval
        earliestTopology = .now() + Self.topologyPause
      }
      if now >= nextDirectory || wantsDirectory && now >= earliestDirectory {
        wantsDirectory = false
        lastDirectory = .now()
        read(survey)
        nextDirectory = .now() + Self.directoryInterval
        earliestDirectory = .now() + Self.directoryPause
      }
      var deadline = min(nextTopology, nextDirectory)
      if wantsTopology { deadline = min(deadline, earliestTopology) }
      if wantsDirectory { deadline = min(deadline, earliestDirectory) }
      if survey.waitForChange(or: mailbox.descriptor, milliseconds: Int32(clamping: (deadline - .now()) / 1000 + 1)) {
        // Only olares-cli itself can say so: there is nobody to keep from asking too often.
        wantsDirectory = true
        earliestDirectory = min(earliestDirectory, lastDirectory + Self.announcementPause)
      }
      for request in mailbox.collect() {
        switch request {
        case .topology: wantsTopology = true
        case .directory: wantsDirectory = true
        case .stop: return
        }
      }
    }
  }

  private func look(_ survey: ClusterSurvey) {
    let current = topology
    guard let topology = try? survey.topology(current: current), current.map({ !topology.isSame(as: $0) }) ?? true
    else { return }
    published.withLock { $0.topology = topology }
    post(.topology(topology))
  }

  private func read(_ survey: ClusterSurvey) {
    let (current, wish) = published.withLock { ($0.directory, $0.directoryWishes) }
    guard let topology, let directory = try? survey.directory(topology, current: current) else {
      return post(.directory(current, wish: wish, wasRead: false))
    }
    published.withLock { $0.directory = directory }
    post(.directory(directory, wish: wish, wasRead: true))
    survey.prepareForLimits(directory, topology)
  }

  private static let topologyInterval = 2000
  private static let topologyPause = 100
  private static let directoryInterval = 5000
  /// Guessing passwords must not keep the registry's node busy.
  private static let directoryPause = 1000
  private static let announcementPause = 100
}
