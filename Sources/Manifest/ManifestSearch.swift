package import Core
import Glibc
package import SystemPackage

/// Finds the manifests below directories.
package enum ManifestSearch {
  /// The manifests that `paths` name, or that are anywhere below the directories among them, each once and in order.
  ///
  /// `i18n` holds translations, which are parts of manifests only; links are not followed, so that no loop is endless.
  /// - Throws: `Problem` `no-such-file`, or `no-manifest` (no input) if there is none at all.
  package static func manifests(in paths: [FilePath]) throws(Problem) -> [FilePath] {
    var found: [FilePath] = []
    var seen: Set<FilePath> = []
    for path in paths {
      var below: [FilePath] = []
      if Files.isDirectory(path) { try collect(path, into: &below, depth: 0) } else { below = [path] }
      for file in below where seen.insert(file).inserted { found.append(file) }
    }
    guard !found.isEmpty else {
      throw Problem(
        "no-manifest", .noInput, "there is no manifest in \(paths.map(\.string).joined(separator: ", "))",
        hint: "manifests are called \(ManifestFile.names.joined(separator: " or "))")
    }
    return found
  }

  private static func collect(_ directory: FilePath, into found: inout [FilePath], depth: Int) throws(Problem) {
    guard depth < deepest else { return }
    let names = try Files.names(in: directory)
    if let name = ManifestFile.names.first(where: names.contains) { found.append(directory.appending(name)) }
    for name in names where !name.hasPrefix(".") && name != "i18n" {
      let path = directory.appending(name)
      if isRealDirectory(path) { try collect(path, into: &found, depth: depth + 1) }
    }
  }

  private static func isRealDirectory(_ path: FilePath) -> Bool {
    var status = stat()
    return path.withPlatformString { lstat($0, &status) } == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  private static let deepest = 64
}
