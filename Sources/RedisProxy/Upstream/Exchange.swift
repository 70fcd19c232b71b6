/// A piece of work that needs several replies, or more than passing one on. Confined to its worker.
///
/// A subclass for each kind: this is not the path of plain commands, so that an object for each is well spent.
class Exchange {
  let client: ClientPointer
  let generation: UInt32
  let ticket: UInt32
  private let isSilent: Bool
  /// In the worker's table.
  fileprivate(set) var number: UInt32 = 0
  /// Replies that are still to come, with the one that is being received; the work is over when there are none.
  var missing = 0

  /// Takes the place of the client's next reply.
  init(for client: ClientPointer) {
    self.client = client
    generation = client.pointee.generation
    ticket = client.pointee.takeTicket()
    isSilent = !client.pointee.session.takesReplies
  }

  /// A piece of work of the worker's own, for which no client waits.
  init(ofNobodyOn worker: Worker) {
    client = worker.nobody
    generation = client.pointee.generation
    ticket = 0
    isSilent = true
  }

  /// - Parameter part: which of the requests it answers.
  func receive(_ reply: UnsafeRawBufferPointer, part: Int, on worker: Worker) {}

  final var isWanted: Bool { client.pointee.generation == generation }

  final func finish(_ reply: UnsafeRawBufferPointer, on worker: Worker) {
    guard isWanted else { return }
    if reply.first == UInt8(ascii: "-") { client.pointee.counters.pointee.errors &+= 1 }
    worker.deliver(isSilent ? Worker.nothing : reply, ticket, to: client)
  }

  final func finish(on worker: Worker, _ body: (inout ByteQueue) -> Void) {
    guard isWanted else { return }
    var reply = ByteQueue()
    body(&reply)
    finish(reply.readable, on: worker)
  }
}

/// The exchanges of a worker by number. Confined to the worker.
struct ExchangeTable {
  private var exchanges: [Exchange?] = []
  private var free: [UInt32] = []

  mutating func add(_ exchange: Exchange) {
    if let number = free.popLast() {
      exchange.number = number
      exchanges[Int(number)] = exchange
    } else {
      exchange.number = UInt32(exchanges.count)
      exchanges.append(exchange)
    }
  }

  subscript(number: UInt32) -> Exchange? { exchanges[Int(number)] }

  fileprivate mutating func remove(_ number: UInt32) {
    exchanges[Int(number)] = nil
    free.append(number)
  }
}

extension Worker {
  func receive(_ reply: UnsafeRawBufferPointer, part: Int, of number: UInt32) {
    guard let exchange = exchanges[number] else { return }
    exchange.receive(reply, part: part, on: self)
    exchange.missing -= 1
    if exchange.missing == 0 { exchanges.remove(number) }
  }

  /// Sends a request of an exchange.
  func send(
    _ exchange: Exchange, part: Int = 0, to upstream: UpstreamPointer, slot: UInt16 = PendingReply.noSlot,
    _ attributes: PendingReply.Attributes = [], _ body: (inout ByteQueue) -> Void
  ) {
    let before = upstream.pointee.output.count
    body(&upstream.pointee.output)
    if exchange.missing == 0 { exchanges.add(exchange) }
    exchange.missing += 1
    upstream.pointee.pending.append(
      PendingReply(
        client: exchange.client, generation: exchange.generation, ticket: exchange.ticket,
        byteCount: UInt32(truncatingIfNeeded: upstream.pointee.output.count - before), sentAt: now.stamp,
        detail: exchange.number, slot: slot, purpose: .exchange, attributes: attributes, part: UInt32(part)))
    markDirty(upstream)
  }
}
