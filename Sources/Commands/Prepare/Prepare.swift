import ArgumentParser
import Core
import Setup
import SystemPackage

struct Prepare: Verb {
  static let configuration = CommandConfiguration(
    abstract: "Make this machine ready: packages, directories, PostgreSQL, a Redis Cluster and their services",
    discussion: """
      Looks at the machine first and changes nothing unless everything is as it must be. A run that was cut off is \
      finished by the next one; on a prepared machine there is nothing to do. Existing data is never initialised again, \
      moved or given new passwords.

      Examples:
        olares-cli prepare
        olares-cli prepare --dry-run
        olares-cli prepare --root /mnt/disk1/olares --postgres-port 5433
        olares-cli prepare --redis-nodes 6

      Exit status: 0 done, or nothing to do; 69 the system or a server lacks something; 73 a port is taken or the disk \
      is full; 75 another run is at it; 77 not root; 78 data is there without its passwords.
      """)

  @OptionGroup var global: GlobalOptions

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

  @Flag(help: "Prepare a second instance beside this machine's own; other verbs find it by --base-dir")
  var separate = false

  @Flag(help: "Show what would be done, and change nothing")
  var dryRun = false

  @Flag(help: "Do not ask; accepted for scripts, since prepare never destroys anything")
  var yes = false

  @OptionGroup var juiceFS: JuiceFSOptions
  @OptionGroup(title: "Options of Olares' own prepare, accepted for existing scripts") var olares: OlaresPrepareOptions

  func validate() throws {
    if separate && (global.baseDir == nil || root == nil) {
      throw ValidationError("--separate needs --base-dir and --root of its own")
    }
  }

  func run(in context: Context) async throws {
    try juiceFS.requireNone(environment: context.environment)
    olares.notes(environment: context.environment).forEach { context.console.warn($0) }
    var options = PreparationOptions()
    options.root = root
    options.postgresPort = postgresPort
    options.redisPort = redisPort
    options.redisSize = redisNodes
    options.isSeparate = separate
    let preparation = try Preparation(options, baseDirectory: context.baseDirectory, log: context.log)
    try await PrepareRun(preparation: preparation, context: context, global: global).perform(dryRun: dryRun)
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
