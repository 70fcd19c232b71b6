import Core
import RedisNamespaces

/// Goes through the keys of a cluster once and adds up what belongs to each of several namespaces.
struct ContentSurvey {
  private let cluster: RedisCluster
  /// Nil: all keys.
  private let sampleSize: Int?
  private var tallies: [String: Tally]
  /// Masters that could not be reached.
  private(set) var missed: [RedisEndpoint] = []

  init(_ records: [NamespaceRecord], cluster: RedisCluster, measuring sampleSize: Int?) {
    self.cluster = cluster
    self.sampleSize = sampleSize
    tallies = Dictionary(uniqueKeysWithValues: records.map { ($0.id.realName, Tally(record: $0)) })
  }

  /// What is known of one namespace so far.
  fileprivate struct Tally {
    let record: NamespaceRecord
    var content = NamespaceStatistics.Content()
    var sample: [Place] = []
    /// Of the key that was used last, in seconds.
    var idle: Int?
    /// Whether a node that may have keys of it could not be reached.
    var isIncomplete = false
  }

  fileprivate struct Place {
    let node: RedisEndpoint
    let key: [UInt8]
  }

  func result(for record: NamespaceRecord) -> (content: NamespaceStatistics.Content?, idle: Int?) {
    guard let tally = tallies[record.id.realName] else { return (nil, nil) }
    return (tally.isIncomplete ? nil : tally.content, tally.idle)
  }

  mutating func run(over topology: ClusterTopology) async throws {
    for (name, tally) in tallies {
      // Where nobody serves the slot, nobody is asked below.
      let isServed = tally.record.placement.slot.map { topology.master(of: $0) != nil }
      tallies[name]?.isIncomplete = !(isServed ?? (topology.coveredSlots == HashSlot.count))
    }
    for node in topology.masters where !node.slots.isEmpty {
      let present = tallies.values.map(\.record).filter { record in
        record.placement.slot.map { slot in node.slots.contains { $0.contains(slot.number) } } ?? true
      }
      if present.isEmpty { continue }
      do {
        try await look(at: present, on: cluster.connection(to: node.endpoint))
      } catch let problem as Problem where problem.isTransient {
        missed.append(node.endpoint)
        for record in present { tallies[record.id.realName]?.isIncomplete = true }
      }
    }
    try await measureSamples()
  }

  private mutating func look(at records: [NamespaceRecord], on connection: RedisConnection) async throws {
    let walked = try await listSmallSlots(of: records, on: connection)
    let others = records.filter { !walked.contains($0.id) }
    if !others.isEmpty {
      let known = Set(others.map(\.id.realName))
      let pattern = others.count == 1 ? "\(others[0].prefixOfAllGenerations)*" : nil
      var batches = KeyScan(connection, matching: pattern)
      while let keys = try await batches.next() { try await add(keys, among: known, on: connection) }
    }
  }

  /// A slot with few keys is listed at once, which costs less than to look through all keys of the node.
  private mutating func listSmallSlots(
    of records: [NamespaceRecord], on connection: RedisConnection
  ) async throws -> Set<NamespaceID> {
    var listed: Set<NamespaceID> = []
    for record in records {
      guard let slot = record.placement.slot else { continue }
      let reply = try await connection.command(["CLUSTER", "COUNTKEYSINSLOT", "\(slot)"])
      guard let count = reply.integer, count <= Self.mostInSmallSlot else { continue }
      let list = try await connection.command(
        ["CLUSTER", "GETKEYSINSLOT", "\(slot)", "\(Self.mostInSmallSlot + 1)"])
      guard let keys = list.array, keys.count <= Self.mostInSmallSlot else { continue }
      try await add(keys.compactMap(\.bytes), among: [record.id.realName], on: connection)
      listed.insert(record.id)
    }
    return listed
  }

