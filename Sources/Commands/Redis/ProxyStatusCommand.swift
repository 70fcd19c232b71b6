import ArgumentParser
import Configuration
import Core
import RedisProxy

struct ProxyStatusCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show what the running namespace proxy does",
    discussion: """
      LATENCY is from a request to its reply, the node's time included, for half of the commands, for 99 of 100, and for \
      999 of 1000. COMMANDS and errors count since the proxy started.

      Examples:
        olares-cli redis proxy status
        olares-cli redis proxy status --output json

      Exit status: 0; 3 there are slots that no node serves; 69 no proxy answers; 78
      """)

  @OptionGroup var global: GlobalOptions

  func run(in context: Context) async throws {
    _ = try Installation.load(from: context.baseDirectory)
    let status = try ProxyStatus.read(from: RunDirectory(of: context.baseDirectory).proxySocket)
    try context.console.render(Rendering(status) { width, style in status.text(width, style) }, as: global.output)
    if !status.servesAllSlots { throw VerbEnded(status: .partlyDone) }
  }
}

extension ProxyStatus {
  fileprivate var servesAllSlots: Bool { coveredSlots == 16_384 }

  fileprivate func text(_ width: Int?, _ style: TextStyle) -> String {
    let slots = servesAllSlots ? "all slots served" : style.error("\(coveredSlots) of 16384 slots served")
    let heading =
      "Redis \(serverVersion) · up \(Duration.seconds(uptimeSeconds).forPeople) · \(clients.of("client")) · "
      + "\(workers.of("worker")) · \(slots)"
    let namespaceTable = Table(
      [
        "NAMESPACE", .number("CLIENTS"), .number("COMMANDS"), .number("PER SECOND"), .number("IN"), .number("OUT"),
        .number("LATENCY"), .number("ERRORS"),
      ],
      rows: namespaces.map { namespace in
        let latencies = [namespace.latency50, namespace.latency99, namespace.latency999].compactMap(\.self)
        return [
          namespace.name, "\(namespace.clients)", "\(namespace.commands)", "\(namespace.commandsPerSecond)",
          ByteCount(namespace.bytesIn).forPeople, ByteCount(namespace.bytesOut).forPeople,
          latencies.isEmpty ? "" : latencies.map(String.init).joined(separator: "/") + " µs", "\(namespace.errors)",
        ]
      })
    let nodeTable = Table(
      ["NODE", "ROLE", .number("SLOTS"), .number("CONNECTIONS"), .number("WAITING"), ""],
      rows: nodes.map { node in
        [
          node.address, node.isMaster ? "master" : "replica", "\(node.slots)", "\(node.connections)", "\(node.waiting)",
          node.error ?? "",
        ]
      })
    return
      ([heading]
      + [namespaceTable, nodeTable].filter { !$0.rows.isEmpty }.map { $0.rendered(width: width, style: style) })
      .joined(separator: "\n\n")
  }
}
