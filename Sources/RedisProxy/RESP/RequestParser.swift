/// What a client may send at most.
struct RequestLimits {
  var arguments = 1_048_576
  /// Of one argument; Redis' own `proto-max-bulk-len`.
  var argumentBytes = 512 * 1024 * 1024
  /// Of a whole request. Below 2 GiB.
  var requestBytes = 1024 * 1024 * 1024
  /// Redis' own limits for clients that have not logged in.
  var unauthenticatedArguments = 10
  var unauthenticatedArgumentBytes = 16_384
}

/// Reads requests as Redis 7.0 does (`processMultibulkBuffer`, `processInlineBuffer`), also where that is lenient: it looks
/// for `\r` alone, and takes any two bytes for a line end.
///
/// An unfinished request is read on from where it stopped, and its arguments are stored in memory that is used again.
struct RequestParser: ~Copyable {
  enum Outcome {
    case incomplete
    /// A blank line or an empty array, which is not answered.
    case nothing(byteCount: Int)
    case request(Request)
    case failure(ProtocolFailure)
  }

  static let maximalLineLength = 65_536

  var limits: RequestLimits
  var isAuthenticated = false

  /// Where to read on, in the unfinished request.
  private var position = 0
  /// Of an unfinished line: what was searched for its end.
  private var searched = 0
  /// Of arguments; nil before the request's first line was read.
  private var missing = -1
  /// Of the argument that is read, or -1 if its length is not known yet.
  private var bulkLength = -1
  private var isCanonical = true
  private var arguments: UnsafeMutablePointer<ArgumentRange>
  private var count = 0
  private var capacity: Int
  private var inline = ByteQueue()

  init(limits: RequestLimits) {
    self.limits = limits
    capacity = Self.initialCapacity
    arguments = .allocate(capacity: capacity)
  }

  deinit { arguments.deallocate() }

  /// How many more bytes the unfinished request needs at least.
  var missingByteCount: Int { 0 }

  /// - Parameter bytes: starts at the first byte of the unfinished request each time.
  mutating func parse(_ bytes: UnsafeRawBufferPointer) -> Outcome { .incomplete }

  private static let initialCapacity = 16
}
