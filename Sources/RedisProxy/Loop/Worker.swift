import CLinux
import Core
import Glibc
import RedisNamespaces

/// One thread of the proxy: its event queue, clients and connections to nodes. Everything it holds is confined to that
/// thread; others talk to it through its mailbox.
final class Worker {
  let configuration: ProxyConfiguration
  let limits: ProxyLimits
  let mailbox: Mailbox<WorkerMessage>
  let coordinator: Coordinator
  let events: EventQueue
  let listener: Int32

  // Behind pointers, because the fields of a class are guarded by exclusivity checks at each use.
  let keys: UnsafeMutablePointer<IndexList>
  let scratchReply: UnsafeMutablePointer<ByteQueue>
  /// What is read goes here first, so that connections need memory of their own only for unfinished input.
  let receiveBuffer: UnsafeMutableRawBufferPointer
  let state: UnsafeMutablePointer<State>

  /// What changes with every pass or command.
  struct State {
    var now = Instant.now()
    /// Changes when connections or the topology do, so that clients look up their routes again.
    var routeVersion: UInt32 = 1
    var dirtyClients: ClientPointer?
    var dirtyUpstreams: UpstreamPointer?
    var resumingClients: ClientPointer?
  }

  let commands = CommandTable.shared
  /// Where answers of the proxy go instead of to the client, while the reply of EXEC is put together.
  var capture: UnsafeMutablePointer<ByteQueue>?
  var timers = TimerHeap<TimerAction>()
  var exchanges = ExchangeTable()
  var topology: Topology?
  var directory = NamespaceDirectory.empty
  var links: [NodeEndpoint: NodeLink] = [:]
  var counters: [String: UnsafeMutablePointer<NamespaceCounters>] = [:]
  /// Of clients that have not logged in.
  let strangers: UnsafeMutablePointer<NamespaceCounters>
  /// Stands for a client where there is none.
  let nobody: ClientPointer
  /// Open, and those whose memory can be used again.
  var clients: Set<ClientPointer> = []
  var freeClients: [ClientPointer] = []
  var closingClients: [ClientPointer] = []
  var stalledClients: [ClientPointer] = []
  let scriptStore: ScriptStore
  var listings = ListingCache()
  var loginAttempts: [LoginAttempt] = []
  var failedLogins = FailedLogins()
  var later: [DelayedRequest] = []
  let serverVersion: String
  /// Unix time.
  let startedAt = time(nil)
  var freeUpstreams: [UpstreamPointer] = []
  var closedUpstreams: [UpstreamPointer] = []
  /// Whether a timer is set for scripts that run too long.
  var watchesScripts = false
  var isDraining = false
  var isStopped = false
  var nextClientID: UInt64
  let clientIDStep: UInt64

  init(
    index: Int, configuration: ProxyConfiguration, listener: Int32, mailbox: Mailbox<WorkerMessage>,
    coordinator: Coordinator
  ) throws(Problem) {
    serverVersion = coordinator.serverVersion
    scriptStore = coordinator.scripts
    self.configuration = configuration
    limits = configuration.limits
    self.mailbox = mailbox
    self.coordinator = coordinator
    events = try EventQueue()
    self.listener = listener
    keys = .allocate(capacity: 1)
    keys.initialize(to: IndexList())
    scratchReply = .allocate(capacity: 1)
    scratchReply.initialize(to: ByteQueue())
    receiveBuffer = .allocate(byteCount: 128 * 1024, alignment: 64)
    state = .allocate(capacity: 1)
    state.initialize(to: State())
    strangers = .allocate(capacity: 1)
    strangers.initialize(to: NamespaceCounters())
    nobody = .allocate(capacity: 1)
    nobody.initialize(
      to: Client(
        parser: RequestParser(limits: RequestLimits()), counters: strangers,
        session: Session(id: 0, address: ("", 0), now: .now())))
    nextClientID = UInt64(index + 1)
    clientIDStep = UInt64(configuration.workers)
    try events.add(listener, .reading, .listener)
    try events.add(mailbox.descriptor, .reading, .mailbox)
    schedule(afterMilliseconds: 1000, .everySecond)
  }

