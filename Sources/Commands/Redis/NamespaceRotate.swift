import Apps
import ArgumentParser
import Core
import Redis
import RedisNamespaces

struct NamespaceRotate: Verb {
  static let configuration = CommandConfiguration(
    commandName: "rotate",
    abstract: "Give a Redis namespace a new password",
    discussion: """
      Ends the connections that were made with the old password; the app needs the new one from app values. This is \
      also the way out where the kept password was lost.

      Example:
        olares-cli redis ns rotate --app wiki --owner alice --name db0
      """)

  @OptionGroup var target: NamespaceOptions

  @Flag(name: .long, help: "Show what would be done, and do nothing")
  var dryRun = false

  @OptionGroup var global: GlobalOptions

  func run(in context: Context) async throws {
    let layer = try DataLayer(baseDirectory: context.baseDirectory)
    let change = try await layer.rotateNamespacePassword(of: target.id, dryRun: dryRun)
    change.warnings.forEach(context.console.warn)
    let name = target.id.realName
    try context.console.render(Rendering(["namespace": name]) { _, _ in name }, as: global.output)
    context.console.note(
      dryRun
        ? "Would give it a new password."
        : "It has a new password: olares-cli app values \(target.instance.app) "
          + "--owner \(target.instance.owner)")
  }
}
