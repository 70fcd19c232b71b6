import Configuration
import Core
import FoundationEssentials
import Hosting
import PostgreSQL
import Redis
import SystemPackage
import Testing

@testable import Setup

@Suite struct PreparationOptionsTests {
  private let day = Date(timeIntervalSince1970: 1_000_000)

  private func installation(
    present: Installation? = nil, _ change: (inout PreparationOptions) -> Void = { _ in }
  ) throws -> Installation {
    var options = PreparationOptions()
    change(&options)
    return try options.installation(present: present, prepared: day)
  }

  @Test func newMachineHasTheDefaults() throws {
    let made = try installation()
    #expect(made.root == "/olares")
    #expect(made.prepared == day)
    #expect(made.postgres.host == "127.0.0.1")
    #expect(made.postgres.port == 5432)
    #expect(made.redis.host == "127.0.0.1")
    #expect(made.redis.ports == [7001])
    #expect(made.redis.proxy == .init(host: "127.0.0.1", port: 6379))
    #expect(made.separate == nil)
  }

  @Test(arguments: [(RedisSize.single, 1), (.threeMasters, 3), (.replicated, 3)])
  func nodesFollowTheFirstPort(size: RedisSize, masters: Int) throws {
    let made = try installation {
      $0.redisSize = size
      $0.redisPort = 8000
    }
    #expect(made.redis.ports == (0..<UInt16(size.rawValue)).map { 8000 + $0 })
    #expect(size.masters == masters)
  }

  @Test func whatIsPreparedStays() throws {
    let present = try installation {
      $0.root = "/data"
      $0.postgresPort = 5433
      $0.redisPort = 7100
      $0.redisSize = .replicated
      $0.redisProxyPort = 6400
    }
    let later = Date(timeIntervalSince1970: 2_000_000)
    #expect(try PreparationOptions().installation(present: present, prepared: later) == present)
  }

  @Test(arguments: ["--root", "--postgres-port", "--redis-port", "--redis-nodes", "--separate"])
  func nothingPreparedIsMoved(option: String) throws {
    let present = try installation()
    let problem = #expect(throws: Problem.self) {
      try installation(present: present) {
        switch option {
        case "--root": $0.root = "/data"
        case "--postgres-port": $0.postgresPort = 5433
        case "--redis-port": $0.redisPort = 7100
        case "--redis-nodes": $0.redisSize = .threeMasters
        default: $0.isSeparate = true
        }
      }
    }
    #expect(problem?.code == "prepared-differently")
    #expect(problem?.exitStatus == .cannotCreate)
    #expect(problem?.message.contains(option) == true)
  }

  @Test(arguments: [7001, 17_001] as [UInt16])
  func serversNeverShareAPort(postgresPort: UInt16) {
    let problem = #expect(throws: Problem.self) { try installation { $0.postgresPort = postgresPort } }
    #expect(problem?.code == "bad-port")
    #expect(problem?.exitStatus == .usage)
  }

  @Test(arguments: [5432, 7001, 17_001] as [UInt16])
  func proxyHasAPortOfItsOwn(port: UInt16) {
    let problem = #expect(throws: Problem.self) { try installation { $0.redisProxyPort = port } }
    #expect(problem?.code == "bad-port")
    #expect(problem?.hints == ["choose another one with --redis-proxy-port"])
  }

  @Test func proxyMayMoveAndComesToMachinesThatHadNone() throws {
    var present = try installation()
    let moved = try installation(present: present) { $0.redisProxyPort = 6400 }
    #expect(moved.redis.proxy?.port == 6400)
    present.redis.proxy = nil
    #expect(try installation(present: present).redis.proxy?.port == 6379)
  }

  @Test func busNeedsRoomAboveThePort() throws {
    let problem = #expect(throws: Problem.self) { try installation { $0.redisPort = 55_535 } }
    #expect(problem?.hints == ["use a port up to 55534"])
    #expect(try installation { $0.redisPort = 55_534 }.redis.ports == [55_534])
  }

  private func attached(_ change: (inout PreparationOptions) -> Void = { _ in }) throws -> Installation {
    try installation {
      $0.postgres = PostgreSQLEndpoint(host: "db", port: 6432, user: "admin", sslMode: .verifyFull)
      $0.redisSeeds = [RedisEndpoint(host: "a", port: 6379), RedisEndpoint(host: "b", port: 6380)]
      change(&$0)
    }
  }

  @Test func attachedServersAreOnRecordAsSuch() throws {
    let made = try attached()
    #expect(!made.postgres.managed && !made.redis.managed)
    #expect(made.postgres.sslMode == "verify-full")
    #expect(made.redis.addresses == [.init(host: "a", port: 6379), .init(host: "b", port: 6380)])
    #expect(made.redis.admin == "default")
    #expect(try PreparationOptions().installation(present: made, prepared: day) == made)
    let instance = Instance(baseDirectory: "/b", installation: made)
    #expect(instance.ports.map(\.option) == ["--redis-proxy-port"])
    #expect(try instance.serviceDefinitions().map(\.name) == ["storage", "redis-proxy"])
  }

  @Test func serversOfOurOwnAreNotLeftBehind() throws {
    let own = try installation()
    for options in [
      { $0.postgres = PostgreSQLEndpoint(host: "db", user: "admin") },
      { $0.redisSeeds = [RedisEndpoint(host: "a", port: 6379)] },
    ]
      as [(inout PreparationOptions) -> Void]
    {
      let problem = #expect(throws: Problem.self) { try installation(present: own, options) }
      #expect(problem?.code == "prepared-differently")
      #expect(problem?.message.contains("of its own") == true)
    }
  }

  @Test func anotherServerIsNoOtherWayToTheSameOne() throws {
    let present = try attached()
    let problem = #expect(throws: Problem.self) {
      try installation(present: present) { $0.postgres = PostgreSQLEndpoint(host: "other", user: "admin") }
    }
    #expect(problem?.code == "prepared-differently")
    let changed = try installation(present: present) {
      $0.postgres = PostgreSQLEndpoint(host: "db", port: 6432, user: "second", sslMode: .require)
      $0.redisUsername = "third"
    }
    #expect(changed.postgres.admin == "second" && changed.postgres.sslMode == "require")
    #expect(changed.redis.admin == "third")
    #expect(changed.redis.seeds == present.redis.seeds)
    for change in [{ $0.postgresPort = 5433 }, { $0.redisPort = 7001 }] as [(inout PreparationOptions) -> Void] {
      #expect(throws: Problem.self) { try installation(present: present, change) }
    }
  }
}
