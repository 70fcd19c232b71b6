import RedisNamespaces

/// Commands about all keys of a database, or more than one database.
extension Worker {
  func take(
    _ command: KeySpaceCommand, _ request: Request, _ spec: UnsafePointer<CommandSpec>, of client: ClientPointer
  ) -> Bool {
    if command == .copy || command == .move { return takeBetweenDatabases(command, request, spec, of: client) }
    // They take several steps, in which nothing of the client's may come between.
    guard client.pointee.outstanding == 0 else { return waitForReplies(client) }
    let session = client.pointee.session
    guard let namespace = session.namespace else { return true }
    let here = [session.database]
    let exchange: ListingExchange
    switch command {
    case .keys: exchange = KeysExchange(for: client, namespace, here, pattern: Array(request[1]))
    case .databaseSize: exchange = DatabaseSizeExchange(for: client, namespace, databases: here)
    case .randomKey: exchange = RandomKeyExchange(for: client, namespace, databases: here)
    case .scan:
      switch ScanRequest.parse(request) {
      case .failure(let error):
        respond(to: client) { output in error.text.withUnsafeBytes { output.append($0) } }
        return true
      case .success(let scan) where namespace.slot == nil:
        client.pointee.counters.pointee.commands &+= 1
        SpreadScanExchange(for: client, scan, prefix: client.pointee.prefix).ask(self)
        if client.pointee.outstanding > 0 { client.pointee.flags.insert(.waitsForReplies) }
        return true
      case .success(let scan): exchange = ScanExchange(for: client, namespace, here, scan)
      }
    case .flushDatabase, .flushAll:
      guard Self.isFlush(request) else {
        respond(to: client, "-ERR syntax error\r\n")
        return true
      }
      let databases = command == .flushAll ? Array(0..<Namespace.databases) : here
      exchange = FlushExchange(for: client, namespace, databases: databases)
    case .copy, .move: return true
    }
    client.pointee.counters.pointee.commands &+= 1
    if let scan = exchange as? ScanExchange { scan.start(on: self) } else { exchange.list(on: self) }
    if client.pointee.outstanding > 0 { client.pointee.flags.insert(.waitsForReplies) }
    return true
  }

  /// `FLUSHDB [SYNC|ASYNC]`
  static func isFlush(_ request: Request) -> Bool {
    request.count == 1
      || request.count == 2 && (OptionWord.equals(request[1], "sync") || OptionWord.equals(request[1], "async"))
  }

  func namesDatabase(_ request: Request) -> Bool { DatabaseCommands.database(ofCopy: request) != .current }

  /// `MOVE key n`, `COPY source destination DB n`: databases are prefixes of keys, so both are between keys of one slot.
  private func takeBetweenDatabases(
    _ command: KeySpaceCommand, _ request: Request, _ spec: UnsafePointer<CommandSpec>, of client: ClientPointer
  ) -> Bool {
    let session = client.pointee.session
    guard let namespace = session.namespace else { return true }
    let database =
      command == .copy ? DatabaseCommands.database(ofCopy: request) : DatabaseCommands.database(request[2])
    if let error = database.error {
      respond(to: client, error)
      return true
    }
    guard case .number(let target) = database else { return pass(request, spec, of: client, .errors) }
    if command == .move, target == session.database {
      respond(to: client, "-ERR source and destination objects are the same\r\n")
      return true
    }
    guard enter(.shared, client) else { return waitForReplies(client) }
    let (source, destination) = (client.pointee.prefix, namespace.prefix(ofDatabase: target))
    let slot = namespace.slot.map { UInt16($0) } ?? slot(of: request[1], client)
    let other = command == .copy ? request[2] : request[1]
    let otherSlot =
      namespace.slot.map { UInt16($0) } ?? UInt16(HashSlot(ofKey: other, prefix: destination).number)
    guard slot == otherSlot else {
      respond(to: client, Self.crossSlot)
      return true
    }
    guard let upstream = shared(slot, client) else {
      respond(to: client, Self.unserved)
      return true
    }
    let exchange = BetweenDatabasesExchange(for: client)
    send(exchange, to: upstream, slot: slot) { output in
      if command == .copy {
        DatabaseCommands.appendCopy(request, source: source, destination: destination, to: &output)
      } else {
        DatabaseCommands.appendMove(request, source: source, destination: destination, to: &output)
      }
    }
    client.pointee.counters.pointee.commands &+= 1
    return true
  }
}

