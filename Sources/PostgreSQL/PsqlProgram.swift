package import Core
import Glibc
import SystemPackage

/// psql, PostgreSQL's own terminal, logged in at an endpoint.
package struct PsqlProgram: Sendable {
  let executable: FilePath
  let arguments: [String]
  let environment: [String: String]

  /// - Parameters:
  ///   - arguments: psql's own.
  ///   - inherited: the environment to start from, for its terminal, pager and editor. What it says about connections
  ///     is left out: those names begin with `PG`.
  ///   - searchPath: directories, separated by colons.
  /// - Throws: `Problem` `missing-psql` (unavailable).
  package init(
    to endpoint: PostgreSQLEndpoint, arguments: [String], inherited: [String: String],
    searchPath: String = ChildProcess.searchPath
  ) throws(Problem) {
    let places = searchPath.split(separator: ":").map { FilePath(String($0)).appending("psql") }
    guard let executable = places.first(where: { access($0.string, X_OK) == 0 }) else {
      throw Problem(
        "missing-psql", .unavailable, "psql, PostgreSQL's terminal, is not installed",
        hint: "apt install postgresql-client")
    }
    self.executable = executable
    self.arguments = arguments
    var variables = inherited.filter { !$0.key.hasPrefix("PG") }
    variables["PGHOST"] = endpoint.host
    variables["PGPORT"] = "\(endpoint.port)"
    variables["PGUSER"] = endpoint.user
    variables["PGDATABASE"] = endpoint.database
    variables["PGSSLMODE"] = endpoint.sslMode.rawValue
    variables["PGSSLROOTCERT"] = endpoint.rootCertificate
    // Only root and this account can read a process's environment (proc(5)).
    variables["PGPASSWORD"] = endpoint.password?.reveal()
    environment = variables
  }

  /// Becomes psql: from here on the process, its terminal, its signals and its exit status are psql's.
  /// - Throws: `Problem` where it cannot be started; otherwise this never returns.
  package func replaceProcess() throws(Problem) -> Never {
    // Both outlive an exec: a thread of Swift's blocks signals, and we ignore SIGPIPE.
    var none = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, nil)
    signal(SIGPIPE, SIG_DFL)
    let words = ([executable.string] + arguments).map { strdup($0) } + [nil]
    let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    execve(executable.string, words, variables)
    throw Problem(Errno(rawValue: errno), "run", executable)
  }
}
