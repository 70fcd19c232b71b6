import TestServers

/// Which of two replies to the same call are equal, although Redis does not say what exactly they are.
enum ReplyComparison {
  /// What Redis leaves undefined.
  enum Rule {
    case exact
    /// Hash tables have no order; `group` elements belong together.
    case unordered(group: Int)
    /// Chosen at random, or about this server: type and number of parts only, and errors exactly.
    case shape
    /// Clocks: numbers may differ by so much.
    case tolerance(Int)
    /// As `unordered`, of all lists in it.
    case deeplyUnordered
    /// All but what stands after this field's name.
    case allBut(String)
  }

  static func rule(for call: Call) -> Rule {
    switch call.name {
    case "KEYS", "SMEMBERS", "SUNION", "SINTER", "SDIFF", "HKEYS", "HVALS": return .unordered(group: 1)
    case "HGETALL": return .unordered(group: 2)
    case "COMMAND": return call.word(1).hasPrefix("GETKEYS") ? .exact : .deeplyUnordered
    case "PUBSUB": return call.word(1).hasSuffix("CHANNELS") ? .unordered(group: 1) : .exact
    case "SORT", "SORT_RO":
      guard let by = call.arguments.indices.dropLast().last(where: { call.word($0) == "BY" }) else { return .exact }
      // A pattern without an asterisk means: not sorted. Of texts, those that are missing are equal.
      guard !call.word(by + 1).contains("*") || call.has("ALPHA") else { return .exact }
      let group = max(1, call.arguments.indices.filter { call.word($0) == "GET" }.count)
      return call.has("LIMIT") ? .shape : .unordered(group: group)
    case "SRANDMEMBER", "HRANDFIELD", "ZRANDMEMBER", "RANDOMKEY", "SPOP", "TIME", "LASTSAVE", "DUMP", "LOLWUT", "SCAN":
      return .shape
    case "HSCAN", "SSCAN", "ZSCAN": return .shape
    case "MEMORY": return call.word(1) == "USAGE" ? .shape : .exact
    case "CLIENT": return ["ID", "INFO"].contains(call.word(1)) ? .shape : .exact
    case "OBJECT": return call.word(1) == "IDLETIME" ? .tolerance(5) : .exact
    case "TTL", "EXPIRETIME": return .tolerance(5)
    case "PTTL", "PEXPIRETIME", "XPENDING", "XINFO", "XAUTOCLAIM", "XCLAIM": return .tolerance(5000)
    case "HELLO": return .allBut("id")
    default: return .exact
    }
  }

  static func areEqual(_ left: RawReply, _ right: RawReply, to call: Call, queued: [Call] = []) -> Bool {
    if left == right { return true }
    if call.name == "EXEC", let lefts = left.children, let rights = right.children {
      return left.marker == right.marker && lefts.count == rights.count && lefts.count == queued.count
        && zip(queued, zip(lefts, rights)).allSatisfy { areEqual($1.0, $1.1, to: $0) }
    }
    switch rule(for: call) {
    case .exact: return false
    case .unordered(let group):
      guard let lefts = left.children, let rights = right.children else { return false }
      return left.marker == right.marker && sorted(lefts, group) == sorted(rights, group)
    case .deeplyUnordered: return deeplySorted(left) == deeplySorted(right)
    case .shape: return haveSameShape(left, right)
    case .tolerance(let difference): return areClose(left, right, difference)
    case .allBut(let field): return without(field, left) == without(field, right)
    }
  }

  private static func sorted(_ children: [RawReply], _ group: Int) -> [[String]] {
    stride(from: 0, to: children.count, by: group)
      .map { children[$0..<min($0 + group, children.count)].map(\.description) }
      .sorted { $0.lexicographicallyPrecedes($1) }
  }

  private static func deeplySorted(_ reply: RawReply) -> String {
    guard let children = reply.children else { return reply.description }
    return "\(reply.marker)[\(children.map(deeplySorted).sorted().joined(separator: ", "))]"
  }

  private static func haveSameShape(_ left: RawReply, _ right: RawReply) -> Bool {
    if left.isError || right.isError { return left == right }
    switch (left, right) {
    case (.line(let one, let a), .line(let other, let b)):
      // A null of RESP2.
      let isNull = one == UInt8(ascii: "$") || one == UInt8(ascii: "*")
      return one == other && (!isNull || a == b)
    case (.bulk(let one, _), .bulk(let other, _)): return one == other
    case (.list(let one, let a), .list(let other, let b)):
      return one == other && a.count == b.count && zip(a, b).allSatisfy(haveSameShape)
    default: return false
    }
  }

  private static func areClose(_ left: RawReply, _ right: RawReply, _ difference: Int) -> Bool {
    if let one = left.integer, let other = right.integer {
      return one == other || one >= 0 && other >= 0 && one.distance(to: other).magnitude <= difference.magnitude
    }
    guard let lefts = left.children, let rights = right.children else { return left == right }
    return left.marker == right.marker && lefts.count == rights.count
      && zip(lefts, rights).allSatisfy { areClose($0, $1, difference) }
  }

  private static func without(_ field: String, _ reply: RawReply) -> [RawReply]? {
    guard var children = reply.children, let index = children.firstIndex(where: { $0.text == field }) else {
      return nil
    }
    children.remove(at: min(index + 1, children.count - 1))
    return children + [.line(reply.marker, [])]
  }
}
