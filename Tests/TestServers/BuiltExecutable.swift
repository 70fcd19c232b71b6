import Core
import Foundation
package import SystemPackage

/// The executables that were built with the tests.
package enum BuiltExecutable {
  package static var path: FilePath { get throws { try named("olares-cli") } }

  /// Runs a proxy as its arguments and its environment say; `OLARES_PROXY` names another than the one built.
  package static var proxy: FilePath {
    get throws { try ProcessInfo.processInfo.environment["OLARES_PROXY"].map { FilePath($0) } ?? named("proxy") }
  }

  private static func named(_ name: String) throws -> FilePath {
    // The link leads to the file that is run: the tests, beside which it is.
    let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let path = FilePath(tests).removingLastComponent().appending(name)
    guard Files.exists(path) else {
      throw Problem("not-built", .noInput, "\(path) is missing: swift build --build-tests makes it")
    }
    return path
  }
}
