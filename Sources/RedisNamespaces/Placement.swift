/// Where the keys of a namespace live in the cluster.
package enum Placement: Sendable, Hashable {
  /// All in one slot, so that transactions, scripts and multi-key commands work as on a single Redis.
  case oneSlot(HashTag)
  /// Each key in the slot of its own name, over all nodes.
  case spread

  package var slot: HashSlot? {
    switch self {
    case .oneSlot(let tag): tag.slot
    case .spread: nil
    }
  }
}

/// The part of a key that alone decides its slot, written `{tag}` in the key.
package struct HashTag: Sendable, Hashable {
  package let text: String

  /// Nil unless the text is 1–8 of `a-z 0-9`.
  package init?(_ text: String) {
    guard (1...8).contains(text.utf8.count), text.utf8.allSatisfy(Self.characters.contains) else { return nil }
    self.text = text
  }

  package var slot: HashSlot { HashSlot(ofKey: text) }

  /// A random tag whose slot is not in `taken`, so that namespaces spread evenly over the nodes; nil when every slot is
  /// taken.
  package static func unused(
    _ taken: Set<HashSlot>, using generator: inout some RandomNumberGenerator
  ) -> HashTag? {
    guard taken.count < HashSlot.count else { return nil }
    while true {
      let letters = (0..<5).map { _ in characters[Int.random(in: 0..<characters.count, using: &generator)] }
      if let tag = HashTag(String(decoding: letters, as: UTF8.self)), !taken.contains(tag.slot) { return tag }
    }
  }

  private static let characters = Array("abcdefghijklmnopqrstuvwxyz0123456789".utf8)
}
