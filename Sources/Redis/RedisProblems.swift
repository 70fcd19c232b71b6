import Core
import RedisNamespaces

extension Problem {
  static func redisUnreachable(_ endpoint: RedisEndpoint, _ cause: String) -> Problem {
    Problem(
      "redis-unreachable", .unavailable, "cannot reach Redis at \(endpoint)",
      hint: "see whether it runs: olares-cli status", cause: cause, isTransient: true)
  }

  static func redisNeedsTLS(_ endpoint: RedisEndpoint) -> Problem {
    Problem(
      "redis-needs-tls", .unavailable, "the server at \(endpoint) speaks TLS only, which olares-cli does not for Redis",
      hint: "give it a plain port for this machine, reachable on a trusted network only (redis.conf: port)")
  }

  static func redisTimeout(_ endpoint: RedisEndpoint, _ limit: Duration) -> Problem {
    Problem(
      "redis-timeout", .unavailable, "Redis at \(endpoint) did not answer within \(limit.forPeople)",
      hint: "see what it is busy with: redis-cli SLOWLOG GET", isTransient: true)
  }

  static func redisReplyTooLarge(_ endpoint: RedisEndpoint, _ limit: ByteCount) -> Problem {
    Problem("redis-reply-too-large", .failed, "Redis at \(endpoint) sent a reply of more than \(limit.forPeople)")
  }

  static func redisProtocol(_ endpoint: RedisEndpoint, _ cause: String) -> Problem {
    Problem(
      "redis-protocol", .unavailable, "the server at \(endpoint) does not answer as Redis does",
      hint: "check the address and the port", cause: cause)
  }

  /// The reply to `command` that a caller did not expect.
  static func redisUnexpected(_ endpoint: RedisEndpoint, _ command: String) -> Problem {
    Problem("redis-unexpected", .failed, "Redis at \(endpoint) gave an unexpected reply to \(command)")
  }

  /// Some keys have no master at present.
  static func redisLacksSlots(_ topology: ClusterTopology) -> Problem {
    let missing = HashSlot.count - topology.servedSlots
    return Problem(
      "redis-cluster-down", .unavailable,
      "no node of the Redis Cluster serves \(missing) of its \(HashSlot.count) slots",
      hint: "see which node is missing: olares-cli status", isTransient: true)
  }

  static func redisAnnouncedUnreachable(_ endpoint: RedisEndpoint, _ problem: Problem) -> Problem {
    Problem(
      "redis-announced-unreachable", .unavailable,
      "the Redis Cluster says that it has a node at \(endpoint), which cannot be reached from here",
      hint: "name an address of each node that can be reached from here: olares-cli prepare --redis-seed HOST:PORT …",
      "or let the nodes announce such addresses (redis.conf: cluster-announce-ip, cluster-announce-port)",
      cause: problem.cause ?? problem.message, isTransient: true)
  }

  static func redisTooOld(_ version: RedisVersion) -> Problem {
    Problem(
      "redis-too-old", .unavailable, "a node of the Redis Cluster has version \(version)",
      hint: "namespaces need Redis 7.0 or newer on every node")
  }

  /// The problem behind an error that a server answered to `command`.
  init(_ error: RedisError, to command: String, at endpoint: RedisEndpoint) {
    let cause = Secret.masking(error.message.shortened(to: 300))
    switch error.code {
    case "NOAUTH":
      self.init(
        "redis-not-authenticated", .notPermitted, "Redis at \(endpoint) wants a password",
        hint: "olares-cli has its password in secrets/servers.yaml below the base directory: redisAdmin",
        "for a server of your own: olares-cli prepare --redis-username NAME --redis-password-file FILE", cause: cause)
    case "WRONGPASS":
      self.init(
        "redis-wrong-password", .notPermitted, "Redis at \(endpoint) does not accept the user name or the password",
        hint: "compare redisAdmin in secrets/servers.yaml below the base directory with the node's users.acl",
        "for a server of your own, see --redis-username and --redis-password-file of olares-cli prepare",
        cause: cause)
    case "ERR" where command == "AUTH":
      self.init(
        "redis-login-refused", .notPermitted, "Redis at \(endpoint) refused the login",
        hint: "a server without users takes a password and no user name; one without a password takes neither",
        cause: cause)
    case "DENIED":
      self.init(
        "redis-not-authenticated", .notPermitted, "Redis at \(endpoint) serves only its own machine",
        hint: "give it a password, or an address to listen on (redis.conf: requirepass, bind)", cause: cause)
    case "NOPERM":
      self.init(
        "redis-no-permission", .notPermitted, "the Redis user may not do \(command) at \(endpoint)",
        hint: "olares-cli needs a user with +@all, ~* and &*", cause: cause)
    case "CLUSTERDOWN":
      self.init(
        "redis-cluster-down", .unavailable, "the Redis Cluster at \(endpoint) does not serve all of its slots",
        hint: "see which node is missing: olares-cli status", cause: cause, isTransient: true)
    case "WRONGTYPE":
      self.init(
        "foreign-redis-key", .notPermitted, "a key that olares-cli needs at \(endpoint) holds something else",
        hint: "look at it, and give it another name: redis-cli TYPE \(NamespaceRecord.registryKey)", cause: cause)
    case "MOVED", "ASK":
      self.init(
        "redis-cluster-unsettled", .unavailable, "slots of the Redis Cluster moved while \(command) was carried out",
        hint: "wait until they have moved, then run the command again", cause: cause, isTransient: true)
    case "LOADING", "BUSY", "MASTERDOWN", "TRYAGAIN":
      self.init(
        "redis-busy", .unavailable, "Redis at \(endpoint) cannot serve \(command) right now",
        hint: "try again in a moment", cause: cause, isTransient: true)
    case "OOM", "MISCONF", "NOREPLICAS", "READONLY":
      self.init(
        "redis-not-writable", .unavailable, "Redis at \(endpoint) does not take writes at present",
        hint: "see its memory, disk and replicas: olares-cli status", cause: cause)
    default:
      self.init("redis-error", .failed, "Redis at \(endpoint) refused \(command)", cause: cause)
    }
  }
}
