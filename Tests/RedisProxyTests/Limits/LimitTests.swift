import Core
import RedisNamespaces
import Testing

struct LimitTests {
  @Test(arguments: [
    ("none", nil), ("1", 1), ("50", 50), ("1000000", 1_000_000),
  ])
  func readsConnections(text: String, value: Int?) throws {
    #expect(try Limit.connections(text).value == value)
  }

  @Test(arguments: ["", "0", "-1", "+5", "1.5", "1000001", "99999999999999999999", "none ", "5/s", "٣"])
  func refusesOtherNumbersOfConnections(text: String) {
    #expect { try Limit.connections(text) } throws: { ($0 as? Problem)?.code == "bad-limit" }
  }

  @Test(arguments: [
    ("10ms", 10, "10ms"), ("1500ms", 1500, "1500ms"), ("5s", 5000, "5s"), ("60 s", 60_000, "1min"),
    ("24h", 86_400_000, "24h"),
  ])
  func readsTimes(text: String, milliseconds: Int, shown: String) throws {
    #expect(try Limit.scriptTime(text).value == milliseconds)
    #expect(Limit.describe(scriptTime: milliseconds) == shown)
  }

  @Test(arguments: [
    ("1000B", 1000, "1kB"), ("512MiB", 536_870_912, "512MiB"), ("512mb", 512_000_000, "512MB"),
    ("2GiB", 1 << 31, "2GiB"),
    ("1234567B", 1_234_567, "1234567B"),
  ])
  func readsSizes(text: String, bytes: Int, shown: String) throws {
    #expect(try Limit.memory(text).value == bytes)
    #expect(Limit.describe(memory: bytes) == shown)
  }

  @Test(arguments: ["", "5", "5ms", "9ms", "25h", "s", "1d", "9999999999999999h"])
  func refusesOtherTimes(text: String) {
    #expect { try Limit.scriptTime(text) } throws: { ($0 as? Problem)?.code == "bad-limit" }
  }

  @Test(arguments: ["512", "MiB", "999B", "1.5GiB", "2000TB", "9999999999999999999TiB", "-1GB"])
  func refusesOtherSizes(text: String) {
    #expect { try Limit.memory(text) } throws: { ($0 as? Problem)?.code == "bad-limit" }
  }

  @Test func commandsMayBeWrittenAsARate() throws {
    #expect(try Limit.commands("5000/s").value == 5000)
    #expect(try Limit.commands("5000") == Limit.commands("5000/s"))
  }

  @Test func aChangeLeavesWhatItDoesNotName() throws {
    let limits = NamespaceLimits(connections: 5, commands: 6, scriptTime: 7000, memory: 8000)
    let change = NamespaceLimits.Change(
      connections: nil, commands: try Limit.commands("none"), scriptTime: try Limit.scriptTime("1s"), memory: nil)
    #expect(limits.changed(by: change) == NamespaceLimits(connections: 5, scriptTime: 1000, memory: 8000))
  }
}

struct LimitedRecordTests {
  private let name = "wiki-alice_db0"
  private let older = #"{"app":"wiki","generation":3,"name":"db0","owner":"alice","tag":"abc12"}"#

  @Test func readsRecordsFromBeforeThereWereLimits() throws {
    let record = try NamespaceRecord(realName: name, encoded: older)
    #expect(record.limits == .none)
    // Who does not know of limits reads what has none.
    #expect(try record.encoded() == older)
  }

  @Test func limitsSurviveEncoding() throws {
    var record = try NamespaceRecord(realName: name, encoded: older)
    record.limits = NamespaceLimits(connections: 5, commands: 6, scriptTime: 7000, memory: 8000)
    let read = try NamespaceRecord(realName: name, encoded: record.encoded())
    #expect(read == record)
    #expect(read.limits.scriptTime == 7000)
  }

  @Test func keepsWhatALaterVersionWrote() throws {
    let later = """
      {"app":"wiki","generation":3,"limits":{"commands":9,"keys":[1,2.5,null]},"name":"db0","owner":"alice",\
      "quirk":{"on":true,"text":"ü"},"tag":"abc12"}
      """
    var record = try NamespaceRecord(realName: name, encoded: later)
    #expect(record.limits == NamespaceLimits(commands: 9))
    #expect(try record.encoded() == later)
    record.limits = .none
    #expect(try record.encoded() == later.replacing(#""commands":9,"#, with: ""))
  }

  @Test(arguments: [#""limits":5"#, #""limits":{"memory":0}"#, #""limits":{"connections":"many"}"#])
  func refusesLimitsThatAreNone(field: String) {
    let damaged = older.replacing(#""name""#, with: field + #","name""#)
    #expect { try NamespaceRecord(realName: name, encoded: damaged) } throws: {
      ($0 as? Problem)?.code == "bad-namespace-record"
    }
  }
}
