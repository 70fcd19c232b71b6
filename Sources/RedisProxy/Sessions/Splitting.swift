import RedisNamespaces

/// Commands on keys of several slots of a spread namespace: one request for each slot, and their replies made one. As with
/// every cluster, the parts do not happen at the same moment.
extension Worker {
  /// - Precondition: `keys` holds the indexes of the request's keys.
  func split(_ request: Request, _ spec: UnsafePointer<CommandSpec>, of client: ClientPointer) {
    // The last key may lack its value, which only the server would notice.
    if spec.pointee.split == .pairs, request.count.isMultiple(of: 2) {
      return respond(to: client) { CommandErrors.appendWrongArity(spec, to: &$0) }
    }
    var shares: [UInt16: [Int]] = [:]
    for index in 0..<keys.pointee.count {
      shares[slot(of: request[keys.pointee[index]], client), default: []].append(index)
    }
    var targets: [(slot: UInt16, upstream: UpstreamPointer, places: [Int])] = []
    for (slot, places) in shares {
      guard let upstream = shared(slot, client) else { return respond(to: client, Self.unserved) }
      targets.append((slot, upstream, places))
    }
    let arguments = (0..<keys.pointee.count).map { keys.pointee[$0] }
    let exchange = SplitExchange(for: client, spec.pointee.split, targets.map(\.places), count: arguments.count)
    let step = spec.pointee.split == .pairs ? 2 : 1
    let attributes: PendingReply.Attributes = spec.pointee.flags.contains(.readOnly) ? .isReadOnly : []
    for (part, target) in targets.enumerated() {
      keys.pointee.removeAll()
      for place in target.places { keys.pointee.append(arguments[place]) }
      send(exchange, part: part, to: target.upstream, slot: target.slot, attributes) { output in
        RequestWriter.append(
          request, share: keys.pointee, step: step, prefix: client.pointee.prefix, to: &output)
      }
    }
    client.pointee.counters.pointee.commands &+= 1
  }
}

/// The replies to the parts of one split command.
private final class SplitExchange: Exchange {
  private let rule: SplitRule
  /// Of each part, the places of its values in the whole.
  private let places: [[Int]]
  private var values: [[UInt8]]
  private var sum = 0
  private var error: [UInt8]?
  private var received = 0
  private var byteCount = 0

  init(for client: ClientPointer, _ rule: SplitRule, _ places: [[Int]], count: Int) {
    self.rule = rule
    self.places = places
    values = rule == .values ? Array(repeating: [], count: count) : []
    super.init(for: client)
  }

  override func receive(_ reply: UnsafeRawBufferPointer, part: Int, on worker: Worker) {
    guard isWanted else { return values = [] }
    byteCount += reply.count
    client.pointee.session.assembledBytes += reply.count
    guard client.pointee.session.assembledBytes <= worker.limits.clientOutput else { return worker.end(client) }
    if reply.first == UInt8(ascii: "-") {
      error = error ?? Array(reply)
    } else {
      switch rule {
      case .values:
        var elements = ReplyElements(reply)
        for place in places[part] { values[place] = elements.next().map(Array.init) ?? Array("$-1\r\n".utf8) }
      case .sum: sum += Decimal.read(UnsafeRawBufferPointer(rebasing: reply.dropFirst().dropLast(2))) ?? 0
      case .pairs, .none: break
      }
    }
    received += 1
    guard received == places.count else { return }
    client.pointee.session.assembledBytes -= byteCount
    if let error { return error.withUnsafeBytes { finish($0, on: worker) } }
    finish(on: worker) { output in
      switch rule {
      case .values:
        output.append(arrayOf: values.count)
        for value in values { value.withUnsafeBytes { output.append($0) } }
      case .sum: output.append(integer: sum)
      case .pairs, .none: output.append("+OK\r\n")
      }
    }
  }
}

/// The elements of a reply that is an array, one after the other.
struct ReplyElements {
  private let reply: UnsafeRawBufferPointer
  private var offset: Int
  /// Of elements that are to come; -1 for a null array.
  private(set) var count: Int

  init(_ reply: UnsafeRawBufferPointer) {
    self.reply = reply
    let lineEnd = reply.firstIndex(of: UInt8(ascii: "\r")) ?? reply.count
    count = Decimal.read(UnsafeRawBufferPointer(rebasing: reply[min(1, lineEnd)..<lineEnd])) ?? -1
    offset = min(lineEnd + 2, reply.count)
  }

  mutating func next() -> UnsafeRawBufferPointer? {
    guard count > 0 else { return nil }
    var scanner = ReplyScanner()
    let rest = UnsafeRawBufferPointer(rebasing: reply[offset...])
    guard case .reply(let length) = scanner.scan(rest) else { return nil }
    count -= 1
    offset += length
    return UnsafeRawBufferPointer(rebasing: rest[..<length])
  }
}
