import Glibc

/// A connection to a node. It lives at a fixed address as long as its worker, and is confined to it.
///
/// It is a struct behind a pointer, as `Client` is: the fields of a class would be guarded by exclusivity checks and its
/// references counted, several times per command. Its memory is not given back before the worker ends, so that no pointer
/// to it dangles.
struct Upstream: ~Copyable {
  enum State: UInt8 {
    /// To be connected when somebody has something to send, or after a pause.
    case idle
    case connecting
    /// Logs in; requests wait.
    case greeting
    case ready
    /// Given up: out of use.
    case closed
  }

  enum Role: UInt8 {
    /// Of all clients, logged in as the administrator.
    case shared
    /// Of the scripts of one namespace, logged in as its user.
    case scripts
    /// Of one client at a time.
    case exclusive
    /// Of one client's subscriptions.
    case subscriptions
  }

  var descriptor: Int32 = -1
  var state = State.idle
  let role: Role
  let resp: UInt8
  var isDirty = false
  var waitsForRoom = false
  /// Whether replies wait to be read: none may be appended to its queues from elsewhere meanwhile.
  var nextDirty: UpstreamPointer?

  /// Requests, from the first that is not answered: they are kept until then, so that they can be sent again.
  var output = ByteQueue()
  /// Of `output`, what was handed to the kernel.
  var sentBytes = 0
  var pending = Ring<PendingReply>()
  var input = ByteQueue()
  var scanner = ReplyScanner()

  /// Of the greeting: replies that are still to come, and what of it is still to be sent.
  var greetingReplies = 0
  var greeting = ByteQueue()

  var failures = 0
  /// Since when it has not been ready though it was wanted.
  var troubleSince: Instant?
  var lastReply = Instant(microseconds: 0)

  /// What is not needed for each command.
  let details: UpstreamDetails

  init(role: Role, resp: UInt8, details: UpstreamDetails) {
    self.role = role
    self.resp = resp
    self.details = details
  }

  /// How much of what has to be sent now was not.
  var hasUnsent: Bool { state == .ready && sentBytes < output.count || !greeting.isEmpty }
}

typealias UpstreamPointer = UnsafeMutablePointer<Upstream>

final class UpstreamDetails {
  let endpoint: NodeEndpoint
  /// Whose user it is logged in as; nil for the administrator.
  let namespace: Namespace?
  /// Of an exclusive one, its client at the moment.
  var owner: ClientPointer?
  /// The server's number of the connection, of an exclusive one.
  var serverID: Int?
  /// Hashes of scripts that the server was given on it.
  var knownScripts: Set<[UInt8]> = []
  /// Of one of scripts: whether the node is asked at the moment what it does, when that was last over, and when it last
  /// answered although the script did not end.
  var isProbed = false
  var lastProbe = Instant(microseconds: 0)
  var lastProof = Instant(microseconds: 0)
  /// Why it could not be connected.
  var lastError: String?

  init(endpoint: NodeEndpoint, namespace: Namespace?) {
    self.endpoint = endpoint
    self.namespace = namespace
  }
}
