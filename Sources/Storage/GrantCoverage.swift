import Core

/// The directories of one volume that grants cover. It answers in a time that does not grow with the number of grants,
/// since it is asked about every directory.
struct GrantCoverage {
  private let directories: Set<VolumePath>

  /// - Parameter grants: those on the volume. One whose directories cannot be told covers nothing.
  init(_ grants: [Grant]) {
    directories = Set(grants.flatMap { (try? $0.directories()) ?? [] })
  }

  /// Whether a grant is about the directory, or about one above it.
  func covers(_ directory: VolumePath) -> Bool {
    (0...directory.path.components.count).contains { depth in
      let path = RelativePath(components: Array(directory.path.components.prefix(depth)))
      return directories.contains(VolumePath(kind: directory.kind, path: path))
    }
  }
}
