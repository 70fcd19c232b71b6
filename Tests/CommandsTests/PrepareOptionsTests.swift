import ArgumentParser
import Core
import Setup
import SystemPackage
import TestServers
import Testing

@testable import Commands

@Suite struct PrepareOptionsTests {
  @Test(
    arguments: [
      ([], nil), (["--with-juicefs"], "true"), (["--enable-juicefs"], "true"), (["--with-juicefs", "--yes"], "true"),
      (["--with-juicefs", "true"], "true"), (["--with-juicefs=true"], "true"), (["--with-juicefs", "false"], "false"),
      (["--with-juicefs=false"], "false"), (["--enable-juicefs=false"], "false"),
      (["--with-juicefs", "--root", "/data"], "true"),
    ] as [([String], String?)])
  func juiceFSAloneMeansTrue(arguments: [String], value: String?) throws {
    #expect(try Prepare.parse(arguments).options.juiceFS.withJuiceFS == value)
  }

  @Test(arguments: [
    ["--with-juicefs=xx"], ["--with-juicefs=--yes"], ["--with-juicefs", "xx"],
    ["--enable-juicefs=1"], ["--with-juicefs", "TRUE"],
  ])
  func juiceFSIsTrueOrFalse(arguments: [String]) {
    let error = #expect(throws: (any Error).self) { try Prepare.parse(arguments) }
    #expect(error.map(Prepare.exitCode)?.rawValue == 64)
    #expect(error.map { Prepare.message(for: $0) }?.contains("use true or false") == true)
  }

  @Test(arguments: [["--separate"], ["--separate", "--root", "/data"], ["--separate", "--base-dir", "/data"]])
  func secondInstanceNeedsItsOwnPlaces(arguments: [String]) {
    let error = #expect(throws: (any Error).self) { try Prepare.parse(arguments) }
    #expect(error.map(Prepare.exitCode)?.rawValue == 64)
  }

  @Test func everyOptionIsPassedOn() throws {
    let arguments = ["--root", "/data/", "--postgres-port", "5433", "--redis-port", "7100", "--redis-nodes", "3"]
    let wanted = try Prepare.parse(arguments + ["--separate", "--base-dir", "/b"]).options.wanted(environment: [:])
    #expect(wanted.root == "/data")
    #expect(wanted.postgresPort == 5433)
    #expect(wanted.redisPort == 7100)
    #expect(wanted.redisSize == .threeMasters)
    #expect(wanted.isSeparate)
  }

  @Test(arguments: [
    ["--root", "data"], ["--root", "/"], ["--postgres-port", "0"], ["--redis-port", "65536"], ["--redis-nodes", "2"],
  ])
  func impossibleValuesAreWrongUsage(arguments: [String]) {
    let error = #expect(throws: (any Error).self) { try Prepare.parse(arguments) }
    #expect(error.map(Prepare.exitCode)?.rawValue == 64)
  }

  @Test(arguments: [
    ["--postgres-url", "postgres://u:hunter22@h/"], ["--redis-seed", "user:hunter22@h:6379"],
    ["--redis-seed", "redis://:hunter22@h"],
  ])
  func aPasswordInAnAddressIsRefusedAndNotRepeated(arguments: [String]) {
    let error = #expect(throws: (any Error).self) { try Prepare.parse(arguments) }
    #expect(error.map(Prepare.exitCode)?.rawValue == 64)
    let message = error.map { Prepare.fullMessage(for: $0) } ?? ""
    #expect(message.contains("password-file"))
    #expect(!message.contains("hunter22"))
  }

  @Test(arguments: [
    ["--postgres-url", "postgres://u@h", "--postgres-port", "5433"], ["--redis-seed", "h", "--redis-nodes", "3"],
    ["--redis-seed", "h", "--redis-port", "7100"], ["--postgres-url", "mysql://u@h"], ["--redis-seed", "h:x"],
  ])
  func aServerIsEitherAttachedOrOurs(arguments: [String]) {
    let error = #expect(throws: (any Error).self) { try Prepare.parse(arguments) }
    #expect(error.map(Prepare.exitCode)?.rawValue == 64)
  }

  @Test func passwordsComeFromFilesOrTheEnvironment() async throws {
    try await Scratch.with { scratch in
      let file = scratch.path.appending("password")
      try AtomicFile.write("from the file\n", to: file)
      let options = try Prepare.parse([
        "--postgres-url", "postgres://u@h", "--postgres-password-file", file.string, "--redis-seed", "h:7000",
        "--redis-seed", "i:7001",
      ]).options
      let wanted = try options.wanted(environment: ["OLARES_REDIS_PASSWORD": "from the environment"])
      #expect(wanted.postgresPassword == Secret("from the file"))
      #expect(wanted.redisPassword == Secret("from the environment"))
      #expect(wanted.redisSeeds.map { "\($0)" } == ["h:7000", "i:7001"])
      #expect(wanted.postgres.map { "\($0)" } == "h:5432")
    }
  }
}
