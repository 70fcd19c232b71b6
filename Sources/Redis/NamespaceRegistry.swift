import Core
import RedisNamespaces

/// The registry of namespaces: a hash in the Redis Cluster itself, so that every node's proxy and every olares-cli see
/// the same. Changes are compare-and-set, so that of two creators one sees what the other did.
struct NamespaceRegistry: Sendable {
  let cluster: RedisCluster

  struct Content: Sendable {
    let version: String
    let records: [String: NamespaceRecord]
  }

  func read() async throws -> Content {
    let reply = try await cluster.command(["HGETALL", NamespaceRecord.registryKey], key: NamespaceRecord.registryKey)
    guard let fields = reply.texts, fields.count.isMultiple(of: 2) else {
      throw Problem(
        "bad-namespace-registry", .badData, "the key \(NamespaceRecord.registryKey) is not a registry of namespaces")
    }
    var version = "0"
    var records: [String: NamespaceRecord] = [:]
    for index in stride(from: 0, to: fields.count, by: 2) {
      let (name, value) = (fields[index], fields[index + 1])
      if name == Self.versionField {
        version = value
      } else {
        records[name] = try NamespaceRecord(realName: name, encoded: value)
      }
    }
    return Content(version: version, records: records)
  }

  /// One entry: looking at one namespace does not read those of everybody.
  func find(_ id: NamespaceID) async throws -> NamespaceRecord? {
    let key = NamespaceRecord.registryKey
    let reply = try await cluster.command(["HGET", key, id.realName], key: key)
    if reply == .null { return nil }
    return try NamespaceRecord(realName: id.realName, encoded: reply.text ?? "")
  }

  /// The entries of one app instance. The server looks through all of them, and sends only these.
  func records(of instance: AppInstance) async throws -> [NamespaceRecord] {
    let key = NamespaceRecord.registryKey
    // An entry that moves while the hash is rebuilt can come twice.
    var records: [NamespaceID: NamespaceRecord] = [:]
    var cursor = "0"
    repeat {
      let scan = ["HSCAN", key, cursor, "MATCH", "\(instance.namespace)_*", "COUNT", "1000"]
      let reply = try await cluster.command(scan, key: key)
      guard let parts = reply.array, parts.count == 2, let next = parts[0].text, let fields = parts[1].texts else {
        throw Problem(
          "bad-namespace-registry", .badData, "the key \(key) is not a registry of namespaces")
      }
      for index in stride(from: 0, to: fields.count - 1, by: 2) {
        let record = try NamespaceRecord(realName: fields[index], encoded: fields[index + 1])
        if record.id.instance == instance { records[record.id] = record }
      }
      cursor = next
    } while cursor != "0"
    return Array(records.values)
  }

  /// Reads the registry, lets `change` decide, and writes what it returns; again from the start if somebody else wrote
  /// in between.
  func update<Result: Sendable>(
    _ change: @Sendable (Content) throws -> (Edit, Result)
  ) async throws -> Result {
    for _ in 0..<Self.attempts {
      let content = try await read()
      let (edit, result) = try change(content)
      if try await write(edit, ifVersion: content.version) { return result }
      try await Task.sleep(for: .milliseconds(Int.random(in: 1...20)))
    }
    throw Problem(
      "namespaces-busy", .busy, "others change the registry of namespaces all the time",
      hint: "try again in a moment", isTransient: true)
  }

  enum Edit: Sendable {
    case nothing
    case put(NamespaceRecord)
    case remove(NamespaceID)
  }

  private func write(_ edit: Edit, ifVersion version: String) async throws -> Bool {
    let field: [String]
    switch edit {
    case .nothing: return true
    case .put(let record): field = [record.id.realName, try record.encoded()]
    case .remove(let id): field = [id.realName]
    }
    let key = NamespaceRecord.registryKey
    let reply = try await cluster.command(
      ["EVAL", Self.compareAndSet, "1", key, Self.versionField, version] + field, key: key)
    guard reply.integer == 1 else { return false }
    try await replicate()
    // Proxies read the registry every few seconds anyway; who hears this does so at once.
    _ = try? await cluster.command(["PUBLISH", key, field[0]], key: key)
    return true
  }

  /// Waits until replicas have the change, since a failover would lose what only the master knows.
  private func replicate() async throws {
    let topology = try await cluster.topology()
    guard let master = topology.master(of: NamespaceRecord.registrySlot) else { return }
    let replicas = topology.nodes.filter { $0.master == master.id && !$0.isFailed }.count
    guard replicas > 0 else { return }
    try await cluster.connection(to: master.endpoint).command(["WAIT", "\(replicas)", "2000"])
  }

  private static let attempts = 200
  private static let versionField = ":version"

  private static let compareAndSet = """
    if (redis.call('HGET', KEYS[1], ARGV[1]) or '0') ~= ARGV[2] then return 0 end
    redis.call('HINCRBY', KEYS[1], ARGV[1], 1)
    if ARGV[4] then redis.call('HSET', KEYS[1], ARGV[3], ARGV[4]) else redis.call('HDEL', KEYS[1], ARGV[3]) end
    return 1
    """
}
