package import Core
package import FoundationEssentials
package import RedisNamespaces

/// How much a namespace holds, and who uses it.
package struct NamespaceStatistics: Sendable {
  package let record: NamespaceRecord
  /// Nil where a node that may have keys of it cannot be reached.
  package internal(set) var content: Content?
  /// Connections that are logged in as its user, on all reachable nodes; nil where they may not be listed.
  package internal(set) var connections: Int?
  /// The latest use that can be seen: of an open connection, or of a measured key. A node counts the idle time of a key
  /// from its own start at most, so after a restart this is not before it. Nil where there is neither.
  package internal(set) var lastUse: Date?

  /// Its keys, of all generations.
  package struct Content: Sendable {
    package internal(set) var keys = 0
    /// The masters that have them.
    package internal(set) var nodes: [RedisEndpoint] = []
    /// So many keys were measured, drawn at random; what follows is of these.
    package internal(set) var measured = 0
    package internal(set) var measuredMemory = 0
    package internal(set) var measuredExpiring = 0
    /// Keys by type, in the server's words.
    package internal(set) var types: [String: Int] = [:]
    /// The biggest first.
    package internal(set) var biggest: [KeySize] = []

    /// Whether every key was measured, so that nothing is an estimate.
    package var isExact: Bool { measured >= keys }
    /// All keys together, with what the server needs to manage them.
    package var memory: ByteCount { ByteCount(scaled(measuredMemory)) }
    /// Keys with a time to live.
    package var expiring: Int { scaled(measuredExpiring) }

    private func scaled(_ value: Int) -> Int {
      if isExact || measured == 0 { return value }
      return Int((Double(value) / Double(measured) * Double(keys)).rounded())
    }
  }

  package struct KeySize: Sendable {
    package let key: [UInt8]
    package let type: String
    package let memory: ByteCount
  }
}

/// Statistics of several namespaces, and what they lack.
package struct NamespaceSurvey: Sendable {
  package let namespaces: [NamespaceStatistics]
  /// Nodes that could not be reached.
  package let missed: [RedisEndpoint]
}

extension RedisNamespaceService {
  /// Counts and measures what `records` hold, without keeping a server from its clients: keys are listed in batches, and
  /// each of them is looked at by itself.
  ///
  /// - Parameter measuring: how many keys of each namespace are measured; nil for all.
  /// - Throws: `Problem` `redis-cluster-unsettled` if slots move all the time.
  package func statistics(
    of records: [NamespaceRecord], measuring: Int? = 200
  ) async throws -> NamespaceSurvey {
    for _ in 0..<3 {
      let topology = try await cluster.topology(refresh: true)
      var survey = ContentSurvey(records, cluster: cluster, measuring: measuring)
      try await survey.run(over: topology)
      // A key that moved meanwhile was seen twice, or not at all.
      guard try await cluster.topology(refresh: true).agreement == topology.agreement else { continue }
      let (connections, missed) = try await connections()
      let now = Date.now
      let namespaces = records.map { record in
        let (content, keyIdle) = survey.result(for: record)
        let connected = connections?[record.id.realName]
        let idle = [keyIdle, connected?.idle].compactMap(\.self).min()
        return NamespaceStatistics(
          record: record, content: content, connections: connections.map { _ in connected?.count ?? 0 },
          lastUse: idle.map { now.addingTimeInterval(-Double($0)) })
      }
      return NamespaceSurvey(
        namespaces: namespaces, missed: missed + survey.missed.filter { !missed.contains($0) })
    }
    throw Problem(
      "redis-cluster-unsettled", .unavailable, "slots of the Redis Cluster move all the time",
      hint: "wait until they have moved, then run the command again", isTransient: true)
  }

  private typealias Connections = [String: (count: Int, idle: Int)]

  /// How many connections each user has, and the seconds since one of them was used; nil where they may not be listed.
  private func connections() async throws -> (Connections?, missed: [RedisEndpoint]) {
    let (lists, missed) = try await cluster.onEveryNode { connection, _ -> String? in
      switch try await connection.attempt(["CLIENT", "LIST"]) {
      case .error(let error) where error.code == "NOPERM": nil
      case .error(let error): throw Problem(error, to: "CLIENT LIST", at: connection.endpoint)
      case let reply: reply.text
      }
    }
    var connections: Connections = [:]
    for list in lists {
      guard let list else { return (nil, missed.map(\.endpoint)) }
      for line in list.split(separator: "\n") {
        let words = line.split(separator: " ")
        let field = { (name: String) in words.first { $0.hasPrefix(name) }?.dropFirst(name.count) }
        guard let user = field("user="), let idle = field("idle=").flatMap({ Int($0) }) else { continue }
        let before = connections[String(user)]
        connections[String(user)] = ((before?.count ?? 0) + 1, min(before?.idle ?? .max, idle))
      }
    }
    return (connections, missed.map(\.endpoint))
  }
}
