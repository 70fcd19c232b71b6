import Glibc
import RedisNamespaces

/// `INFO` of a server that has nothing but the client's namespace.
extension Worker {
  func answerInfo(_ request: Request, _ client: ClientPointer) {
    guard let namespace = client.pointee.session.namespace else { return }
    var wanted: Set<String> = []
    for index in 1..<max(1, request.count) {
      wanted.insert(String(decoding: request[index], as: UTF8.self).lowercased())
    }
    let exchange = capture == nil ? InformationExchange(for: client, namespace, wanted) : nil
    guard let exchange else {
      let text = information(wanted, namespace, says(.numbers, namespace.realName), keyspace: [])
      return respond(to: client) { $0.append(verbatim: text, resp: client.pointee.resp) }
    }
    ask(.numbers, about: namespace, for: exchange)
  }

  private struct Section {
    let name: String
    let fields: [(String, String)]
  }

  fileprivate static func includes(_ section: String, _ wanted: Set<String>) -> Bool {
    wanted.isEmpty || !wanted.isDisjoint(with: ["all", "default", "everything", section.lowercased()])
  }

  fileprivate func information(
    _ wanted: Set<String>, _ namespace: Namespace, _ answers: NeighbourAnswer, keyspace: [(String, String)]
  ) -> String {
    sections(namespace, answers, keyspace).filter { Self.includes($0.name, wanted) }.map { section in
      "# \(section.name)\r\n" + section.fields.map { "\($0.0):\($0.1)\r\n" }.joined()
    }.joined(separator: "\r\n")
  }

  private func sections(
    _ namespace: Namespace, _ answers: NeighbourAnswer, _ keyspace: [(String, String)]
  ) -> [Section] {
    let (counters, namespaceLimits) = (answers.counters, namespace.record.limits)
    let uptime = time(nil) - startedAt
    // What nobody has reckoned yet is left out.
    let used = namespace.account.content.map { content in
      [("used_memory", "\(content.bytes)"), ("used_memory_human", Self.redisSize(content.bytes))]
    }
    let most = namespaceLimits.memory ?? 0
    return [
      Section(
        name: "Server",
        fields: [
          ("redis_version", serverVersion), ("redis_mode", "standalone"), ("os", "Linux"), ("arch_bits", "64"),
          ("tcp_port", "\(configuration.port)"), ("uptime_in_seconds", "\(uptime)"),
          ("uptime_in_days", "\(uptime / 86_400)"),
        ]),
      Section(
        name: "Clients",
        fields: [
          ("connected_clients", "\(namespace.account.connections)"),
          ("maxclients", "\(min(limits.clients, namespaceLimits.connections ?? .max))"),
          ("blocked_clients", "\(answers.blocked)"),
        ]),
      Section(
        name: "Memory",
        fields: (used ?? []) + [
          ("maxmemory", "\(most)"), ("maxmemory_human", Self.redisSize(most)), ("maxmemory_policy", "noeviction"),
        ]),
      Section(
        name: "Persistence",
        fields: [
          ("loading", "0"), ("rdb_bgsave_in_progress", "0"), ("aof_enabled", "1"), ("aof_rewrite_in_progress", "0"),
        ]),
      Section(
        name: "Stats",
        fields: [
          ("total_commands_processed", "\(counters.commands)"),
          ("instantaneous_ops_per_sec", "\(counters.commandsPerSecond)"),
          ("total_net_input_bytes", "\(counters.bytesIn)"), ("total_net_output_bytes", "\(counters.bytesOut)"),
          ("rejected_connections", "\(namespace.account.connectionsRefused)"),
          ("total_error_replies", "\(counters.errors)"),
        ]),
      Section(
        name: "Replication",
        fields: [("role", "master"), ("connected_slaves", "0"), ("master_repl_offset", "0")]),
      Section(name: "CPU", fields: []),
      Section(name: "Modules", fields: []),
      Section(name: "Cluster", fields: [("cluster_enabled", "0")]),
      Section(name: "Keyspace", fields: keyspace),
    ]
  }

  /// As Redis writes sizes for people: `1.50M`.
  private static func redisSize(_ bytes: Int) -> String {
    if bytes < 1024 { return "\(bytes)B" }
    var value = Double(bytes) / 1024
    for unit in ["K", "M", "G"] {
      if value < 1024 { return hundredths(value) + unit }
      value /= 1024
    }
    return hundredths(value) + "T"
  }

  private static func hundredths(_ value: Double) -> String {
    let whole = Int((value * 100).rounded())
    return "\(whole / 100).\(whole % 100 < 10 ? "0" : "")\(whole % 100)"
  }
}

/// `INFO` on its way: what all workers count, and then the keys of all databases, if they are asked for.
private final class InformationExchange: ListingExchange, NeighbourAsker {
  var answers = NeighbourAnswer(exchange: 0)
  private let wanted: Set<String>
  private var expiring: [Int: (count: Int, sum: Int)] = [:]
  private var asked: [[UInt8]] = []
  private var received = 0

  init(for client: ClientPointer, _ namespace: Namespace, _ wanted: Set<String>) {
    self.wanted = wanted
    super.init(for: client, namespace, databases: Array(0..<Namespace.databases))
  }

  override func receiveOwn(_ reply: UnsafeRawBufferPointer, part: Int, on worker: Worker) {
    if part == Worker.neighbourPart {
      guard missing == 1, isWanted else { return }
      if Worker.includes("Keyspace", wanted) { return listIfSmall(worker) }
      return finish([], worker)
    }
    let key = asked[part - Self.firstOwnPart]
    if let time = Decimal.read(UnsafeRawBufferPointer(rebasing: reply.dropFirst().dropLast(2))), time >= 0 {
      let before = expiring[database(of: key)] ?? (0, 0)
      expiring[database(of: key)] = (before.count + 1, before.sum + time)
    }
    received += 1
    if received == asked.count { finishWithKeys(worker) }
  }

  /// Who asks every second must not keep the node busy with listing many keys.
  private func listIfSmall(_ worker: Worker) {
    guard let content = namespace.account.content, content.keys > Self.mostListed else { return list(on: worker) }
    finish([("db0", "keys=\(content.keys)")], worker)
  }

  override func listed(on worker: Worker) {
    asked = Array(keys.shuffled().prefix(Self.mostAsked))
    if asked.isEmpty { return finish([], worker) }
    _ = askAbout(asked, "PTTL", on: worker)
  }

  private func finishWithKeys(_ worker: Worker) {
    let byDatabase = Dictionary(grouping: keys, by: database)
    let share = Double(keys.count) / Double(asked.count)
    let lines = byDatabase.sorted { $0.key < $1.key }.map { database, keys in
      let (count, sum) = expiring[database] ?? (0, 0)
      let expires = min(keys.count, Int((Double(count) * share).rounded()))
      return ("db\(database)", "keys=\(keys.count),expires=\(expires),avg_ttl=\(count == 0 ? 0 : sum / count)")
    }
    finish(lines, worker)
  }

  private func database(of key: [UInt8]) -> Int { prefixes.firstIndex { key.starts(with: $0) } ?? 0 }

  private func finish(_ keyspace: [(String, String)], _ worker: Worker) {
    let text = worker.information(wanted, namespace, answers, keyspace: keyspace)
    finish(on: worker) { $0.append(verbatim: text, resp: client.pointee.resp) }
  }

  private static let mostListed = 10_000
  /// So many keys are asked when they expire, which stands for all.
  private static let mostAsked = 100
}
