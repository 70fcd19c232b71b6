/// Replies of one client that came before those in front of them, by ticket. Only a client whose commands go to several
/// nodes, or that sends commands which the proxy answers itself in the midst of others, has any.
struct HeldReplies: ~Copyable {
  private var replies: [(ticket: UInt32, bytes: [UInt8])] = []

  var isEmpty: Bool { replies.isEmpty }
  private(set) var byteCount = 0

  mutating func insert(_ ticket: UInt32, _ bytes: UnsafeRawBufferPointer) {
    // From the end, where it mostly belongs. Tickets are compared by difference, since they start again at zero.
    var index = replies.count
    while index > 0, Int32(bitPattern: ticket &- replies[index - 1].ticket) < 0 { index -= 1 }
    replies.insert((ticket, Array(bytes)), at: index)
    byteCount += bytes.count
  }

  /// Appends the replies from `head` on that are there without a gap.
  mutating func release(from head: inout UInt32, to output: inout ByteQueue) {
    var count = 0
    while count < replies.count, replies[count].ticket == head {
      replies[count].bytes.withUnsafeBytes { output.append($0) }
      byteCount -= replies[count].bytes.count
      head &+= 1
      count += 1
    }
    replies.removeFirst(count)
  }

  mutating func removeAll() {
    replies = []
    byteCount = 0
  }
}
