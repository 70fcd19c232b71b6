@testable import RedisProxy

/// What nodes send: its frames must be the same however it arrives, and taking prefixes off must leave one reply of one.
enum ReplyFuzzing {
  static func run(_ input: UnsafeRawBufferPointer) {
    guard let setup = input.first else { return }
    let bytes = UnsafeRawBufferPointer(rebasing: input.dropFirst())
    let whole = frames(of: bytes, cutAt: [])
    for cuts in Splitting.ways(of: bytes.count, seed: setup) {
      let parts = frames(of: bytes, cutAt: cuts)
      precondition(parts == whole, "cut at \(cuts) it is \(parts) instead of \(whole)")
    }
    var start = 0
    for case .reply(let byteCount, _) in whole {
      take(UnsafeRawBufferPointer(rebasing: bytes[start..<start + byteCount]))
      start += byteCount
    }
  }

  private enum Frame: Equatable {
    case reply(Int, isPush: Bool)
    case failure
    case rest(Int)
  }

  private static func frames(of bytes: UnsafeRawBufferPointer, cutAt cuts: [Int]) -> [Frame] {
    var scanner = ReplyScanner()
    var frames: [Frame] = []
    var start = 0
    for end in cuts + [bytes.count] {
      var isIncomplete = false
      while !isIncomplete {
        switch scanner.scan(UnsafeRawBufferPointer(rebasing: bytes[start..<end])) {
        case .incomplete: isIncomplete = true
        case .failure: return frames + [.failure]
        case .reply(let byteCount):
          precondition(byteCount > 0 && byteCount <= end - start)
          frames.append(.reply(byteCount, isPush: scanner.isPush))
          start += byteCount
        }
      }
    }
    return frames + [.rest(bytes.count - start)]
  }

  /// All that is done with a whole reply.
  private static func take(_ reply: UnsafeRawBufferPointer) {
    var cursor = ReplyCursor(reply)
    precondition(cursor.skip() && cursor.position == reply.count, "a whole reply is not gone over as a whole")
    var elements = ReplyElements(reply)
    while let element = elements.next() { precondition(!element.isEmpty) }
    _ = Redirect(reply, from: NodeEndpoint(host: "127.0.0.1", port: 6379))
    for translation in [ReplyTranslation.errors, .keys, .firstElement, .streams] {
      var output = ByteQueue()
      prefix.withUnsafeBytes { ReplyTranslator.translate(reply, translation, prefix: $0, into: &output) }
      var scanner = ReplyScanner()
      precondition(
        scanner.scan(output.readable) == .reply(byteCount: output.count), "\(translation) makes it another reply")
    }
  }

  /// Short, so that it is met.
  private static let prefix = Array("p{t}:".utf8)
}
