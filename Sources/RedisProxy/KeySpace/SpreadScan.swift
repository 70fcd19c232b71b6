import RedisNamespaces

/// SCAN of a spread namespace: one node after the other, each by its own SCAN.
///
/// The cursor is that of the node with the lowest slot it serves below, so that it needs no memory and holds for every
/// worker. As in any cluster, a key whose slot moves to another node meanwhile may be missed, or come twice.
final class SpreadScanExchange: Exchange {
  private let scan: ScanRequest
  private let prefix: [UInt8]
  /// Of the node that is asked.
  private var slot: Int
  private var cursor: UInt64
  /// How many keys the node is to look at.
  private var count: Int
  private var questions = 0

  init(for client: ClientPointer, _ scan: ScanRequest, prefix: UnsafeRawBufferPointer) {
    self.scan = scan
    self.prefix = Array(prefix)
    slot = Int(scan.cursor & Self.slotMask)
    cursor = scan.cursor >> Self.slotBits
    count = min(scan.count, Self.mostAtOnce)
    super.init(for: client)
  }

  func ask(_ worker: Worker) {
    guard let endpoint = worker.topology?.master(of: slot) else {
      return finish(StaticReply(Worker.unserved).bytes, on: worker)
    }
    questions += 1
    // The user's pattern stays here: how long it takes must not be the server's worry.
    var words = ["SCAN", "\(cursor)", "MATCH"].map { Array($0.utf8) } + [prefix + Array("*".utf8)]
    words += ["COUNT", "\(count)"].map { Array($0.utf8) }
    if let type = scan.type { words += [Array("TYPE".utf8), type] }
    worker.send(self, to: worker.link(to: endpoint).shared(resp: 2, worker: worker), .isReadOnly) {
      $0.append(request: words)
    }
  }

  override func receive(_ reply: UnsafeRawBufferPointer, part: Int, on worker: Worker) {
    var elements = ReplyElements(reply)
    guard reply.first == UInt8(ascii: "*"), let head = elements.next(), let list = elements.next() else {
      return finish(reply, on: worker)
    }
    var reader = ReplyCursor(head)
    cursor = reader.next().flatMap { UInt64(String(decoding: reader.bytes(of: $0), as: UTF8.self)) } ?? 0
    let isOver = cursor == 0 && !goOn(worker)
    let keys = prefix.withUnsafeBytes { KeyList(list, prefix: $0) }
    // Most keys of the nodes may be of others: an empty page is not worth the client's question.
    if keys.isEmpty, !isOver, questions < Self.mostQuestions {
      count = max(count, min(count * 4, Self.usualMost))
      return ask(worker)
    }
    finish(on: worker) { output in
      keys.append(page: isOver ? 0 : cursor << Self.slotBits | UInt64(slot), matching: scan.pattern, to: &output)
    }
  }

  /// To the next node, by its lowest slot.
  ///
  /// - Returns: false after the last one.
  private func goOn(_ worker: Worker) -> Bool {
    guard let topology = worker.topology else { return false }
    var seen: Set<NodeEndpoint> = []
    var last: NodeEndpoint?
    for candidate in 0..<HashSlot.count {
      guard let node = topology.master(of: candidate), node != last else { continue }
      last = node
      if seen.insert(node).inserted, candidate > slot {
        slot = candidate
        return true
      }
    }
    return false
  }

  private static let slotBits: UInt64 = 14
  private static let slotMask: UInt64 = 1 << slotBits - 1
  private static let mostAtOnce = 10_000
  private static let usualMost = 1000
  private static let mostQuestions = 64
}
