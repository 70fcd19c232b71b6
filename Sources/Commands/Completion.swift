import ArgumentParser
import Configuration
import Core

/// What the shell offers on TAB. It reads the secrets' file names only: completing must neither connect to a server nor
/// fail, so whoever may not read them is offered nothing.
enum Completion {
  @Sendable static func owners(_ words: [String], _ index: Int, _ prefix: String) -> [String] {
    Array(Set(instances(words).map(\.owner.name))).sorted()
  }

  @Sendable static func apps(_ words: [String], _ index: Int, _ prefix: String) -> [String] {
    let owner = value(of: "--owner", in: words)
    return Array(Set(instances(words).filter { owner == nil || $0.owner.name == owner }.map(\.app.name))).sorted()
  }

  private static func instances(_ words: [String]) -> [AppInstance] {
    let option = value(of: "--base-dir", in: words) ?? value(of: "-b", in: words)
    guard let base = try? BaseDirectory.resolve(option: option, environment: Environment.current) else { return [] }
    return (try? SecretStore(baseDirectory: base.path).instances()) ?? []
  }

  private static func value(of option: String, in words: [String]) -> String? {
    words.firstIndex(of: option).flatMap { words.indices.contains($0 + 1) ? words[$0 + 1] : nil }
  }
}
