import ArgumentParser
import Configuration
import Core

/// What the shell offers on TAB. It reads the files of secrets only: completing must neither connect to a server nor
/// fail, so whoever may not read them is offered nothing.
enum Completion {
  @Sendable static func owners(_ words: [String], _ index: Int, _ prefix: String) -> [String] {
    Array(Set(instances(words).map(\.owner.name))).sorted()
  }

  @Sendable static func apps(_ words: [String], _ index: Int, _ prefix: String) -> [String] {
    let owner = value(of: "--owner", in: words)
    return Array(Set(instances(words).filter { owner == nil || $0.owner.name == owner }.map(\.app.name))).sorted()
  }

  /// The databases of the app that the words before name, as its manifest calls them.
  @Sendable static func databases(_ words: [String], _ index: Int, _ prefix: String) -> [String] {
    secrets(of: words)?.postgres?.databases.keys.sorted() ?? []
  }

  /// The namespaces of the app that the words before name.
  @Sendable static func namespaces(_ words: [String], _ index: Int, _ prefix: String) -> [String] {
    secrets(of: words)?.redis.keys.sorted() ?? []
  }

  private static func secrets(of words: [String]) -> AppSecrets? {
    guard let app = value(of: "--app", in: words), let owner = value(of: "--owner", in: words),
      let appName = try? AppName(app), let ownerName = try? Owner(owner)
    else { return nil }
    return try? store(words)?.secrets(of: AppInstance(app: appName, owner: ownerName))
  }

  private static func instances(_ words: [String]) -> [AppInstance] {
    (try? store(words)?.instances()) ?? []
  }

  private static func store(_ words: [String]) -> SecretStore? {
    let option = value(of: "--base-dir", in: words) ?? value(of: "-b", in: words)
    let base = try? BaseDirectory.resolve(option: option, environment: Environment.current)
    return base.map { SecretStore(baseDirectory: $0.path) }
  }

  private static func value(of option: String, in words: [String]) -> String? {
    words.firstIndex(of: option).flatMap { words.indices.contains($0 + 1) ? words[$0 + 1] : nil }
  }
}
