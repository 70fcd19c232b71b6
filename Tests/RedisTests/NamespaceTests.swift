import Core
import RedisNamespaces
import Testing

struct HashSlotTests {
  /// Redis Cluster specification, appendix A, and examples of its section "Hash tags"; slots by `CLUSTER KEYSLOT`.
  @Test(arguments: [
    ("123456789", 0x31C3), ("", 0), ("foo", 12182), ("bar", 5061), ("hello", 866),
    ("{user1000}.following", 3443), ("{user1000}.followers", 3443), ("user1000", 3443),
    ("foo{}{bar}", 8363), ("foo{{bar}}zap", 4015), ("{bar", 4015), ("foo{bar}{zap}", 5061),
  ])
  func followsTheSpecification(key: String, slot: Int) {
    #expect(HashSlot(ofKey: key).number == slot)
  }

  @Test func rejectsNumbersBeyondTheLast() {
    #expect(HashSlot(16_383) != nil)
    #expect(HashSlot(16_384) == nil)
    #expect(HashSlot(-1) == nil)
  }
}

struct NamespaceNameTests {
  @Test(arguments: ["db0", "a", "A-b_9", String(repeating: "x", count: 63)])
  func acceptsWhatNeedsNoEscaping(name: String) throws {
    #expect(try NamespaceName(name).name == name)
  }

  @Test(arguments: ["", "a b", "a*", "{a}", "a:b", "a.b", "ä", "a\n", String(repeating: "x", count: 64)])
  func refusesEverythingElse(name: String) {
    #expect { try NamespaceName(name) } throws: { ($0 as? Problem)?.code == "bad-namespace-name" }
  }

  @Test func realNamesAreReadBack() throws {
    let id = try namespace("wiki", "al-ice", "a-b_c")
    #expect(id.realName == "wiki-al-ice_a-b_c")
    #expect(NamespaceID(realName: id.realName) == id)
  }

  @Test(arguments: [
    "default", "olares", "olares-replica", "wiki_alice", "wiki-alice", "Wiki-alice_db0", "-a_b", "a-_b",
  ])
  func otherNamesAreNone(name: String) {
    #expect(NamespaceID(realName: name) == nil)
  }
}

struct NamespaceRecordTests {
  @Test func survivesEncoding() throws {
    let id = try namespace("wiki", "alice", "db0")
    let tag = try #require(HashTag("abc12"))
    for record in [
      NamespaceRecord(id: id, placement: .oneSlot(tag), generation: 7, password: PasswordHash(of: Secret("secret"))),
      NamespaceRecord(id: id, placement: .spread, password: nil),
    ] {
      #expect(try NamespaceRecord(realName: id.realName, encoded: record.encoded()) == record)
    }
  }

  @Test(arguments: [
    "", "{}", "[]",
    #"{"owner":"bob","app":"wiki","name":"db0","generation":1}"#,
    #"{"owner":"alice","app":"wiki","name":"db0","generation":0}"#,
    #"{"owner":"alice","app":"wiki","name":"db0","generation":1,"tag":"}{"}"#,
    #"{"owner":"alice","app":"wiki","name":"db0","generation":1,"password":"abc"}"#,
  ])
  func refusesWhatItDidNotWrite(encoded: String) {
    #expect { try NamespaceRecord(realName: "wiki-alice_db0", encoded: encoded) } throws: {
      ($0 as? Problem)?.code == "bad-namespace-record"
    }
  }

  @Test func prefixesDecideTheSlotAndAreNoStartOfAnother() throws {
    let tag = try #require(HashTag("abc12"))
    let ids = try ["db", "db0", "db-0", "db_0", "d"].map { try namespace("wiki", "alice", $0) }
    let prefixes = ids.flatMap { id in
      [1, 11].flatMap { generation in
        [Placement.oneSlot(tag), .spread].map {
          NamespaceRecord(id: id, placement: $0, generation: generation, password: nil).prefix
        }
      }
    }
    for one in prefixes {
      #expect(prefixes.filter { $0.hasPrefix(one) } == [one])
      #expect(!NamespaceRecord.registryKey.hasPrefix(one))
    }
    let record = NamespaceRecord(id: ids[0], placement: .oneSlot(tag), password: nil)
    #expect(HashSlot(ofKey: record.prefix + "{other}key") == tag.slot)
    let spread = NamespaceRecord(id: ids[0], placement: .spread, password: nil)
    #expect(HashSlot(ofKey: spread.prefix + "{other}key") == HashSlot(ofKey: "other"))
  }

  @Test func anUnusedTagAvoidsEveryTakenSlot() throws {
    var generator = SystemRandomNumberGenerator()
    let free = try #require(HashSlot(12_182))
    let taken = Set((0..<HashSlot.count).compactMap(HashSlot.init)).subtracting([free])
    #expect(HashTag.unused(taken, using: &generator)?.slot == free)
    #expect(HashTag.unused(taken.union([free]), using: &generator) == nil)
  }
}

struct NamespaceUserTests {
  /// `printf %s secret | sha256sum`
  @Test func passwordsAreHashedAsRedisDoes() {
    #expect(
      PasswordHash(of: Secret("secret")).hexadecimal
        == "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b")
  }

  @Test func isToldFromUsersOfOthers() throws {
    let id = try namespace("wiki", "alice", "db0")
    let record = NamespaceRecord(id: id, placement: .spread, password: PasswordHash(of: Secret("secret")))
    let user = try #require(NamespaceUser(record))
    let keys = try #require(user.rules.first { $0.hasPrefix("~") })
    #expect(NamespaceUser.isNamespaceUser(user.name, keys: keys))
    #expect(!NamespaceUser.isNamespaceUser(user.name, keys: "\(keys) ~*"))
    #expect(!NamespaceUser.isNamespaceUser(user.name, keys: "~*"))
    #expect(!NamespaceUser.isNamespaceUser(user.name, keys: ""))
    #expect(!NamespaceUser.isNamespaceUser("admin", keys: "~admin.1:*"))
  }

  @Test func aDeletedNamespaceHasNoUser() throws {
    #expect(
      try NamespaceUser(NamespaceRecord(id: namespace("wiki", "alice", "db0"), placement: .spread, password: nil))
        == nil)
  }
}

func namespace(_ app: String, _ owner: String, _ name: String) throws -> NamespaceID {
  try NamespaceID(AppInstance(app: AppName(app), owner: Owner(owner)), NamespaceName(name))
}
