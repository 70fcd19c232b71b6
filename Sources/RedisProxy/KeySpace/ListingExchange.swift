import RedisNamespaces

/// Lists the keys of some of a namespace's databases. A subclass says what for.
///
/// In one slot, the server lists the slot (`CLUSTER GETKEYSINSLOT`), which costs what the namespace has and not what the
/// server has. Of a spread namespace every node is asked for what matches its prefix.
class ListingExchange: Exchange {
  let namespace: Namespace
  /// The prefix of each database that is listed.
  let prefixes: [[UInt8]]
  private(set) var keys: [[UInt8]] = []
  /// Of a namespace in one slot, the connection to the slot's node.
  private var node: UpstreamPointer?
  private var redirects = 0
  /// Of a spread namespace, the nodes that are still to be asked.
  private var nodes: [NodeEndpoint] = []

  init(for client: ClientPointer, _ namespace: Namespace, databases: [Int]) {
    self.namespace = namespace
    prefixes = databases.map { Array(namespace.prefix(ofDatabase: $0)) }
    super.init(for: client)
  }

  /// Starts, or starts again.
  final func list(on worker: Worker) {
    keys = []
    if let slot = namespace.slot {
      guard let endpoint = worker.topology?.master(of: slot) else { return unserved(worker) }
      count(slot, at: worker.link(to: endpoint).shared(resp: 2, worker: worker), worker)
    } else {
      nodes = worker.topology?.slotMasters.map(\.endpoint) ?? []
      guard !nodes.isEmpty else { return unserved(worker) }
      scanNext("0", worker)
    }
  }

  /// Does its work with `keys`, which have their prefixes, and finishes.
  func listed(on worker: Worker) {}

  /// Replies to requests of the subclass have a part from here on.
  static let firstOwnPart = 10
  func receiveOwn(_ reply: UnsafeRawBufferPointer, part: Int, on worker: Worker) {}

  private func unserved(_ worker: Worker) { finish(StaticReply(Worker.unserved).bytes, on: worker) }

  private enum Part: Int { case probe, count, list, scan }

  /// A question about a key of the slot comes first: the others are answered by a node that the slot has left, too.
  private func count(_ slot: Int, at upstream: UpstreamPointer, _ worker: Worker) {
    node = upstream
    let attributes: PendingReply.Attributes = [.isReadOnly, .keepsRedirects]
    worker.send(self, part: Part.probe.rawValue, to: upstream, slot: UInt16(slot), attributes) { output in
      output.append("*2\r\n$6\r\nEXISTS\r\n")
      prefixes[0].withUnsafeBytes { output.append(bulk: $0) }
    }
  }

  override final func receive(_ reply: UnsafeRawBufferPointer, part: Int, on worker: Worker) {
    if part >= Self.firstOwnPart { return receiveOwn(reply, part: part, on: worker) }
    if reply.first == UInt8(ascii: "-") {
      guard part == Part.probe.rawValue, let node, let slot = namespace.slot,
        let redirect = Redirect(reply, from: node.pointee.details.endpoint)
      else { return finish(reply, on: worker) }
      worker.coordinator.refreshTopology()
      if case .moved(let endpoint) = redirect, redirects < worker.limits.redirects {
        redirects += 1
        return count(slot, at: worker.link(to: endpoint).shared(resp: 2, worker: worker), worker)
      }
      // A slot on the move is still this node's, as are the keys that have not moved.
      guard case .ask = redirect else { return finish(reply, on: worker) }
    }
    let number = Decimal.read(UnsafeRawBufferPointer(rebasing: reply.dropFirst().dropLast(2))) ?? 0
    switch Part(rawValue: part) {
    case .probe:
      ask(worker, .count) { ["CLUSTER", "COUNTKEYSINSLOT", "\($0)"] }
    case .count:
      ask(worker, .list) { ["CLUSTER", "GETKEYSINSLOT", "\($0)", "\(number + 100)"] }
    case .list:
      collect(reply)
      listed(on: worker)
    case .scan: scanned(reply, worker)
    case nil: break
    }
  }

  private func ask(_ worker: Worker, _ part: Part, _ command: (Int) -> [String]) {
    guard let slot = namespace.slot, let node else { return unserved(worker) }
    worker.send(self, part: part.rawValue, to: node, .isReadOnly) { output in
      output.append(request: command(slot).map { Array($0.utf8) })
    }
  }

  private func scanNext(_ cursor: String, _ worker: Worker) {
    guard let node = nodes.last else { return listed(on: worker) }
    let upstream = worker.link(to: node).shared(resp: 2, worker: worker)
    let match =
      prefixes.count == 1 ? prefixes[0] + Array("*".utf8) : Array("\(namespace.realName).*".utf8)
    worker.send(self, part: Part.scan.rawValue, to: upstream, .isReadOnly) { output in
      output.append(
        request: [
          Array("SCAN".utf8), Array(cursor.utf8), Array("MATCH".utf8), match, Array("COUNT".utf8), Array("1000".utf8),
        ])
    }
  }

  private func scanned(_ reply: UnsafeRawBufferPointer, _ worker: Worker) {
    var elements = ReplyElements(reply)
    guard let cursorReply = elements.next(), let list = elements.next() else { return listed(on: worker) }
    var cursor = ReplyCursor(cursorReply)
    let text = cursor.next().map { String(decoding: cursor.bytes(of: $0), as: UTF8.self) } ?? "0"
    collect(list)
    if text == "0" { nodes.removeLast() }
    scanNext(text, worker)
  }

  private func collect(_ list: UnsafeRawBufferPointer) {
    var cursor = ReplyCursor(list)
    _ = cursor.next()
    while let element = cursor.next() {
      let key = cursor.bytes(of: element)
      if prefixes.contains(where: { key.starts(with: $0) }) { keys.append(Array(key)) }
    }
  }

  /// Sends a command about each key to the node of its slot.
  final func askAbout(_ keys: [[UInt8]], _ command: StaticString, on worker: Worker) -> Bool {
    for (index, key) in keys.enumerated() {
      let slot = namespace.slot ?? HashSlot(ofKey: key).number
      guard let endpoint = worker.topology?.master(of: slot) else {
        unserved(worker)
        return false
      }
      let upstream = worker.link(to: endpoint).shared(resp: 2, worker: worker)
      // Removing a key twice is as good as once.
      worker.send(self, part: Self.firstOwnPart + index, to: upstream, slot: UInt16(slot), .isReadOnly) { output in
        output.append(arrayOf: 2)
        output.append(bulk: command)
        key.withUnsafeBytes { output.append(bulk: $0) }
      }
    }
    return true
  }

  /// A key as the client knows it.
  final func own(_ key: [UInt8]) -> ArraySlice<UInt8> {
    let prefix = prefixes.first { key.starts(with: $0) } ?? []
    return key.dropFirst(prefix.count)
  }
}