  var now: Instant { state.pointee.now }

  func schedule(afterMilliseconds delay: Int, _ action: TimerAction) {
    timers.schedule(at: now + delay, action)
  }

  /// Serves until it is stopped by a message.
  func run() {
    while !isStopped {
      let count = events.wait(milliseconds: pause)
      state.pointee.now = .now()
      for index in 0..<count {
        let readiness = events[index]
        switch readiness.source {
        case .client(let client): clientReady(client, readiness)
        case .upstream(let upstream): upstreamReady(upstream, readiness)
        case .listener: acceptClients()
        case .mailbox: for message in mailbox.collect() { receive(message) }
        case nil: break
        }
      }
      while let action = timers.popDue(at: now) { perform(action) }
      finishPass()
    }
  }

  private var pause: Int32 {
    guard let deadline = timers.nextDeadline else { return 1000 }
    return Int32(clamping: max(0, (deadline - .now() + 999) / 1000))
  }

  /// Everything that was appended to a connection in this pass is written with one call.
  private func finishPass() {
    while true {
      resumeClients()
      // Writing can end connections, which frees others to go on.
      flushUpstreams()
      flushClients()
      closeClients()
      // What was written made room.
      resumeStalledClients()
      if state.pointee.resumingClients == nil, state.pointee.dirtyUpstreams == nil, state.pointee.dirtyClients == nil,
        closingClients.isEmpty
      {
        break
      }
    }
    recycleUpstreams()
  }

  @inline(__always)
  func markDirty(_ client: ClientPointer) {
    guard !client.pointee.flags.contains(.isDirty) else { return }
    client.pointee.flags.insert(.isDirty)
    client.pointee.nextDirty = state.pointee.dirtyClients
    state.pointee.dirtyClients = client
  }

  @inline(__always)
  func markDirty(_ upstream: UpstreamPointer) {
    guard !upstream.pointee.isDirty else { return }
    upstream.pointee.isDirty = true
    upstream.pointee.nextDirty = state.pointee.dirtyUpstreams
    state.pointee.dirtyUpstreams = upstream
  }

  private func flushUpstreams() {
    while let upstream = state.pointee.dirtyUpstreams {
      state.pointee.dirtyUpstreams = upstream.pointee.nextDirty
      upstream.pointee.isDirty = false
      flush(upstream)
    }
  }

  private func flushClients() {
    while let client = state.pointee.dirtyClients {
      state.pointee.dirtyClients = client.pointee.nextDirty
      client.pointee.flags.remove(.isDirty)
      flush(client)
    }
  }

  private func resumeClients() {
    while let client = state.pointee.resumingClients {
      state.pointee.resumingClients = client.pointee.nextResuming
      client.pointee.flags.remove(.isResuming)
      serveInput(of: client)
    }
  }

  /// Has the client's input looked at again at the end of this pass.
  func resume(_ client: ClientPointer) {
    guard client.pointee.flags.isDisjoint(with: [.isResuming, .isClosing]), client.pointee.flags.contains(.isOpen)
    else {
      return
    }
    client.pointee.flags.insert(.isResuming)
    client.pointee.nextResuming = state.pointee.resumingClients
    state.pointee.resumingClients = client
  }
}

/// What a worker is told by others.
enum WorkerMessage: Sendable {
  case topology(Topology)
  /// What the registry said when it was last read, and the last wish that this fulfils.
  case directory(NamespaceDirectory, wish: UInt64, wasRead: Bool)
  case report(ReportCollection)
  case neighbourQuestion(NeighbourQuestion)
  case neighbourAnswer(NeighbourAnswer)
  case drain
}

enum TimerAction {
  case everySecond
  case checkScripts
  case connect(UpstreamPointer)
  case sendAgain
  case refuse(LoginAttempt)
  case turn(ClientPointer, generation: UInt32, number: UInt32)
  case accept
  case repeatTransaction(TransactionExchange)
  case stop
}
