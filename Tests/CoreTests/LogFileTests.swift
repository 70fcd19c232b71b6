import Core
import Foundation
import Logging
import SystemPackage
import TestServers
import Testing

@Suite struct LogFileTests {
  @Test func eachLineIsAnObjectWithSecretsMasked() async throws {
    try await Scratch.with { scratch async throws in
      var log = Logger(label: "test") { _ in LogFile(directory: scratch.path, level: .info) }
      log[metadataKey: "verb"] = "db create"
      let secret = Secret.random().reveal()
      log.info("password \(secret)", metadata: ["argv": "--x \(secret)", "nested": ["inner": "\(secret)"]])
      log.debug("not shown")
      log.error("two\nlines")
      let lines = try lines(in: scratch.path)
      try #require(lines.count == 2)
      #expect(lines[0]["msg"] == "password •••")
      #expect(lines[0]["argv"] == "--x •••")
      #expect(lines[0]["nested"]?.contains(secret) == false)
      #expect(lines[0]["level"] == "info")
      #expect(lines[0]["verb"] == "db create")
      #expect(lines[0]["time"]?.hasSuffix("Z") == true)
      #expect(lines[1]["msg"] == "two\nlines")
    }
  }

  @Test func metadataDoesNotReplaceTheMessage() async throws {
    try await Scratch.with { scratch async throws in
      let log = Logger(label: "test") { _ in LogFile(directory: scratch.path, level: .info) }
      log.info("truth", metadata: ["msg": "forged", "level": "trace"])
      let line = try #require(try lines(in: scratch.path).first)
      #expect(line["msg"] == "truth")
      #expect(line["level"] == "info")
    }
  }

  @Test func fileIsForItsOwnerOnlyAndNamedAfterTheDay() async throws {
    try await Scratch.with { scratch async throws in
      Logger(label: "test") { _ in LogFile(directory: scratch.path, level: .info) }.info("x")
      let name = try #require(try Files.names(in: scratch.path).first)
      #expect(name.wholeMatch(of: /\d{4}-\d\d-\d\d\.jsonl/) != nil)
      #expect(mode(of: scratch.path.appending(name)) == 0o600)
    }
  }

  @Test func missingDirectoryStopsNothingAndIsNotMade() async throws {
    try await Scratch.with { scratch async throws in
      Logger(label: "test") { _ in LogFile(directory: scratch.path.appending("logs"), level: .info) }.info("x")
      #expect(try Files.names(in: scratch.path).isEmpty)
    }
  }

  private func lines(in directory: FilePath) throws -> [[String: String]] {
    let name = try Files.names(in: directory).first ?? ""
    return try (Files.readTextIfPresent(directory.appending(name)) ?? "").split(separator: "\n").map {
      try JSONDecoder().decode([String: String].self, from: Data($0.utf8))
    }
  }
}
