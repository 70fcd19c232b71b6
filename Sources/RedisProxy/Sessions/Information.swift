import Glibc

/// `INFO` of a server that has nothing but the client's namespace.
extension Worker {
  func answerInfo(_ request: Request, _ client: ClientPointer) {
    var wanted: Set<String> = []
    for index in 1..<max(1, request.count) {
      wanted.insert(String(decoding: request[index], as: UTF8.self).lowercased())
    }
    let isAll = wanted.isEmpty || !wanted.isDisjoint(with: ["all", "default", "everything"])
    let sections = information(client).filter { isAll || wanted.contains($0.name.lowercased()) }
    let text = sections.map { section in
      "# \(section.name)\r\n" + section.fields.map { "\($0.0):\($0.1)\r\n" }.joined()
    }.joined(separator: "\r\n")
    respond(to: client) { $0.append(verbatim: text, resp: client.pointee.resp) }
  }

  private struct Section {
    let name: String
    let fields: [(String, String)]
  }

  private func information(_ client: ClientPointer) -> [Section] {
    let counters = client.pointee.counters.pointee
    let uptime = time(nil) - startedAt
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
          ("connected_clients", "\(counters.clients)"), ("maxclients", "\(limits.clients)"), ("blocked_clients", "0"),
        ]),
      Section(
        name: "Memory",
        fields: [
          ("used_memory", "0"), ("used_memory_human", "0B"), ("maxmemory", "0"), ("maxmemory_policy", "noeviction"),
        ]),
      Section(
        name: "Persistence",
        fields: [
          ("loading", "0"), ("rdb_bgsave_in_progress", "0"), ("aof_enabled", "1"), ("aof_rewrite_in_progress", "0"),
        ]),
      Section(
        name: "Stats",
        fields: [
          ("total_commands_processed", "\(counters.commands)"), ("total_net_input_bytes", "\(counters.bytesIn)"),
          ("total_net_output_bytes", "\(counters.bytesOut)"), ("total_error_replies", "\(counters.errors)"),
        ]),
      Section(
        name: "Replication",
        fields: [("role", "master"), ("connected_slaves", "0"), ("master_repl_offset", "0")]),
      Section(name: "CPU", fields: []),
      Section(name: "Modules", fields: []),
      Section(name: "Cluster", fields: [("cluster_enabled", "0")]),
      Section(name: "Keyspace", fields: []),
    ]
  }
}
