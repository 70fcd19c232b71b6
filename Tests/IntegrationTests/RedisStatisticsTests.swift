import Core
import Redis
import RedisNamespaces
import TestServers
import Testing

@Suite(.enabled(if: RedisClusterServer.skipReason == nil, "redis-server is not installed"))
struct RedisStatisticsTests {
  /// In a slot that two namespaces and somebody else have keys in, each is counted by itself.
  @Test func foreignKeysInTheSlotAreNotCounted() async throws {
    let server = try await RedisClusterServer.shared()
    let service = RedisNamespaceService(cluster: server.cluster())
    let own = try #require(try await service.create(namespace("count", "alice"), password: .random()).record)
    let spread = try #require(
      try await service.create(namespace("count", "bob"), password: .random(), spread: true).record)
    let tag = String(own.prefix.drop { $0 != "{" }.prefix { $0 != "}" }) + "}"
    let admin = try await server.connection(to: 0)
    let keys =
      (0..<3).map { "\(own.prefix)\($0)" } + (0..<20).map { "\(spread.prefix)\(tag)\($0)" }
      + ["\(spread.prefix)elsewhere", "stranger\(tag)", "count-alice_db01.1\(tag):x"]
    for case .error(let error) in try await admin.pipeline(keys.map { ["SET", $0, "v"] }) {
      Issue.record("\(error.message)")
    }
    let described = try await service.describe([own, spread])
    #expect(described.map(\.keys) == [3, nil])
    #expect(described.map(\.keysInSlot) == [25, nil])
    let survey = try await service.statistics(of: [own, spread])
    #expect(survey.namespaces.map { $0.content?.keys } == [3, 21])
    #expect(survey.missed.isEmpty)
  }

  @Test func typesSizesAndExpiryAreOfTheNamespace() async throws {
    let server = try await RedisClusterServer.shared()
    let service = RedisNamespaceService(cluster: server.cluster())
    let password = Secret.random()
    let record = try #require(try await service.create(namespace("types", "alice"), password: password).record)
    let client = try await server.connection(to: 0, as: login(record, password))
    let key = { record.prefix + $0 }
    _ = try await client.pipeline([
      ["SET", key("big"), String(repeating: "x", count: 100_000)], ["SET", key("small"), "x", "EX", "1000"],
      ["RPUSH", key("list"), "a", "b"], ["HSET", key("hash"), "f", "v"],
    ])
    let statistics = try #require(try await service.statistics(of: [record], measuring: nil).namespaces.first)
    let content = try #require(statistics.content)
    #expect(content.isExact && content.keys == 4 && content.expiring == 1)
    #expect(content.types == ["string": 2, "list": 1, "hash": 1])
    #expect(content.biggest.map { String(decoding: $0.key, as: UTF8.self) }.first == key("big"))
    #expect(content.biggest.count == 4)
    #expect(content.memory.bytes > 100_000 && content.memory.bytes < 150_000)
    #expect(content.nodes == server.seeds)
    #expect(statistics.connections == 1)
    #expect(statistics.lastUse != nil)
  }

  /// Enough keys that they are looked through, of several nodes, and only a part is measured.
  @Test func whatIsReckonedSaysSo() async throws {
    let server = try await RedisClusterServer(masters: 3)
    let service = RedisNamespaceService(cluster: server.cluster())
    let large = try #require(try await service.create(namespace("large", "alice"), password: .random()).record)
    let spread = try #require(
      try await service.create(namespace("large", "bob"), password: .random(), spread: true).record)
    let unused = try #require(try await service.create(namespace("unused", "bob"), password: .random()).record)
    for start in stride(from: 0, to: 12_000, by: 500) {
      let pairs = (start..<start + 500).flatMap { ["\(large.prefix)\($0)", "value"] }
      _ = try await server.cluster().command(["MSET"] + pairs, key: large.prefix)
    }
    let cluster = server.cluster()
    for index in 0..<600 {
      let key = "\(spread.prefix)\(index)"
      _ = try await cluster.command(["SET", key, "value", "EX", "1000"], key: key)
    }
    let survey = try await service.statistics(of: [large, spread, unused], measuring: 100)
    let contents = survey.namespaces.map(\.content)
    #expect(contents.map { $0?.keys } == [12_000, 600, 0])
    #expect(contents.map { $0?.measured } == [100, 100, 0])
    #expect(contents.map { $0?.isExact } == [false, false, true])
    #expect(contents.map { $0?.expiring } == [0, 600, 0])
    #expect(contents.map { $0?.nodes.count } == [1, 3, 0])
    let memory = try #require(contents[0]?.memory.bytes)
    // Keys of one kind: the estimate is near what all of them take.
    let exact = try await service.statistics(of: [large], measuring: nil).namespaces[0].content
    #expect(exact?.isExact == true)
    #expect(abs(memory - (exact?.memory.bytes ?? 0)) < memory / 5)
    // No server was kept busy: nothing but short lists and single keys.
    for index in server.nodes.indices {
      let used = try await server.commandCalls(on: index)
      #expect(used["keys"] == nil && used["flushall"] == nil)
    }
    await server.stop()
  }

  @Test func aMissingNodeLeavesItsNumbersOut() async throws {
    let server = try await RedisClusterServer(masters: 3)
    let cluster = server.cluster()
    let service = RedisNamespaceService(cluster: cluster)
    let registry = try #require(try await cluster.topology().master(of: NamespaceRecord.registrySlot)?.endpoint)
    let (here, there) = try await service.createOnAndBeside(registry)
    let lost = try #require(server.nodes.firstIndex { $0.endpoint == there.node })
    try await server.end(lost, with: 9)
    let survey = try await service.statistics(of: [here.record, there.record])
    #expect(survey.namespaces.map { $0.content?.keys } == [0, nil])
    #expect(survey.missed == [there.node])
    await server.stop()
  }
}

extension RedisNamespaceService {
  typealias Placed = (record: NamespaceRecord, node: RedisEndpoint)

  /// Creates namespaces until there is one on `node` and one on another.
  func createOnAndBeside(_ node: RedisEndpoint) async throws -> (on: Placed, beside: Placed) {
    var on: Placed?
    var beside: Placed?
    for index in 0..<100 {
      let record = try #require(try await create(namespace("placed\(index)", "alice"), password: .random()).record)
      let slot = try #require(record.placement.slot)
      let master = try #require(try await cluster.topology().master(of: slot)?.endpoint)
      if master == node { on = (record, master) } else { beside = (record, master) }
      if let on, let beside { return (on, beside) }
    }
    throw Problem("unlucky", .failed, "all slots drawn are on the same node")
  }
}

extension RedisClusterServer {
  /// How often each command was called since the node started, by its name in small letters.
  func commandCalls(on index: Int) async throws -> [String: Int] {
    let text = try await connection(to: index).command(["INFO", "commandstats"]).text ?? ""
    var calls: [String: Int] = [:]
    for line in text.split(whereSeparator: \.isNewline) where line.hasPrefix("cmdstat_") {
      let parts = line.dropFirst("cmdstat_".count).split(separator: ":")
      guard parts.count == 2, let field = parts[1].split(separator: ",").first else { continue }
      calls[String(parts[0])] = Int(field.dropFirst("calls=".count))
    }
    return calls
  }
}
