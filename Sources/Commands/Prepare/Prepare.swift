import ArgumentParser
import Core
import Setup

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
        olares-cli prepare --postgres-url postgresql://admin@db.example:5432?sslmode=verify-full \
          --postgres-password-file pg.txt --redis-seed 10.0.0.5:6379 --redis-password-file redis.txt

      Exit status: 0 done, or nothing to do; 69 the system or a server lacks something; 73 a port is taken or the disk \
      is full, or the root is another instance's; 75 another run is at it; 77 not root, or the account on an attached \
      server may not do what it has to; 78 data or its passwords are gone.
      """)

  // ArgumentParser shows groups with a title before all others, in this order.
  @OptionGroup(title: "Options of the data layer") var options: PrepareOptions
  @OptionGroup(title: "Options of every command") var global: GlobalOptions
  @OptionGroup(title: "Options of Olares' own prepare, accepted for existing scripts") var olares: OlaresPrepareOptions

  func validate() throws {
    if options.separate && (global.baseDir == nil || options.root == nil) {
      throw ValidationError("--separate needs --base-dir and --root of its own")
    }
  }

  func run(in context: Context) async throws {
    try options.juiceFS.requireNone(environment: context.environment)
    olares.notes(environment: context.environment).forEach { context.console.warn($0) }
    let preparation = try Preparation(
      options.wanted(environment: context.environment), baseDirectory: context.baseDirectory, log: context.log)
    try await PrepareRun(preparation: preparation, context: context, global: global).perform(dryRun: options.dryRun)
  }
}
