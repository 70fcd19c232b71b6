/// An error by which a node of a cluster says that a request was not executed, and where or when to try again (redis.io,
/// "Redis cluster specification").
enum Redirect: Equatable {
  /// The slot has a new master.
  case moved(NodeEndpoint)
  /// The slot is on the move, and this key has moved already.
  case ask(NodeEndpoint)
  /// Some of the keys have moved and some have not, or the node is not ready to serve, or it runs a script, which may be
  /// anybody's.
  case later

  init?(_ reply: UnsafeRawBufferPointer, from node: NodeEndpoint) {
    guard reply.first == UInt8(ascii: "-"), reply.count > 4 else { return nil }
    // Most errors are none of these: their first letters tell.
    switch reply[1] {
    case UInt8(ascii: "M"), UInt8(ascii: "A"), UInt8(ascii: "T"), UInt8(ascii: "C"), UInt8(ascii: "L"),
      UInt8(ascii: "B"):
      break
    default: return nil
    }
    let words = String(decoding: reply.dropFirst().prefix(200), as: UTF8.self)
      .split(maxSplits: 3, whereSeparator: { $0 == " " || $0.isNewline })
    switch words.first {
    case "MOVED", "ASK":
      guard words.count >= 3, let target = NodeEndpoint(redirect: words[2], from: node) else { return nil }
      self = words[0] == "ASK" ? .ask(target) : .moved(target)
    case "TRYAGAIN", "CLUSTERDOWN", "LOADING", "MASTERDOWN", "BUSY": self = .later
    default: return nil
    }
  }
}
