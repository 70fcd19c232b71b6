import ArgumentParser
import Core
import PostgreSQL
import Redis
import Setup
import SystemPackage

/// Servers to use instead of installing any.
struct AttachOptions: ParsableArguments, Sendable {
  // Parsed by `validate`: ArgumentParser repeats what a transformation refuses, and a password may be in it.
  @Option(
    name: .customLong("postgres-url"),
    help: ArgumentHelp(
      "Use the PostgreSQL at postgresql://USER@HOST:PORT/DATABASE?sslmode=MODE&sslrootcert=FILE", valueName: "url"))
  var postgresURL: String?

  @Option(
    help: ArgumentHelp(
      "A file with the password for --postgres-url (or OLARES_POSTGRES_PASSWORD)", valueName: "file"),
    completion: .file())
  var postgresPasswordFile: String?

  @Option(
    name: .customLong("redis-seed"),
    help: ArgumentHelp(
      "Use the Redis Cluster with the node HOST:PORT; may be given for several nodes", valueName: "address"))
  var redisSeeds: [String] = []

  @Option(help: ArgumentHelp("The user for --redis-seed (default: default)", valueName: "name"))
  var redisUsername: String?

  @Option(
    help: ArgumentHelp("A file with the password for --redis-seed (or OLARES_REDIS_PASSWORD)", valueName: "file"),
    completion: .file())
  var redisPasswordFile: String?

  func validate() throws {
    do throws(Problem) {
      _ = try endpoint
      _ = try seeds
    } catch {
      throw ValidationError(error.asUsage)
    }
  }

  private var endpoint: PostgreSQLEndpoint? {
    get throws(Problem) {
      guard let postgresURL else { return nil }
      return try PostgreSQLEndpoint(url: postgresURL, password: nil)
    }
  }

  private var seeds: [RedisEndpoint] {
    get throws(Problem) {
      var seeds: [RedisEndpoint] = []
      for text in redisSeeds {
        guard !text.contains("@") else {
          throw Problem(
            "bad-redis-address", .usage, "--redis-seed takes no user and no password, since others can read it there",
            hint: "use --redis-username NAME and --redis-password-file FILE")
        }
        seeds.append(try RedisEndpoint(text))
      }
      return seeds
    }
  }

  /// - Throws: `Problem` `no-such-file` and others of the file system, `empty-password` (bad data).
  func add(to wanted: inout PreparationOptions, environment: [String: String]) throws(Problem) {
    wanted.postgres = try endpoint
    wanted.postgresPassword = try password(postgresPasswordFile, environment["OLARES_POSTGRES_PASSWORD"])
    wanted.redisSeeds = try seeds
    wanted.redisUsername = redisUsername
    wanted.redisPassword = try password(redisPasswordFile, environment["OLARES_REDIS_PASSWORD"])
  }

  /// The first line of the file, else what the environment has.
  private func password(_ file: String?, _ variable: String?) throws(Problem) -> Secret? {
    guard let file else { return variable.flatMap { $0.isEmpty ? nil : Secret($0) } }
    let text = String(decoding: try Files.read(FilePath(file), limit: 1 << 16), as: UTF8.self)
    guard let line = text.split(whereSeparator: \.isNewline).first else {
      throw Problem("empty-password", .badData, "\(file) holds no password")
    }
    return Secret(String(line))
  }
}
