import Apps
import ArgumentParser
import Core
import Redis

struct NamespaceShow: Verb {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show an app's Redis namespaces, and where their keys are",
    discussion: """
      A namespace that was deleted and whose keys were kept is shown as kept. Of a namespace with many keys, the number \
      in its slot is shown with ≤, since a few keys of others may be there; those of one that is spread over all slots \
      are not counted. redis ns stats counts both.

      Example:
        olares-cli redis ns show --app wiki --owner alice
      """)

  @OptionGroup var target: InstanceOptions
  @OptionGroup var global: GlobalOptions

  func run(in context: Context) async throws {
    let layer = try DataLayer(baseDirectory: context.baseDirectory)
    let rows = try await layer.namespaces(of: target.instance).map { NamespaceRow($0) }
    try context.console.render(
      Rendering(rows) { _, _ in rows.map(\.text).joined(separator: "\n\n") }, as: global.output)
  }
}
