/// One request on a connection to a node, and who waits for its reply.
struct PendingReply: BitwiseCopyable {
  enum Purpose: UInt8 {
    /// To be passed on as it is.
    case forward
    /// Has keys in it that are to be stripped of the prefix; `detail` says how.
    case translate
    /// For a piece of work of the worker, whose number is `detail`.
    case exchange
    /// Nobody waits.
    case discard
  }

  struct Attributes: OptionSet {
    let rawValue: UInt8
    /// May be sent again although it may have been executed.
    static let isReadOnly = Attributes(rawValue: 1)
    /// The work it belongs to looks at redirects itself.
    static let keepsRedirects = Attributes(rawValue: 2)
    /// Stands behind an `ASKING`, which has to be sent again with it.
    static let isAsking = Attributes(rawValue: 4)
    /// The client asked for no reply.
    static let isSilent = Attributes(rawValue: 8)
  }

  var client: ClientPointer?
  /// Which of the clients that were in that place.
  var generation: UInt32 = 0
  /// The place of the reply among those of the client.
  var ticket: UInt32 = 0
  var byteCount: UInt32
  /// Microseconds of the worker's clock, cut to 32 bits: differences up to an hour are right.
  var sentAt: UInt32
  var detail: UInt32 = 0
  /// Of the keys; `PendingReply.noSlot` for none.
  var slot: UInt16 = PendingReply.noSlot
  var purpose: Purpose
  var attributes: Attributes = []
  /// Which of the requests of an exchange.
  var part: UInt32 = 0
  var redirects: UInt8 = 0

  static let noSlot = UInt16.max
}
