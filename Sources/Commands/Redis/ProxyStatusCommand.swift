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
      999 of 1000. COMMANDS and errors count since the proxy started. MEMORY is reckoned from some of the keys, of a \
      namespace with a limit every few seconds, of others every minute. Where a terminal is narrow, columns are left out; \
      --output json has all, and the namespaces that nobody uses.

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
    let used = namespaces.filter { $0.clients > 0 || $0.commands > 0 }.sorted {
      ($1.commandsPerSecond, $1.commands, $0.name) < ($0.commandsPerSecond, $0.commands, $1.name)
    }
    let columns = Namespace.columns.filter { column in width.map { $0 >= column.narrowest } ?? true }
    let namespaceTable = Table(
      columns.map(\.heading), rows: used.map { namespace in columns.map { $0.text(namespace) } })
    let unused = namespaces.count - used.count
    let notes =
      used.compactMap(\.trouble).map { style.warning($0) }
      + (unused > 0 ? ["\(unused.of("namespace")) without a client or a command since the start"] : [])
    let nodeTable = Table(
      ["NODE", "ROLE", .number("SLOTS"), .number("CONNECTIONS"), .number("WAITING"), ""],
      rows: nodes.map { node in
        [
          node.address, node.isMaster ? "master" : "replica", "\(node.slots)", "\(node.connections)", "\(node.waiting)",
          node.error ?? "",
        ]
      })
    return [
      heading, namespaceTable.rendered(width: width, style: style), notes.joined(separator: "\n"),
      nodeTable.rendered(width: width, style: style),
    ].filter { !$0.isEmpty }.joined(separator: "\n\n")
  }
}

extension ProxyStatus.Namespace {
  fileprivate struct Column {
    let heading: Table.Column
    /// Columns of a terminal that it needs to be shown.
    let narrowest: Int
    let text: (ProxyStatus.Namespace) -> String
  }

  fileprivate static var columns: [Column] {
    [
      Column(heading: "NAMESPACE", narrowest: 0) { $0.name },
      Column(heading: .number("CLIENTS"), narrowest: 0) { "\($0.clients)" },
      Column(heading: .number("PER SECOND"), narrowest: 0) { "\($0.commandsPerSecond)" },
      Column(heading: .number("COMMANDS"), narrowest: 80) { "\($0.commands)" },
      Column(heading: .number("IN"), narrowest: 110) { ByteCount($0.bytesIn).forPeople },
      Column(heading: .number("OUT"), narrowest: 110) { ByteCount($0.bytesOut).forPeople },
      Column(heading: .number("LATENCY"), narrowest: 0) { namespace in
        let latencies = [namespace.latency50, namespace.latency99, namespace.latency999].compactMap(\.self)
        return latencies.isEmpty ? "" : latencies.map(String.init).joined(separator: "/") + " µs"
      },
      Column(heading: .number("ERRORS"), narrowest: 70) { "\($0.errors)" },
      Column(heading: .number("MEMORY"), narrowest: 70) { $0.memory.map { "~ \(ByteCount($0).forPeople)" } ?? "" },
    ]
  }

  /// What its limits have kept it from, in a line.
  fileprivate var trouble: String? {
    let parts = [
      connectionsRefused > 0 ? "\(connectionsRefused.of("connection")) refused" : nil,
      commandsDelayed > 0 ? "\(commandsDelayed.of("command")) delayed" : nil,
      commandsRefused > 0 ? "\(commandsRefused.of("command")) refused for its memory" : nil,
      scriptsKilled > 0 ? "\(scriptsKilled.of("script")) killed" : nil,
      hasRunawayScript ? "a script runs too long and cannot be killed, since it has written" : nil,
    ].compactMap(\.self)
    return parts.isEmpty ? nil : "\(name), by its limits: " + parts.joined(separator: ", ")
  }
}
