import Configuration
import Core
import Glibc
import Redis
import SystemPackage
import TestServers
import Testing

/// What these tests cannot do without.
let realMachine = ConditionTrait.enabled(
  if: SupervisedScratch.canPrepare, "needs \(SupervisedScratch.needsOfPrepare)")

/// A base directory and a root of their own, on free ports, and the real executable that is used on them.
struct TestMachine: Sendable {
  let scratch: FilePath
  let postgresPort = Ports.free()
  let redisPort = Ports.freeForRedisCluster()
  let proxyPort = Ports.free()
  let executable: FilePath

  var baseDirectory: FilePath { scratch.appending("base") }
  var root: FilePath { scratch.appending("olares") }
  var secrets: SecretStore { SecretStore(baseDirectory: baseDirectory) }

  static func with<Result>(_ body: (TestMachine) async throws -> Result) async throws -> Result {
    try await SupervisedScratch.with(baseDirectory: "base") { scratch in
      let machine = TestMachine(scratch: scratch.path, executable: try BuiltExecutable.path)
      for directory in [machine.files, machine.temporaryFiles] { try Files.createDirectory(directory) }
      return try await body(machine)
    }
  }

  private var files: FilePath { scratch.appending("printed") }
  var temporaryFiles: FilePath { scratch.appending("tmp") }

  // MARK: Verbs

  /// Runs a verb, with `--base-dir` added.
  func run(
    _ arguments: [String], baseDirectory other: FilePath? = nil, journal: String? = nil,
    disturbance: Disturbance? = nil
  ) async throws -> VerbRun {
    try await VerbRun.run(
      [executable.string] + arguments + ["--base-dir", (other ?? baseDirectory).string],
      environment: [
        "PATH": ChildProcess.searchPath, "LANG": "C.UTF-8", "HOME": scratch.string, "PWD": scratch.string,
        "TMPDIR": temporaryFiles.string,
      ],
      journal: journal.map { baseDirectory.appending("journal").appending("\($0).jsonl") }, files: files,
      disturbance: disturbance)
  }

  /// Runs a verb that has to succeed.
  @discardableResult
  func succeed(
    _ arguments: [String], sourceLocation: Testing.SourceLocation = #_sourceLocation
  ) async throws -> VerbRun {
    let run = try await run(arguments)
    try #require(run.status == 0, "\(arguments.joined(separator: " ")): \(run.summary)", sourceLocation: sourceLocation)
    return run
  }

  var prepare: [String] {
    [
      "prepare", "--separate", "--root", root.string, "--postgres-port", "\(postgresPort)", "--redis-port",
      "\(redisPort)", "--redis-proxy-port", "\(proxyPort)",
    ]
  }

  /// Writes a manifest and returns its path.
  func manifest(_ text: String, named name: String) throws -> String {
    let path = scratch.appending("\(name).yaml")
    try AtomicFile.write(text, to: path)
    return path.string
  }

  // MARK: Servers

  /// The statements, one for each line of what psql reads, as the administrator.
  func psql(_ statements: String, database: String = "postgres") async throws -> String {
    let password = try secrets.serverSecrets().postgresAdmin?.secret
    return try await ChildProcess(
      "/usr/bin/psql",
      [
        "-h", "127.0.0.1", "-p", "\(postgresPort)", "-U", "postgres", "-d", database, "-XAtq", "-v", "ON_ERROR_STOP=1",
        "-c", statements,
      ], environment: ["PGPASSWORD": password?.reveal() ?? ""]
    ).check().standardOutput
  }

  func redis(_ arguments: String...) async throws -> String {
    let password = try secrets.serverSecrets().redisAdmin?.secret
    return try await ChildProcess(
      "/usr/bin/redis-cli",
      ["-h", "127.0.0.1", "-p", "\(redisPort)", "--user", NodeConfiguration.adminUser, "--no-auth-warning"] + arguments,
      environment: ["REDISCLI_AUTH": password?.reveal() ?? ""]
    ).check().standardOutput
  }

  /// The main processes of the servers, as their supervisor knows them.
  var serverProcesses: [(name: String, id: pid_t)] {
    ["postgresql", "redis-\(redisPort)"].compactMap { name in
      let file = baseDirectory.appending("service").appending(name).appending("supervise").appending("pid")
      let text = (try? Files.readTextIfPresent(file)) ?? ""
      return pid_t(text.split(separator: "\n").first ?? "").map { (name, $0) }
    }
  }

  /// Waits until servers that were killed serve again.
  func waitUntilServing() async throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while true {
      if (try? await psql("SELECT 1")) == "1\n",
        (try? await redis("CLUSTER", "INFO"))?.contains("cluster_state:ok") == true
      {
        return
      }
      try #require(ContinuousClock.now < deadline, "the servers do not come back")
      try await Task.sleep(for: .milliseconds(100))
    }
  }
}
