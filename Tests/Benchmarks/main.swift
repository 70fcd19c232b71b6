// Measures what README claims, each against a named peer in the same run, and prints a Markdown table:
// benchmarks EXECUTABLE MANIFESTS [ROUNDS [APPS]], or what the namespace proxy costs alone: benchmarks proxy

import Core
import Glibc
import SystemPackage
import TestServers

/// Loads every file given, and does nothing with it.
let loadWithPyYAML = """
  import sys, yaml
  for path in sys.argv[1:]:
      with open(path, "rb") as file: yaml.load(file, Loader=yaml.CSafeLoader)
  """

func measure(executable: String, manifests: FilePath, rounds: Int, scratch: FilePath) throws(Problem) -> Table {
  var table = Table(["Measured", "olares-cli", "peer", "ratio", "the peer is"], rows: [])
  func row(_ name: String, _ ours: Cost, _ theirs: Cost, _ peer: String) {
    table.rows.append([name, ours.text, theirs.text, ours.ratio(to: theirs), peer])
  }

  let version = Command(name: "version", argumentVector: [executable, "--version"])
  let list = Command(name: "list", argumentVector: [executable, "storage", "list"])
  let nothing = Command(name: "true", argumentVector: ["/bin/true"])
  // Debian's `psql` on the search path is a script around it.
  let psql = Command(name: "psql", argumentVector: ["/usr/lib/postgresql/15/bin/psql", "--version"])
  let isPrepared = list.runs()
  let start = try Comparison(of: [version, nothing, psql] + (isPrepared ? [list] : []), rounds: rounds)
  row("start: --version", start[version], start[nothing], "/bin/true")
  row("start: --version", start[version], start[psql], "psql --version")
  if isPrepared {
    row("start: storage list", start[list], start[nothing], "/bin/true")
    row("start: storage list", start[list], start[psql], "psql --version")
  } else {
    table.rows.append(["start: storage list", "this machine is not prepared", "", "", ""])
  }

  let folder = try ManifestFolder(manifests, scratch: scratch)
  // Real manifests contain mistakes: 65 says that they were found.
  let validate = Command(
    name: "validate", argumentVector: [executable, "manifest", "validate", "--quiet", folder.path.string],
    statuses: [0, 65])
  let files = try Files.names(in: folder.literal).map { folder.literal.appending($0).string }
  let interpreter = Command(name: "python", argumentVector: ["/usr/bin/python3", "-c", loadWithPyYAML])
  let load = Command(name: "load", argumentVector: ["/usr/bin/python3", "-c", loadWithPyYAML] + files)
  let manifest = try Comparison(of: [validate, version, load, interpreter], rounds: rounds)
  row("validate \(folder.count) manifests", manifest[validate], manifest[load], "PyYAML CSafeLoader, only loading")
  row(
    "… without the start of each", manifest[validate] - manifest[version], manifest[load] - manifest[interpreter],
    "PyYAML CSafeLoader, only loading")
  return table
}

/// What verbs cost that work with servers.
/// - Parameter apps: the most there are at a time.
func measureDataLayer(executable: String, apps: Int, scratch: FilePath) async throws {
  if let reason = ScratchMachine.skipReason { return print("\nNot measured with servers: \(reason)") }
  try await onMachine(executable) { machine in
    print("\n\(try ApplyBenchmark(machine: machine, scratch: scratch, count: min(50, apps)).run())\n")
  }
  fflush(nil)
  try await onMachine(executable) { machine in
    report(try await GrowthBenchmark(machine: machine, sizes: [10, 100, 1000].filter { $0 <= apps }).run())
  }
}

/// A machine of its own for each measurement, since it is changed.
func onMachine(_ executable: String, _ body: (ScratchMachine) async throws -> Void) async throws {
  let machine = try await ScratchMachine(executable: executable)
  do {
    try await body(machine)
  } catch {
    await machine.stop()
    throw error
  }
  await machine.stop()
}

/// What the namespace proxy costs. `OLARES_ENVOY` and `OLARES_PREDIXY` name executables that no Debian package has.
func measureProxy() async throws {
  if let reason = NamespaceProxy.skipReason { return print("\nNot measured with a proxy: \(reason)") }
  let executable = { (variable: String) in getenv(variable).map { String(cString: $0) } }
  let peers = try await ProxyPeers(envoy: executable("OLARES_ENVOY"), predixy: executable("OLARES_PREDIXY"))
  do {
    let benchmark = ProxyBenchmark(peers: peers)
    print("")
    report(try benchmark.run())
    print("\n\(try benchmark.idleConnections(10_000))")
  } catch {
    await peers.stop()
    throw error
  }
  await peers.stop()
}

func report(_ table: Table) {
  let lines = [table.columns.map(\.title), table.columns.map { _ in "---" }] + table.rows
  for line in lines { print("| \(line.joined(separator: " | ")) |") }
}

/// The machine, as far as it matters to the numbers.
func describeMachine(rounds: Int) throws(Problem) -> String {
  let cpus = String(decoding: try Files.read("/proc/cpuinfo"), as: UTF8.self).split(separator: "\n")
  let model = cpus.first { $0.hasPrefix("model name") }?.split(separator: ":").last.map { $0.drop { $0 == " " } }
  let load = String(decoding: try Files.read("/proc/loadavg"), as: UTF8.self).split(separator: " ").first
  return
    "Medians of \(rounds) interleaved runs; \(sysconf(Int32(_SC_NPROCESSORS_ONLN))) × \(model ?? "unknown processor"), load \(load ?? "?")."
}

let arguments = CommandLine.arguments
do {
  if arguments.dropFirst() == ["proxy"] {
    try await measureProxy()
    exit(EXIT_SUCCESS)
  }
  guard (3...5).contains(arguments.count), let rounds = Int(arguments.count > 3 ? arguments[3] : "31"), rounds > 0,
    let apps = Int(arguments.count > 4 ? arguments[4] : "1000"), apps >= 10
  else {
    throw Problem("usage", .usage, "usage: benchmarks proxy | EXECUTABLE MANIFESTS [ROUNDS [APPS]]")
  }
  let scratch = FilePath("/tmp/olares-cli-benchmarks.\(getpid())")
  try Files.createDirectory(scratch)
  defer { try? removeTree(scratch) }
  let table = try measure(
    executable: arguments[1], manifests: FilePath(arguments[2]), rounds: rounds, scratch: scratch)
  report(table)
  print("\n\(try describeMachine(rounds: rounds))")
  fflush(nil)
  try await measureDataLayer(executable: arguments[1], apps: apps, scratch: scratch)
  try await measureProxy()
} catch {
  try FileDescriptor.standardError.writeAll("\(Problem(error))\n".utf8)
  exit(Problem(error).exitStatus.rawValue)
}

/// Removes a directory of files and directories that this process made.
func removeTree(_ path: FilePath) throws(Problem) {
  for name in try Files.names(in: path) {
    let child = path.appending(name)
    if Files.isDirectory(child) { try removeTree(child) } else { try Files.remove(child) }
  }
  rmdir(path.string)
}
