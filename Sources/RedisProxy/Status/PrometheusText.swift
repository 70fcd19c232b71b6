extension ProxyStatus {
  /// The numbers as Prometheus reads them.
  var prometheusText: String {
    var text = ""
    func family(_ name: String, _ type: String, _ help: String, _ samples: [(labels: String, value: Int)]) {
      text += "# HELP olares_redis_proxy_\(name) \(help)\n# TYPE olares_redis_proxy_\(name) \(type)\n"
      for sample in samples { text += "olares_redis_proxy_\(name)\(sample.labels) \(sample.value)\n" }
    }
    // Real names have no character that would have to be escaped in a label.
    func each(_ value: (Namespace) -> Int) -> [(labels: String, value: Int)] {
      namespaces.map { ("{namespace=\"\($0.name)\"}", value($0)) }
    }
    family("uptime_seconds", "gauge", "Time since the start.", [("", uptimeSeconds)])
    family("connected_clients", "gauge", "Connections of clients.", [("", clients)])
    family("covered_slots", "gauge", "Slots that a node is known to serve.", [("", coveredSlots)])
    family("clients", "gauge", "Connections that have logged in.", each(\.clients))
    family("commands_total", "counter", "Commands.", each(\.commands))
    family("received_bytes_total", "counter", "Bytes received from clients.", each(\.bytesIn))
    family("sent_bytes_total", "counter", "Bytes sent to clients.", each(\.bytesOut))
    family("errors_total", "counter", "Replies that were errors.", each(\.errors))
    family("redirects_total", "counter", "Redirects of the cluster that were followed.", each(\.redirects))
    family(
      "memory_bytes", "gauge", "What the keys hold, as far as a sample tells.",
      namespaces.compactMap { namespace in namespace.memory.map { ("{namespace=\"\(namespace.name)\"}", $0) } })
    family(
      "refused_connections_total", "counter", "Logins beyond the limit of connections.", each(\.connectionsRefused))
    family("delayed_commands_total", "counter", "Commands that waited for their turn.", each(\.commandsDelayed))
    family(
      "refused_commands_total", "counter", "Commands that would have exceeded the limit of memory.",
      each(\.commandsRefused))
    family("killed_scripts_total", "counter", "Scripts that ran longer than they may.", each(\.scriptsKilled))
    let quantiles: [(String, (Namespace) -> Int?)] = [
      ("0.5", { $0.latency50 }), ("0.99", { $0.latency99 }), ("0.999", { $0.latency999 }),
    ]
    family(
      "latency_microseconds", "gauge", "Time from a request to its reply, since the start.",
      quantiles.flatMap { quantile, value in
        namespaces.compactMap { namespace in
          value(namespace).map { ("{namespace=\"\(namespace.name)\",quantile=\"\(quantile)\"}", $0) }
        }
      })
    family(
      "node_connections", "gauge", "Connections to nodes that are ready.",
      nodes.map { ("{node=\"\($0.address)\"}", $0.connections) })
    family(
      "node_waiting_requests", "gauge", "Requests that nodes have not answered.",
      nodes.map { ("{node=\"\($0.address)\"}", $0.waiting) })
    return text
  }
}
