import Apps
import ArgumentParser
import Configuration
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
    let namespaces = try await layer.namespaces()
    let record = try await namespaces.get(target.id)
    if !dryRun {
      let password = Secret.random()
      let change = try await namespaces.rotate(record.id, password: password)
      try layer.keep(AppSecrets.RedisAccount(password: password), for: record.id)
      change.warnings.forEach(context.console.warn)
    }
    try context.console.render(Rendering([record]), as: global.output)
    context.console.note(
      dryRun
        ? "Would give it a new password."
        : "It has a new password: olares-cli app values \(target.instance.app) "
          + "--owner \(target.instance.ownerOption.owner)")
  }
}
