import Core
import Glibc
import SystemPackage

/// The manifests that validation is measured on, and what a plain YAML parser can load of them.
struct ManifestFolder {
  let path: FilePath
  /// The same files with the lines of template directives taken out: older manifests are Go templates, not YAML.
  let literal: FilePath
  let count: Int

  /// Copies what the peer reads into `scratch`.
  init(_ path: FilePath, scratch: FilePath) throws(Problem) {
    self.path = path
    literal = scratch.appending("literal")
    try Files.createDirectory(literal)
    let manifests = try Self.manifests(in: path)
    guard !manifests.isEmpty else {
      throw Problem("no-manifests", .noInput, "there is no OlaresManifest.yaml under \(path)")
    }
    count = manifests.count
    for (index, manifest) in manifests.enumerated() {
      let text = String(decoding: try Files.read(manifest), as: UTF8.self)
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false).filter { !$0.contains("{{") }
      try AtomicFile.write(lines.joined(separator: "\n"), to: literal.appending("\(index).yaml"))
    }
  }

  private static func manifests(in directory: FilePath) throws(Problem) -> [FilePath] {
    var found: [FilePath] = []
    for name in try Files.names(in: directory) {
      let path = directory.appending(name)
      if Files.isDirectory(path) {
        found += try manifests(in: path)
      } else if name == "OlaresManifest.yaml" || name == "TerminusManifest.yaml" {
        found.append(path)
      }
    }
    return found
  }
}