/// MOVE and COPY on their way.
private final class BetweenDatabasesExchange: Exchange {
  override func receive(_ reply: UnsafeRawBufferPointer, part: Int, on worker: Worker) {
    finish(DatabaseCommands.isMissingKey(reply) ? StaticReply(":0\r\n").bytes : reply, on: worker)
  }
}

/// DBSIZE. Counts what has expired but is not removed yet, as Redis does.
private final class DatabaseSizeExchange: ListingExchange {
  override func listed(on worker: Worker) { finish(on: worker) { $0.append(integer: keys.count) } }
}

/// KEYS. Keys that have expired are left out.
private final class KeysExchange: ListingExchange {
  private let pattern: [UInt8]
  private var asked: [[UInt8]] = []
  private var present: [Int] = []
  private var received = 0

  init(for client: ClientPointer, _ namespace: Namespace, _ databases: [Int], pattern: [UInt8]) {
    self.pattern = pattern
    super.init(for: client, namespace, databases: databases)
  }

  override func listed(on worker: Worker) {
    guard let found = KeyFilter(pattern, for: keys.lazy.map(\.count)).filter(keys, own) else {
      return finish(StaticReply(KeyFilter.tooSlow).bytes, on: worker)
    }
    asked = found
    if asked.isEmpty { return finish(StaticReply("*0\r\n").bytes, on: worker) }
    _ = askAbout(asked, "EXISTS", on: worker)
  }

  override func receiveOwn(_ reply: UnsafeRawBufferPointer, part: Int, on worker: Worker) {
    if reply.elementsEqual(":1\r\n".utf8) { present.append(part - Self.firstOwnPart) }
    received += 1
    guard received == asked.count else { return }
    finish(on: worker) { output in
      output.append(arrayOf: present.count)
      for index in present { Array(own(asked[index])).withUnsafeBytes { output.append(bulk: $0) } }
    }
  }
}

/// RANDOMKEY: keys in random order until one is there.
private final class RandomKeyExchange: ListingExchange {
  private var candidates: [[UInt8]] = []

  override func listed(on worker: Worker) {
    candidates = Array(keys.shuffled().prefix(100))
    askNext(worker)
  }

  private func askNext(_ worker: Worker) {
    guard let key = candidates.last else {
      return finish(StaticReply(client.pointee.resp == 3 ? "_\r\n" : "$-1\r\n").bytes, on: worker)
    }
    _ = askAbout([key], "EXISTS", on: worker)
  }

  override func receiveOwn(_ reply: UnsafeRawBufferPointer, part: Int, on worker: Worker) {
    guard let key = candidates.popLast() else { return }
    if reply.elementsEqual(":1\r\n".utf8) {
      finish(on: worker) { output in Array(own(key)).withUnsafeBytes { output.append(bulk: $0) } }
    } else {
      askNext(worker)
    }
  }
}

/// FLUSHDB, FLUSHALL: removes what is listed, some at a time, so that others are served in between.
private final class FlushExchange: ListingExchange {
  private var rest: [[UInt8]] = []
  private var waiting = 0
  private var error: [UInt8]?

  override func listed(on worker: Worker) {
    rest = keys
    removeSome(worker)
  }

  private func removeSome(_ worker: Worker) {
    let batch = Array(rest.suffix(Self.batch))
    guard !batch.isEmpty else { return finish(StaticReply("+OK\r\n").bytes, on: worker) }
    rest.removeLast(batch.count)
    waiting = batch.count
    _ = askAbout(batch, "UNLINK", on: worker)
  }

  override func receiveOwn(_ reply: UnsafeRawBufferPointer, part: Int, on worker: Worker) {
    if reply.first == UInt8(ascii: "-") { error = error ?? Array(reply) }
    waiting -= 1
    guard waiting == 0 else { return }
    if let error { return error.withUnsafeBytes { finish($0, on: worker) } }
    removeSome(worker)
  }

  private static let batch = 500
}
