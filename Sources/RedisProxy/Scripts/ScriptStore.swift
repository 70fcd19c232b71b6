import RedisNamespaces
import Synchronization

/// The scripts that clients of each namespace gave, by their own SHA-1: the nodes know only what runs in their place. Shared
/// by all workers, since a client may load a script on one connection and run it on another.
final class ScriptStore: Sendable {
  private struct Scripts {
    var texts: [[UInt8]: (text: [UInt8], lastUse: UInt64)] = [:]
    var byteCount = 0
    /// By hash and database.
    var wrapped: [Key: WrappedScript] = [:]
  }

  private struct Key: Hashable {
    let hash: [UInt8]
    let database: Int
    let generation: Int
  }

  private let namespaces = Mutex<(scripts: [String: Scripts], uses: UInt64)>(([:], 0))

  /// What runs in place of a script, which is remembered.
  func add(_ text: UnsafeRawBufferPointer, _ namespace: Namespace, database: Int) -> WrappedScript {
    if let known = find(ScriptWrapper.hash(text), namespace, database: database) { return known }
    return wrap(text, namespace, database: database)
  }

  private func wrap(_ text: UnsafeRawBufferPointer, _ namespace: Namespace, database: Int) -> WrappedScript {
    let wrapped = ScriptWrapper.wrap(
      text, prefix: namespace.prefix(ofDatabase: database), channelPrefix: namespace.prefix(ofDatabase: 0))
    namespaces.withLock { state in
      state.uses += 1
      var scripts = state.scripts.removeValue(forKey: namespace.realName) ?? Scripts()
      if scripts.texts[wrapped.userHash] == nil { scripts.byteCount += text.count }
      scripts.texts[wrapped.userHash] = (Array(text), state.uses)
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
    let key = Key(hash: hash, database: database, generation: namespace.record.generation)
    let (wrapped, text): (WrappedScript?, [UInt8]?) = namespaces.withLock { state in
      state.uses += 1
      guard state.scripts[namespace.realName]?.texts[hash] != nil else { return (nil, nil) }
      state.scripts[namespace.realName]?.texts[hash]?.lastUse = state.uses
      return (state.scripts[namespace.realName]?.wrapped[key], state.scripts[namespace.realName]?.texts[hash]?.text)
    }
    if let wrapped { return wrapped }
    // It was given in another database.
    return text.map { text in text.withUnsafeBytes { wrap($0, namespace, database: database) } }
  }

  func contains(_ hash: [UInt8], _ namespace: Namespace) -> Bool {
    namespaces.withLock { $0.scripts[namespace.realName]?.texts[hash] != nil }
  }

  func removeAll(_ namespace: Namespace) {
    namespaces.withLock { $0.scripts[namespace.realName] = nil }
  }

  /// For each namespace.
  private static let mostScripts = 1000
  private static let mostBytes = 16 * 1024 * 1024
}