  /// Counts the keys that belong to one of the namespaces in `known`, and measures them or keeps a sample.
  private mutating func add(_ keys: [[UInt8]], among known: Set<String>, on connection: RedisConnection) async throws {
    var own: [String: [[UInt8]]] = [:]
    for key in keys {
      let name = String(decoding: key.prefix { $0 != UInt8(ascii: ".") }, as: UTF8.self)
      if known.contains(name), tallies[name]?.record.owns(key) == true { own[name, default: []].append(key) }
    }
    for (name, keys) in own {
      if tallies[name]?.content.nodes.last != connection.endpoint {
        tallies[name]?.content.nodes.append(connection.endpoint)
      }
      guard let sampleSize else {
        tallies[name]?.content.keys += keys.count
        try await measure(keys, of: name, on: connection)
        continue
      }
      for key in keys { tallies[name]?.take(Place(node: connection.endpoint, key: key), into: sampleSize) }
    }
  }

  /// Measures what was drawn.
  private mutating func measureSamples() async throws {
    for (name, tally) in tallies where !tally.isIncomplete {
      for (node, places) in Dictionary(grouping: tally.sample, by: \.node) {
        do {
          try await measure(places.map(\.key), of: name, on: cluster.connection(to: node))
        } catch let problem as Problem where problem.isTransient {
          missed.append(node)
          tallies[name]?.isIncomplete = true
        }
      }
    }
  }

  /// None of these commands counts as a use of the key.
  private mutating func measure(_ keys: [[UInt8]], of name: String, on connection: RedisConnection) async throws {
    let commands: [[[UInt8]]] = keys.flatMap { key in
      [["TYPE"], ["PTTL"], ["MEMORY", "USAGE"], ["OBJECT", "IDLETIME"]].map { words in
        words.map { Array($0.utf8) } + [key] + (words[0] == "MEMORY" ? Self.samplesWithinKey : [])
      }
    }
    let replies = try await connection.pipeline(commands)
    for (index, key) in keys.enumerated() {
      let (type, life, memory) = (replies[4 * index], replies[4 * index + 1], replies[4 * index + 2])
      for case .error(let error) in [type, life, memory] {
        throw Problem(error, to: "MEMORY USAGE", at: connection.endpoint)
      }
      // A key that is gone has no memory.
      guard let type = type.text, let life = life.integer, let memory = memory.integer else { continue }
      let size = NamespaceStatistics.KeySize(key: key, type: type, memory: ByteCount(memory))
      // A server that evicts by frequency knows no idle time, and answers an error.
      tallies[name]?.add(size, expires: life >= 0, idle: replies[4 * index + 3].integer)
    }
  }

  /// Of a key with many elements, the server looks at so many, and reckons.
  private static let samplesWithinKey = ["SAMPLES", "100"].map { Array($0.utf8) }
  /// Listing these takes a server less than a millisecond.
  private static let mostInSmallSlot = 10_000
}

extension ContentSurvey.Tally {
  /// Counts a key, and keeps it if the draw says so: each key that was seen is as likely to be in the sample as any other
  /// (Vitter, "Random Sampling with a Reservoir", algorithm R).
  fileprivate mutating func take(_ place: ContentSurvey.Place, into size: Int) {
    content.keys += 1
    if sample.count < size {
      sample.append(place)
    } else {
      let drawn = Int.random(in: 0..<content.keys)
      if drawn < size { sample[drawn] = place }
    }
  }

  fileprivate mutating func add(_ size: NamespaceStatistics.KeySize, expires: Bool, idle: Int?) {
    content.measured += 1
    content.measuredMemory += size.memory.bytes
    if expires { content.measuredExpiring += 1 }
    content.types[size.type, default: 0] += 1
    if let idle { self.idle = min(self.idle ?? .max, idle) }
    let place = content.biggest.firstIndex { $0.memory.bytes < size.memory.bytes } ?? content.biggest.endIndex
    content.biggest.insert(size, at: place)
    if content.biggest.count > 5 { content.biggest.removeLast() }
  }
}
