import RedisNamespaces
import Synchronization

/// The scripts that clients of each namespace gave, by their own SHA-1: the nodes know only what runs in their place. Shared
/// by all workers, since a client may load a script on one connection and run it on another.
final class ScriptStore: Sendable {
  private struct Scripts {
    var texts: [[UInt8]: Text] = [:]
    var byteCount = 0
    /// By hash and database.
    var wrapped: [Key: WrappedScript] = [:]
  }

  private struct Text {
    let text: [UInt8]
    var lastUse: UInt64
    /// A node took it. One that does not compile is never known by its hash, as in Redis.
    var isTaken = false
  }

  private struct Key: Hashable {
    let hash: [UInt8]
    let database: Int
    let generation: Int
  }

  private let namespaces = Mutex<(scripts: [String: Scripts], uses: UInt64)>(([:], 0))

  /// What runs in place of a script. It is known by its hash when a node has taken it (`take`).
  func add(_ text: UnsafeRawBufferPointer, _ namespace: Namespace, database: Int) -> WrappedScript {
    let hash = ScriptWrapper.hash(text)
    return cached(hash, namespace, database: database).wrapped ?? wrap(text, namespace, database: database)
  }

  /// A node has compiled a script.
  func take(_ hash: [UInt8], _ namespace: Namespace) {
    namespaces.withLock { $0.scripts[namespace.realName]?.texts[hash]?.isTaken = true }
  }

  private func wrap(_ text: UnsafeRawBufferPointer, _ namespace: Namespace, database: Int) -> WrappedScript {
    let wrapped = ScriptWrapper.wrap(
      text, prefix: namespace.prefix(ofDatabase: database), channelPrefix: namespace.prefix(ofDatabase: 0))
    namespaces.withLock { state in
      state.uses += 1
      var scripts = state.scripts.removeValue(forKey: namespace.realName) ?? Scripts()
      if scripts.texts[wrapped.userHash] == nil {
        scripts.byteCount += text.count
        scripts.texts[wrapped.userHash] = Text(text: Array(text), lastUse: state.uses)
      }
      let key = Key(hash: wrapped.userHash, database: database, generation: namespace.record.generation)
      scripts.wrapped[key] = wrapped
      while scripts.texts.count > Self.mostScripts || scripts.byteCount > Self.mostBytes, scripts.texts.count > 1,
        let oldest = scripts.texts.min(by: { $0.value.lastUse < $1.value.lastUse })
      {
        scripts.byteCount -= oldest.value.text.count
        scripts.texts[oldest.key] = nil
        scripts.wrapped = scripts.wrapped.filter { $0.key.hash != oldest.key }
      }
      state.scripts[namespace.realName] = scripts
    }
    return wrapped
  }

  /// What runs in place of the script with a hash; nil if it is not known.
  func find(_ hash: [UInt8], _ namespace: Namespace, database: Int) -> WrappedScript? {
    let (wrapped, text) = cached(hash, namespace, database: database)
    guard let text, text.isTaken else { return nil }
    // Without a wrapped one, it was given in another database.
    return wrapped ?? text.text.withUnsafeBytes { wrap($0, namespace, database: database) }
  }

  private func cached(
    _ hash: [UInt8], _ namespace: Namespace, database: Int
  ) -> (wrapped: WrappedScript?, text: Text?) {
    let key = Key(hash: hash, database: database, generation: namespace.record.generation)
    return namespaces.withLock { state in
      state.uses += 1
      guard let text = state.scripts[namespace.realName]?.texts[hash] else { return (nil, nil) }
      state.scripts[namespace.realName]?.texts[hash]?.lastUse = state.uses
      return (state.scripts[namespace.realName]?.wrapped[key], text)
    }
  }

  func contains(_ hash: [UInt8], _ namespace: Namespace) -> Bool {
    namespaces.withLock { $0.scripts[namespace.realName]?.texts[hash]?.isTaken ?? false }
  }

  /// `SCRIPT FLUSH`. The texts stay, for who gives one again.
  func forgetAll(_ namespace: Namespace) {
    namespaces.withLock { state in
      guard var scripts = state.scripts.removeValue(forKey: namespace.realName) else { return }
      for hash in scripts.texts.keys { scripts.texts[hash]?.isTaken = false }
      state.scripts[namespace.realName] = scripts
    }
  }

  /// For each namespace.
  private static let mostScripts = 1000
  private static let mostBytes = 16 * 1024 * 1024
}
