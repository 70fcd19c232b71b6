import Core
import RedisNamespaces
import SystemPackage
import Testing

@testable import Redis

struct RedisEndpointTests {
  @Test(arguments: [
    ("127.0.0.1:7001", "127.0.0.1", 7001), ("redis", "redis", 6379), ("[::1]:7001", "::1", 7001),
    ("[::1]", "::1", 6379),
  ])
  func readsAddresses(text: String, host: String, port: UInt16) throws {
    #expect(try RedisEndpoint(text) == RedisEndpoint(host: host, port: port))
  }

  @Test(arguments: ["", ":7001", "a:", "a:0", "a:65536", "a:b", "::1", "[::1]7001", "redis://a", "a b:1"])
  func refusesEverythingElse(text: String) {
    #expect { try RedisEndpoint(text) } throws: { ($0 as? Problem)?.code == "bad-redis-address" }
  }
}

struct ClusterTopologyTests {
  private let asked = RedisEndpoint(host: "10.0.0.1", port: 7001)

  @Test func readsMastersReplicasAndSlotsOnTheMove() throws {
    let text = """
      aaa 10.0.0.1:7001@17001,host myself,master - 0 1426238317239 1 connected 0-5460 [93-<-bbb]
      bbb 10.0.0.2:7002@17002 master,fail - 0 1426238318243 2 disconnected 5461-10922 16383
      ccc 10.0.0.3:7003@17003 slave aaa 0 1426238317239 1 connected

      """
    let topology = try #require(ClusterTopology(text, asked: asked))
    #expect(topology.nodes.map(\.id) == ["aaa", "bbb", "ccc"])
    #expect(topology.coveredSlots == 10_924)
    #expect(topology.servedSlots == 5461)
    #expect(topology.answering?.id == "aaa")
    #expect(topology.nodes[1].isFailed)
    #expect(topology.nodes[2].master == "aaa")
    #expect(try topology.master(of: #require(HashSlot(16_383)))?.id == "bbb")
    #expect(try topology.master(of: #require(HashSlot(11_000))) == nil)
  }

  @Test func aLoneNodeIsWhereItWasAsked() throws {
    let topology = try #require(ClusterTopology("aaa :7001@17001 myself,master - 0 0 0 connected", asked: asked))
    #expect(topology.nodes.first?.endpoint == asked)
  }

  @Test(arguments: ["", "nonsense", "aaa 10.0.0.1 myself,master - 0 0 0 connected"])
  func refusesOtherTexts(text: String) {
    #expect(ClusterTopology(text, asked: asked) == nil)
  }
}

struct DetoursTests {
  private let announced = RedisEndpoint(host: "10.0.0.1", port: 7001)
  private let asked = RedisEndpoint(host: "127.0.0.1", port: 17_001)

  @Test func aNodeCanBeWhereItAnsweredOrWhereItsNameLeads() throws {
    var detours = Detours()
    let text = "aaa 10.0.0.1:7001@17001,node1,shard-id=x myself,master - 0 0 0 connected 0-16383"
    let view = try #require(ClusterTopology(text, asked: asked))
    #expect(view.nodes.first?.hostname == "node1")
    #expect(detours.others(to: announced).isEmpty)
    detours.learn(from: view, asked: asked)
    let named = RedisEndpoint(host: "node1", port: 7001)
    #expect(detours.way(to: announced) == announced)
    #expect(detours.others(to: announced) == [asked, named])
    #expect(detours.id(of: announced) == "aaa")
    #expect(detours.wasAsked(asked) && !detours.wasAsked(announced))
    #expect(detours.announced(as: named) == announced)
    #expect(detours.announced(as: asked) == asked)
    detours.take(named, to: announced)
    #expect(detours.way(to: announced) == named)
    #expect(detours.others(to: announced) == [asked])
  }

  @Test func noNameIsNone() throws {
    let view = try #require(ClusterTopology("aaa 10.0.0.1:7001@17001, master - 0 0 0 connected", asked: asked))
    #expect(view.nodes.first?.hostname == nil)
  }
}

struct RedirectionTests {
  @Test func namesTheNodeToAsk() throws {
    let moved = try #require(Redirection(RedisError("MOVED 3999 10.0.0.2:6381")))
    #expect(!moved.isTemporary)
    #expect(moved.target(from: RedisEndpoint(host: "h", port: 1)) == RedisEndpoint(host: "10.0.0.2", port: 6381))
    let ask = try #require(Redirection(RedisError("ASK 3999 :6381")))
    #expect(ask.isTemporary)
    #expect(ask.target(from: RedisEndpoint(host: "h", port: 1)) == RedisEndpoint(host: "h", port: 6381))
    let unnamed = try #require(Redirection(RedisError("MOVED 3999 ?:6381")))
    #expect(unnamed.target(from: RedisEndpoint(host: "h", port: 1)) == nil)
    #expect(Redirection(RedisError("ERR no")) == nil)
    #expect(Redirection(RedisError("MOVED here")) == nil)
  }
}

struct NodeConfigurationTests {
  @Test func pathsCannotAddSettings() {
    let configuration = NodeConfiguration(
      port: 7001, directory: "/a \"b\"\nport 1", replicationPassword: Secret("x"))
    #expect(configuration.text.contains(#"dir "/a \"b\"\x0aport 1""#))
    #expect(configuration.busPort == 17_001)
    #expect(NodeConfiguration(port: 60_000, directory: "/", replicationPassword: Secret("x")).busPort == 50_000)
  }

  @Test func usersHoldHashesOnly() {
    let text = NodeConfiguration.initialUsers(administrator: Secret("first"), replication: Secret("second"))
    #expect(!text.contains("first") && !text.contains("second"))
  }
}

struct ServerInformationTests {
  @Test func readsFieldsWithColons() {
    let information = ServerInformation(
      "# Server\r\nredis_version:7.0.15\r\nexecutable:a:b\r\nuptime_in_seconds:12\r\n")
    #expect(information["redis_version"] == "7.0.15")
    #expect(information["executable"] == "a:b")
    #expect(information.integer("uptime_in_seconds") == 12)
    #expect(information["none"] == nil)
  }
}
