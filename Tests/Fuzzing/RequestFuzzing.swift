@testable import RedisProxy

/// What clients send: it must mean the same however it arrives, and be rewritten to requests that say the same of keys with
/// the prefix.
enum RequestFuzzing {
  static func run(_ input: UnsafeRawBufferPointer) {
    guard let setup = input.first else { return }
    let bytes = UnsafeRawBufferPointer(rebasing: input.dropFirst())
    let isAuthenticated = setup & 1 == 0
    let whole = readings(of: bytes, cutAt: [], isAuthenticated, isRewritten: true)
    for cuts in Splitting.ways(of: bytes.count, seed: setup) {
      let parts = readings(of: bytes, cutAt: cuts, isAuthenticated, isRewritten: false)
      precondition(parts == whole, "cut at \(cuts) it is \(parts) instead of \(whole)")
    }
  }

  private enum Reading: Equatable {
    case nothing
    case request([[UInt8]])
    case failure(ProtocolFailure)
    case rest(Int)
  }

  /// As a connection would, each time with what is unfinished in front.
  private static func readings(
    of bytes: UnsafeRawBufferPointer, cutAt cuts: [Int], _ isAuthenticated: Bool, isRewritten: Bool
  ) -> [Reading] {
    var parser = RequestParser(limits: RequestLimits())
    parser.isAuthenticated = isAuthenticated
    var readings: [Reading] = []
    var start = 0
    for end in cuts + [bytes.count] {
      var isIncomplete = false
      while !isIncomplete {
        switch parser.parse(UnsafeRawBufferPointer(rebasing: bytes[start..<end])) {
        case .incomplete: isIncomplete = true
        case .nothing(let byteCount):
          precondition(byteCount > 0 && byteCount <= end - start)
          readings.append(.nothing)
          start += byteCount
        case .request(let request):
          precondition(request.byteCount > 0 && request.byteCount <= end - start && request.count > 0)
          readings.append(.request((0..<request.count).map { Array(request[$0]) }))
          if isRewritten { rewrite(request) }
          start += request.byteCount
        case .failure(let failure): return readings + [.failure(failure)]
        }
      }
    }
    return readings + [.rest(bytes.count - start)]
  }

  /// What is sent to a node must be one request that has the same arguments, but for the prefix of the keys.
  private static func rewrite(_ request: Request) {
    guard let spec = CommandTable.shared.find(request), spec.pointee.accepts(argumentCount: request.count) else {
      return
    }
    var keys = IndexList()
    KeyPositions.find(spec, request, into: &keys)
    var output = ByteQueue()
    prefix.withUnsafeBytes { RequestWriter.append(request, keys: keys, prefix: $0, to: &output) }
    var wanted = (0..<request.count).map { Array(request[$0]) }
    for place in 0..<keys.count {
      precondition(place == 0 || keys[place - 1] < keys[place], "keys are not in order")
      wanted[keys[place]] = prefix + wanted[keys[place]]
    }
    // With the prefix an argument may be longer than a client's.
    var parser = RequestParser(limits: RequestLimits())
    parser.isAuthenticated = true
    guard case .request(let written) = parser.parse(output.readable) else {
      preconditionFailure("what is written is no request")
    }
    precondition(written.byteCount == output.count && !written.isInline)
    precondition((0..<written.count).map { Array(written[$0]) } == wanted)
  }

  private static let prefix = Array("app-owner_name.1{tag}:".utf8)
}

/// Where to cut an input.
enum Splitting {
  /// Between all bytes, and at each place alone if it is short; else at some that depend on the seed.
  static func ways(of count: Int, seed: UInt8) -> [[Int]] {
    guard count > 1 else { return [] }
    var ways = [Array(1..<count)]
    if count <= 48 {
      ways += (1..<count).map { [$0] }
    } else {
      var state = UInt32(seed) &* 2_654_435_761 &+ UInt32(truncatingIfNeeded: count)
      var cuts: [Int] = []
      var place = 0
      while true {
        state = state &* 1_664_525 &+ 1_013_904_223
        place += 1 + Int(state >> 20) % 61
        guard place < count else { break }
        cuts.append(place)
      }
      ways.append(cuts)
    }
    return ways
  }
}
