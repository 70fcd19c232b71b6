import Configuration
import Core
import FoundationEssentials
import SystemPackage
import TestServers
import Testing

@testable import Hosting
@testable import Setup

@Suite struct PreparationChecksTests {
  private let debian = OperatingSystem(osRelease: "ID=debian\nVERSION_ID=\"12\"\n")

  private func failures(
    _ system: OperatingSystem? = nil, kernel: String = "6.1.0", memory: Int = 4_000_000_000,
    free: Int = 100_000_000_000
  ) -> [String] {
    let machine = Machine(
      hostName: "box", operatingSystem: system ?? debian, kernel: KernelVersion(kernel), cores: 2,
      memory: ByteCount(memory), runsSystemd: false, hasFUSE: false)
    let space = DiskSpace(total: ByteCount(200_000_000_000), used: ByteCount(0), free: ByteCount(free))
    return PreparationChecks.failures(of: machine, root: "/olares", space: space).map(\.code)
  }

  @Test func usualMachineIsGoodEnough() { #expect(failures().isEmpty) }

  @Test func everyLackIsNamed() {
    #expect(failures(OperatingSystem(osRelease: "ID=fedora\n")) == ["unsupported-system"])
    #expect(failures(kernel: "5.5.19") == ["old-kernel"])
    #expect(failures(kernel: "5.6.0").isEmpty)
    #expect(failures(memory: 899_999_999) == ["too-little-memory"])
    #expect(failures(free: 3_999_999_999) == ["too-little-space"])
    #expect(failures(kernel: "4.19", memory: 1, free: 1) == ["old-kernel", "too-little-memory", "too-little-space"])
  }

  private func ports(postgres: UInt16? = nil, redis: UInt16? = nil, proxy: UInt16? = nil) throws -> [NeededPort] {
    var options = PreparationOptions()
    options.postgresPort = postgres
    options.redisPort = redis
    options.redisProxyPort = proxy
    options.redisSize = .threeMasters
    let installation = try options.installation(present: nil, prepared: Date(timeIntervalSince1970: 0))
    return Instance(baseDirectory: "/b", installation: installation).ports
  }

  @Test func everyDirectoryAboveTheRootIsOpenToTheServersAccounts() async throws {
    try await Scratch.with { scratch in
      let root = scratch.path.appending("closed/olares")
      #expect(PreparationChecks.closedDirectory(above: root) == nil)
      try Files.createDirectory(scratch.path.appending("closed"), mode: .ownerReadWriteExecute)
      let problem = PreparationChecks.closedDirectory(above: root)
      #expect(problem?.code == "closed-directory")
      #expect(problem?.hints.first?.hasSuffix("chmod o+x \(scratch.path)/closed") == true)
    }
  }

  @Test func everyPortHasAnOptionThatMovesIt() throws {
    let ports = try ports()
    #expect(ports.map(\.port) == [5432, 7001, 7002, 7003, 17_001, 17_002, 17_003, 6379])
    let redis = Array(repeating: "--redis-port", count: 6)
    #expect(ports.map(\.option) == ["--postgres-port"] + redis + ["--redis-proxy-port"])
  }

  @Test(arguments: [(nil, nil), (65_535, nil), (7000, nil), (nil, 55_000), (nil, 55_532)] as [(UInt16?, UInt16?)])
  func suggestedPortIsOneThatCanBeUsed(postgres: UInt16?, redis: UInt16?) throws {
    let needed = try ports(postgres: postgres, redis: redis)
    for port in needed {
      let suggested = { (option: String, other: UInt16?) in port.option == option ? port.suggestion : other }
      let moved = try ports(
        postgres: suggested("--postgres-port", postgres), redis: suggested("--redis-port", redis),
        proxy: suggested("--redis-proxy-port", nil))
      #expect(!moved.map(\.port).contains(port.port))
    }
  }
}
