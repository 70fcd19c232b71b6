import ArgumentParser
import Core
import Hosting
import Setup

struct ServiceList: Verb {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the services and whether they run",
    discussion: """
      Examples:
        olares-cli service list
        olares-cli service list --output json

      Exit status: 0, 78
      """,
    aliases: ["ls"])

  @OptionGroup var global: GlobalOptions

  func run(in context: Context) async throws {
    let instance = try Instance.load(from: context)
    try await context.console.renderServices(instance, try instance.serviceDefinitions(), as: global.output)
  }
}

/// What scripts get of a service.
struct ServiceRow: Encodable, Sendable {
  let name: String
  let state: String
  let pid: Int32?
  let upSeconds: Int64?
  let supervisor: String
  let summary: String
}

extension Console {
  func renderServices(
    _ instance: Instance, _ definitions: [ServiceDefinition], as format: OutputFormat
  ) async throws {
    let states = try await instance.services.states(of: definitions)
    let rows = zip(definitions, states).map { definition, state in
      ServiceRow(
        name: state.name, state: state.condition.rawValue, pid: state.processID,
        upSeconds: state.upTime?.components.seconds, supervisor: instance.supervisor.rawValue,
        summary: definition.summary)
    }
    let table = Table(
      ["NAME", "STATE", .number("PID"), "UP", "WHAT"],
      rows: rows.map {
        [
          $0.name, $0.state, $0.pid.map { "\($0)" } ?? "",
          $0.upSeconds.map { Duration.seconds($0).forPeople } ?? "", $0.summary,
        ]
      })
    try render(Rendering(rows, table), as: format)
  }
}
