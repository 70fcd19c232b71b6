import ArgumentParser
import Setup
import SystemPackage
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
    let wanted = try Prepare.parse(arguments + ["--separate", "--base-dir", "/b"]).options.wanted
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
}
