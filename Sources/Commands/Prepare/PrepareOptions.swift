import ArgumentParser
import Core
import Setup
import SystemPackage

/// What is to be prepared, and how.
struct PrepareOptions: ParsableArguments, Sendable {
  @Option(
    help: ArgumentHelp("Where the data of apps and servers is kept (default: /olares)", valueName: "directory"),
    completion: .directory, transform: Root.parse)
  var root: FilePath?

  @Option(help: ArgumentHelp("PostgreSQL's port (default: 5432)", valueName: "port"), transform: Port.parse)
  var postgresPort: UInt16?

  @Option(
    help: ArgumentHelp(
      "The first Redis Cluster node's port; the others follow it, and each has its bus 10000 above (default: 7001)",
      valueName: "port"), transform: Port.parse)
  var redisPort: UInt16?

  @Option(help: "Nodes of the Redis Cluster: 1, 3 masters, or 6 for 3 masters with a replica each (default: 1)")
  var redisNodes: RedisSize?

  @Option(
    help: ArgumentHelp("Where apps reach their Redis namespaces (default: 6379)", valueName: "port"),
    transform: Port.parse)
  var redisProxyPort: UInt16?

  @OptionGroup var attach: AttachOptions

  @Flag(help: "Prepare a second instance beside this machine's own; other verbs find it by --base-dir")
  var separate = false

  @Flag(help: "Make servers whose data is gone anew, empty, under the passwords there are")
  var acceptLostData = false

  @Flag(help: "Show what would be done, and change nothing")
  var dryRun = false

  @Flag(help: "Do not ask; accepted for scripts, since prepare never destroys anything")
  var yes = false

  @OptionGroup var juiceFS: JuiceFSOptions

  func validate() throws {
    if attach.postgresURL != nil && postgresPort != nil {
      throw ValidationError("--postgres-port is for a server of our own; the port of another one is in --postgres-url")
    }
    if !attach.redisSeeds.isEmpty && (redisPort != nil || redisNodes != nil) {
      throw ValidationError("--redis-port and --redis-nodes are for a cluster of our own, not for --redis-seed")
    }
  }

  /// What is asked for, apart from how to go about it.
  /// - Throws: `Problem` for a file with a password that cannot be read.
  func wanted(environment: [String: String]) throws(Problem) -> PreparationOptions {
    var wanted = PreparationOptions()
    wanted.root = root
    wanted.postgresPort = postgresPort
    wanted.redisPort = redisPort
    wanted.redisSize = redisNodes
    wanted.redisProxyPort = redisProxyPort
    wanted.isSeparate = separate
    wanted.acceptsLostData = acceptLostData
    try attach.add(to: &wanted, environment: environment)
    return wanted
  }
}

extension RedisSize: ExpressibleByArgument {}

enum Port {
  static func parse(_ argument: String) throws -> UInt16 {
    guard let port = UInt16(argument), port > 0 else {
      throw ValidationError("\"\(argument.shortened(to: 40))\" is not a port: use 1 to 65535")
    }
    return port
  }
}

enum Root {
  static func parse(_ argument: String) throws -> FilePath {
    let path = FilePath(argument).lexicallyNormalized()
    guard path.isAbsolute, !path.components.isEmpty else {
      throw ValidationError("--root needs a directory's absolute path, such as /olares")
    }
    return path
  }
}
