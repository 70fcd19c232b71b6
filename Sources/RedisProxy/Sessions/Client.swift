/// A client's connection, in the form that the data path needs. It lives at a fixed address, is confined to its worker, and
/// is used again for another client: `generation` tells whether a pointer to it still means the same.
struct Client: ~Copyable {
  struct Flags: OptionSet {
    let rawValue: UInt16
    static let isOpen = Flags(rawValue: 1)
    /// Is in the list of those that have something to be written.
    static let isDirty = Flags(rawValue: 2)
    /// The kernel took only a part of the output.
    static let waitsForRoom = Flags(rawValue: 4)
    /// Nothing more is read, since there is enough to do.
    static let readingStopped = Flags(rawValue: 8)
    /// No request is looked at before all replies are out: the next one needs another connection, or one was redirected.
    static let waitsForReplies = Flags(rawValue: 16)
    /// No request is looked at until something else happens, such as the end of a blocking command.
    static let isHeld = Flags(rawValue: 32)
    /// Is closed as soon as its output is written.
    static let closesWhenFlushed = Flags(rawValue: 64)
    /// Every command takes the general path: it is not logged in, subscribed, in a transaction, or spread.
    static let isSpecial = Flags(rawValue: 128)
    static let isClosing = Flags(rawValue: 256)
    /// Is in the list of those whose input is looked at again at the end of the pass.
    static let isResuming = Flags(rawValue: 512)
    /// Too many of its requests, or too much of its output, are on the way: it is in the list of those that go on later.
    static let isStalled = Flags(rawValue: 1024)
    /// Its namespace has a limit of commands or memory.
    static let isMetered = Flags(rawValue: 2048)
    /// Its next request need not wait for a turn again.
    static let hasTurn = Flags(rawValue: 4096)
    /// Is held until its turn has come.
    static let waitsForTurn = Flags(rawValue: 8192)
  }

  /// Which connections the outstanding requests are on. A client's commands are only on one kind at a time, since the
  /// order between connections is nobody's.
  enum Lane: UInt8 { case shared, scripts, exclusive }

  var flags: Flags = []
  var lane = Lane.shared
  /// 2 or 3.
  var resp: UInt8 = 2
  var descriptor: Int32 = -1
  var generation: UInt32 = 0
  /// Of the slot of a namespace that has one.
  var slot: UInt16 = 0

  /// Replies are written in the order of their tickets: `head` is the next to be written, `tail` the next to be given.
  var head: UInt32 = 0
  var tail: UInt32 = 0

  /// What the keys of its database start with; the memory is its namespace's, which the session holds.
  var prefix = UnsafeRawBufferPointer(start: nil, count: 0)
  /// The shared connection to the node of its slot, as long as `routeVersion` is the worker's.
  var route: UpstreamPointer?
  var routeVersion: UInt32 = 0
  var counters: UnsafeMutablePointer<NamespaceCounters>

  var parser: RequestParser
  var input = ByteQueue()
  var output = ByteQueue()
  /// Replies that came before those in front of them.
  var held = HeldReplies()

  /// For CLIENT LIST.
  var lastCommand: UnsafePointer<CommandSpec>?
  var lastInput = Instant(microseconds: 0)

  var nextDirty: ClientPointer?
  var nextResuming: ClientPointer?
  var session: Session

  init(parser: consuming RequestParser, counters: UnsafeMutablePointer<NamespaceCounters>, session: Session) {
    self.parser = parser
    self.counters = counters
    self.session = session
  }

  @inline(__always)
  var outstanding: UInt32 { tail &- head }

  @inline(__always)
  mutating func takeTicket() -> UInt32 {
    defer { tail &+= 1 }
    return tail
  }

  static let stopsParsing: Flags = [.waitsForReplies, .isHeld, .closesWhenFlushed, .isClosing]

  @inline(__always)
  var mayParse: Bool { flags.isDisjoint(with: Self.stopsParsing) }
}

typealias ClientPointer = UnsafeMutablePointer<Client>
