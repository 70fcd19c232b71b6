import Core
import Foundation
package import SystemPackage

/// A directory of one test, gone when the test is.
package struct Scratch: Sendable {
  package let path: FilePath

  /// Runs `body` with a new empty directory that other accounts may enter, since PostgreSQL does not run as root.
  package static func with<Result>(_ body: (Scratch) async throws -> Result) async throws -> Result {
    let scratch = try Scratch()
    do {
      let result = try await body(scratch)
      scratch.remove()
      return result
    } catch {
      scratch.remove()
      throw error
    }
  }

  package init() throws {
    path = FilePath(FileManager.default.temporaryDirectory.path)
      .appending("olares-cli-test-\(UUID().uuidString.prefix(13).lowercased())")
    try Files.createDirectory(path, mode: [.ownerReadWriteExecute, .groupExecute, .otherExecute])
  }

  package func remove() {
    try? FileManager.default.removeItem(atPath: path.string)
  }
}
