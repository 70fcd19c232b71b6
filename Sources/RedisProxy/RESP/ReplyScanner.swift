/// Finds where a server's reply ends, in RESP2 and RESP3, without reading more of it than its frame. An unfinished reply is
/// read on from where it stopped.
struct ReplyScanner {
  enum Outcome: Equatable {
    case incomplete
    /// With the attributes in front of it.
    case reply(byteCount: Int)
    /// What the server sent is no reply that Redis sends: the connection is of no use any more.
    case failure
  }

  /// Whether the reply is a push, which answers no request.
  private(set) var isPush = false
  private var position = 0
  private var searched = 0
  /// Of elements, those of the aggregates that were opened included. Nesting takes no memory, and so needs no bound.
  private var missing = 1

  init() {}

  /// - Parameter bytes: starts at the first byte of the unfinished reply each time.
  mutating func scan(_ bytes: UnsafeRawBufferPointer) -> Outcome { .incomplete }
}
