import CPostgreSQL
import Core

/// libpq, PostgreSQL's own client library, loaded when the first connection is made.
enum LibPQ {
  /// - Throws: `Problem` `missing-libpq` where the library is not installed.
  static func functions() throws(Problem) -> libpq_functions { try loaded.get() }

  private static let loaded: Result<libpq_functions, Problem> = {
    // The library stays loaded until the process ends, since its functions may be in use on any thread.
    guard let library = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL) else {
      return .failure(missing("it cannot be loaded"))
    }
    return withUnsafeTemporaryAllocation(of: libpq_functions.self, capacity: 1) { memory in
      guard let functions = memory.baseAddress else { return .failure(missing("no memory")) }
      if let name = libpq_load(library, functions) {
        return .failure(missing("it is too old: it has no \(String(cString: name))"))
      }
      return .success(functions.pointee)
    }
  }()

  private static func missing(_ cause: String) -> Problem {
    Problem(
      "missing-libpq", .unavailable, "PostgreSQL's client library libpq.so.5 is needed", hint: "apt install libpq5",
      cause: cause)
  }
}
