import Core

/// Builds nodes from events: aliases, merge keys, repeated keys and the limits.
struct Composer {
  private let events: EventStream
  private let limits: YAMLParser.Limits
  private let onDuplicate: ((Mapping.Entry) -> Void)?
  private var anchors: [String: Anchor] = [:]
  private var valueCount = 0

  /// What an alias repeats.
  private struct Anchor {
    let node: Node
    let valueCount: Int
    let depth: Int
  }

  /// A node with the levels below it.
  private struct Composed {
    let node: Node
    let depth: Int
  }

  init(events: EventStream, limits: YAMLParser.Limits, onDuplicate: ((Mapping.Entry) -> Void)?) {
    self.events = events
    self.limits = limits
    self.onDuplicate = onDuplicate
  }

  mutating func document() throws(Problem) -> Node {
    var event = try events.next()
    while case .other = event.kind { event = try events.next() }
    guard case .documentStart = event.kind else {
      let empty = Scalar(text: "", style: .plain, isImplicit: true)
      return Node(.scalar(empty), at: place(event.mark))
    }
    let node = try compose(try events.next(), depth: 0).node
    repeat { event = try events.next() } while event.kind.isOther
    if case .streamEnd = event.kind { return node }
    throw problem("a second document begins here; only one is read", at: event.mark)
  }

  private mutating func compose(_ event: Event, depth: Int) throws(Problem) -> Composed {
    valueCount += 1
    try checkValueCount(at: event.mark)
    let countBefore = valueCount
    let composed: Composed
    let anchor: String?
    switch event.kind {
    case .scalar(let scalar, let name):
      anchor = name
      composed = Composed(node: Node(.scalar(scalar), at: place(event.mark)), depth: 0)
    case .sequenceStart(let name):
      anchor = name
      try checkDepth(depth + 1, at: event.mark)
      composed = try sequence(event.mark, depth: depth + 1)
    case .mappingStart(let name):
      anchor = name
      try checkDepth(depth + 1, at: event.mark)
      composed = try mapping(event.mark, depth: depth + 1)
    case .alias(let name):
      return try repeated(name, at: event.mark, depth: depth)
    case .end, .documentStart, .streamEnd, .other:
      throw problem("a value is missing here", at: event.mark)
    }
    if let anchor {
      anchors[anchor] = Anchor(node: composed.node, valueCount: valueCount - countBefore + 1, depth: composed.depth)
    }
    return composed
  }

  private mutating func sequence(_ mark: Mark, depth: Int) throws(Problem) -> Composed {
    var nodes: [Node] = []
    var levels = 0
    while true {
      let event = try events.next()
      if case .end = event.kind { break }
      let item = try compose(event, depth: depth)
      nodes.append(item.node)
      levels = max(levels, item.depth)
    }
    return Composed(node: Node(.sequence(nodes), at: place(mark)), depth: levels + 1)
  }

  private mutating func mapping(_ mark: Mark, depth: Int) throws(Problem) -> Composed {
    var entries = EntryList()
    var merged: [Node] = []
    var levels = 0
    while true {
      let event = try events.next()
      if case .end = event.kind { break }
      let key = try compose(event, depth: depth)
      let value = try compose(try events.next(), depth: depth)
      levels = max(levels, value.depth)
      if case .scalar(let scalar) = key.node.content, scalar.isImplicit, scalar.text == "<<" {
        merged.append(value.node)
        continue
      }
      try append(Mapping.Entry(name: try name(of: key.node), key: key.node, value: value.node), to: &entries)
    }
    for node in merged { try merge(node, into: &entries) }
    return Composed(node: Node(.mapping(Mapping(entries.entries)), at: place(mark)), depth: levels + 1)
  }

  private func append(_ entry: Mapping.Entry, to entries: inout EntryList) throws(Problem) {
    guard let existing = entries.append(entry) else { return }
    if let onDuplicate {
      entries.replace(existing, with: entry)
      onDuplicate(entry)
      return
    }
    let first = entries.entries[existing].key.location
    throw Problem(
      "bad-yaml", .badData,
      "the key \"\(entry.name.shortened(to: 80))\" is here twice; it is on line \(first.line) too",
      at: entry.key.location)
  }

  /// YAML 1.1 merge keys: what is written in the mapping itself wins, then the earlier of the merged mappings.
  private mutating func merge(_ node: Node, into entries: inout EntryList) throws(Problem) {
    switch node.content {
    case .mapping(let mapping):
      for entry in mapping.entries { _ = entries.append(entry) }
      valueCount += mapping.entries.count
      try checkValueCount(at: node.place.mark)
    case .sequence(let nodes):
      for node in nodes {
        guard case .mapping = node.content else { throw node.mismatch("a mapping to merge") }
        try merge(node, into: &entries)
      }
    case .scalar: throw node.mismatch("a mapping to merge")
    }
  }

  private mutating func repeated(_ name: String, at mark: Mark, depth: Int) throws(Problem) -> Composed {
    guard let anchor = anchors[name] else {
      throw problem("no complete value before this is marked &\(name.shortened(to: 80))", at: mark)
    }
    valueCount += anchor.valueCount
    try checkValueCount(at: mark)
    try checkDepth(depth + anchor.depth, at: mark)
    return Composed(node: anchor.node, depth: anchor.depth)
  }

  private func name(of key: Node) throws(Problem) -> String {
    guard case .scalar(let scalar) = key.content else { throw key.mismatch("a key that is text") }
    return scalar.isImplicit ? scalar.value.text ?? "null" : scalar.text
  }

  private func checkValueCount(at mark: Mark) throws(Problem) {
    guard valueCount <= limits.values else {
      throw problem("more than \(limits.values) values, counting what aliases repeat", at: mark)
    }
  }

  private func checkDepth(_ depth: Int, at mark: Mark) throws(Problem) {
    guard depth <= limits.depth else {
      throw problem("lists and mappings are nested more than \(limits.depth) levels deep", at: mark)
    }
  }

  private func place(_ mark: Mark) -> Place { Place(source: events.source, mark: mark) }

  private func problem(_ message: String, at mark: Mark) -> Problem {
    Problem("bad-yaml", .badData, message, at: events.source.location(of: mark))
  }
}

/// Entries under construction, which finds repeated keys without comparing each with each.
private struct EntryList {
  private(set) var entries: [Mapping.Entry] = []
  private var positions: [String: Int] = [:]

  /// The position of an entry with the same name, which is kept instead; nil if the entry was appended.
  mutating func append(_ entry: Mapping.Entry) -> Int? {
    if entries.count < 16 {
      if let existing = entries.firstIndex(where: { $0.name == entry.name }) { return existing }
    } else {
      if positions.isEmpty {
        for (index, entry) in entries.enumerated() { positions[entry.name] = index }
      }
      if let existing = positions[entry.name] { return existing }
      positions[entry.name] = entries.count
    }
    entries.append(entry)
    return nil
  }

  mutating func replace(_ position: Int, with entry: Mapping.Entry) { entries[position] = entry }
}

extension Event.Kind {
  fileprivate var isOther: Bool {
    if case .other = self { true } else { false }
  }
}
