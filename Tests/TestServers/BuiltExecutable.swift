import Core
import Foundation
package import SystemPackage

/// The executable that was built with the tests.
package enum BuiltExecutable {
  package static var path: FilePath {
    get throws {
      // The link leads to the file that is run: the tests, beside which it is.
      let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
      let path = FilePath(tests).removingLastComponent().appending("olares-cli")
      guard Files.exists(path) else {
        throw Problem("not-built", .noInput, "\(path) is missing: swift build --build-tests makes it")
      }
      return path
    }
  }
}
