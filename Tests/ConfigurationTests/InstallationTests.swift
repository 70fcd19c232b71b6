import Core
import FoundationEssentials
import SystemPackage
import TestServers
import Testing

@testable import Configuration

@Suite struct InstallationTests {
  private let installation = Installation(
    prepared: Date(timeIntervalSince1970: 1_763_800_000), root: "/olares", fileSystem: .local,
    postgres: .init(host: "127.0.0.1", port: 5432, admin: "olares", managed: true),
    redis: .init(host: "127.0.0.1", ports: [7001, 7002], admin: "olares", managed: true))

  @Test func comesBackAsItWasSaved() async throws {
    try await Scratch.with { scratch in
      try installation.save(to: scratch.path)
      let loaded = try Installation.load(from: scratch.path)
      #expect(loaded == installation)
    }
  }

  /// As the first release wrote it: keys that came later are absent.
  @Test func anOldFileIsStillRead() async throws {
    try await Scratch.with { scratch in
      let text = """
        version: 1
        prepared: 2025-11-22T08:26:40Z
        root: /olares
        fileSystem: fs
        postgres:
          host: 127.0.0.1
          port: 5432
          admin: olares
          managed: true
        redis:
          host: 127.0.0.1
          ports:
            - 7001
            - 7002
          admin: olares
          managed: true

        """
      try AtomicFile.write(text, to: scratch.path.appending("config.yaml"))
      let loaded = try Installation.load(from: scratch.path)
      #expect(loaded == installation)
      #expect(loaded.redis.addresses == [.init(host: "127.0.0.1", port: 7001), .init(host: "127.0.0.1", port: 7002)])
    }
  }

  @Test func eachStageHasItsOwnFile() async throws {
    try await Scratch.with { scratch in
      for stage in Installation.Stage.allCases {
        var installation = installation
        installation.root = "/\(stage)"
        try installation.save(to: scratch.path, as: stage)
      }
      for stage in Installation.Stage.allCases {
        #expect(try Installation.loadIfPresent(from: scratch.path, stage)?.root == "/\(stage)")
      }
      try Installation.remove(.prepared, from: scratch.path)
      #expect(throws: Problem.self) { try Installation.load(from: scratch.path) }
    }
  }

  @Test func anUnpreparedMachineIsSaidToBeOne() async throws {
    try await Scratch.with { scratch in
      let present = try Installation.loadIfPresent(from: scratch.path)
      #expect(present == nil)
      let problem = #expect(throws: Problem.self) { try Installation.load(from: scratch.path) }
      #expect(problem?.exitStatus == .notPrepared)
      #expect(problem?.hints.first?.contains("olares-cli prepare") == true)
    }
  }

  @Test(arguments: ["version: 1\nroot: /olares\n", "just text\n", "root: [\n", ""])
  func aDamagedFileIsRefusedByName(text: String) async throws {
    try await Scratch.with { scratch in
      let file = scratch.path.appending("config.yaml")
      try AtomicFile.write(text, to: file)
      let problem = #expect(throws: Problem.self) { try Installation.load(from: scratch.path) }
      #expect("\(try #require(problem))".contains(file.string))
    }
  }

  @Test func aNewerFormatIsRefused() async throws {
    try await Scratch.with { scratch in
      var newer = installation
      newer.version = 2
      try newer.save(to: scratch.path)
      let problem = #expect(throws: Problem.self) { try Installation.load(from: scratch.path) }
      #expect(problem?.code == "newer-configuration")
    }
  }
}

@Suite struct BaseDirectoryTests {
  @Test func theOptionWinsOverTheEnvironment() throws {
    let environment = ["OLARES_BASE_DIR": "/from/environment", "HOME": "/root", "PWD": "/here"]
    #expect(try BaseDirectory.resolve(option: "/from/option/", environment: environment).path == "/from/option")
    #expect(try BaseDirectory.resolve(option: "relative/../dir", environment: environment).path == "/here/dir")
    #expect(try BaseDirectory.resolve(option: nil, environment: environment).path == "/from/environment")
  }

  @Test func aRelativePathNeedsAWorkingDirectory() {
    #expect(throws: Problem.self) { try BaseDirectory.resolve(option: "dir", environment: ["HOME": "/root"]) }
  }
}
