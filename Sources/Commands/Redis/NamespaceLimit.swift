import Apps
import ArgumentParser
import Core
import Redis
import RedisNamespaces

struct NamespaceLimit: Verb {
  static let configuration = CommandConfiguration(
    commandName: "limit",
    abstract: "Show or change how much a Redis namespace may take of the server",
    discussion: """
      Running proxies follow at once; what does not go through the proxy is not limited. A limit that is not named stays \
      as it is, and without any the limits are shown. Each is of all threads of one proxy together.

      A client that logs in when --connections are open gets the error "max number of clients reached"; those that are \
      open stay. Commands beyond --commands wait, in the order of their connection; a second's worth may come at once. \
      A script outside of MULTI that is not answered within --script-time is killed, unless it has written: \
      then nothing can be done but to wait, which redis proxy status shows.

      --memory holds commands back that may add data, with the error OOM of a full Redis: reading and deleting go on. \
      Scripts count as such commands, but for EVAL_RO. What a namespace holds is reckoned from keys drawn at random, \
      every few seconds: until the next time, more can be written, and a huge key among thousands of small ones can be \
      missed for a while.

      Examples:
        olares-cli redis ns limit
        olares-cli redis ns limit --app wiki --owner alice --name db0 --connections 50 --commands 2000
        olares-cli redis ns limit --app wiki --owner alice --name db0 --memory 512MiB --script-time 5s
        olares-cli redis ns limit --app wiki --owner alice --name db0 --memory none --dry-run
      """)

  @OptionGroup var filter: InstanceFilter

  @Option(
    name: .long, help: ArgumentHelp("Only the namespace of this name", valueName: "name"),
    completion: .custom(Completion.namespaces), transform: NamespaceName.parse)
  var name: NamespaceName?

  @Option(
    name: .long, help: ArgumentHelp("How many connections it may have at a time, or none", valueName: "number"),
    transform: { try Limit.parsing($0, Limit.connections) })
  var connections: Limit?

  @Option(
    name: .long, help: ArgumentHelp("How many commands it may run in a second, or none", valueName: "number"),
    transform: { try Limit.parsing($0, Limit.commands) })
  var commands: Limit?

  @Option(
    name: .long, help: ArgumentHelp("How long a script of it may run, such as 5s, or none", valueName: "time"),
    transform: { try Limit.parsing($0, Limit.scriptTime) })
  var scriptTime: Limit?

  @Option(
    name: .long, help: ArgumentHelp("How much its keys may hold, such as 512MiB, or none", valueName: "size"),
    transform: { try Limit.parsing($0, Limit.memory) })
  var memory: Limit?

  @Flag(name: .long, help: "Show what would be done, and do nothing")
  var dryRun = false

  @OptionGroup var global: GlobalOptions

  private var change: NamespaceLimits.Change {
    NamespaceLimits.Change(connections: connections, commands: commands, scriptTime: scriptTime, memory: memory)
  }

  private var id: NamespaceID? {
    guard let app = filter.app, let owner = filter.owner, let name else { return nil }
    return NamespaceID(AppInstance(app: app, owner: owner), name)
  }

  func validate() throws {
    if !change.isEmpty, id == nil { throw ValidationError("name the namespace: --app, --owner and --name") }
  }

  func run(in context: Context) async throws {
    let namespaces = try await DataLayer(baseDirectory: context.baseDirectory).namespaces()
    guard let id, !change.isEmpty else {
      let records = try await namespaces.list().filter { record in
        filter.includes(record.id.instance) && (name.map { $0 == record.id.name } ?? true)
      }
      if records.isEmpty, let id { throw RedisNamespaceService.missing(id) }
      try context.console.render(Rendering(limitsOf: records), as: global.output)
      if records.isEmpty { context.console.note("no app has such a namespace") }
      return
    }
    let outcome = try await namespaces.limit(id, to: change, dryRun: dryRun)
    try context.console.render(Rendering(limitsOf: [outcome.record].compactMap(\.self)), as: global.output)
    context.console.note(
      !outcome.hasChanged ? "Nothing to do: these are its limits." : dryRun ? "Would change them." : "Changed.")
  }
}

extension Limit {
  fileprivate static func parsing(_ argument: String, _ parse: (String) throws(Problem) -> Limit) throws -> Limit {
    do { return try parse(argument) } catch { throw ValidationError(error.asUsage) }
  }
}

extension Rendering {
  fileprivate init(limitsOf records: [NamespaceRecord]) {
    struct Row: Encodable, Sendable {
      let owner: String
      let app: String
      let name: String
      let realName: String
      let limits: NamespaceLimitsRow
    }
    let rows = records.map { record in
      Row(
        owner: record.id.instance.owner.name, app: record.id.instance.app.name, name: record.id.name.name,
        realName: record.id.realName, limits: NamespaceLimitsRow(record.limits))
    }
    self.init(
      rows,
      Table(
        ["NAMESPACE", .number("CONNECTIONS"), .number("COMMANDS"), .number("SCRIPTS"), .number("MEMORY")],
        rows: rows.map { row in
          [
            row.realName, row.limits.connectionsText, row.limits.commandsText, row.limits.scriptTimeText,
            row.limits.memoryText,
          ]
        }))
  }
}
