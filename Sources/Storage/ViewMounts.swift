import Core
import SystemPackage

/// What is mounted in the view of every app, from one reading of the mount table.
struct ViewMounts {
  private var entries: [Place: [MountTable.Entry]] = [:]

  private struct Place: Hashable {
    let owner: String
    let app: String
  }

  /// - Throws: `Problem` (I/O) when the mount table cannot be read.
  init(_ layout: Layout) throws(Problem) {
    guard Files.isDirectory(layout.views) else { return }
    let views = try layout.views.resolved()
    for entry in try MountTable.current().entries(at: views) {
      let below = entry.point.components.dropFirst(views.components.count).prefix(2).map(\.string)
      guard below.count == 2 else { continue }
      entries[Place(owner: below[0], app: below[1]), default: []].append(entry)
    }
  }

  /// In the order of mounting.
  subscript(instance: AppInstance) -> [MountTable.Entry] {
    entries[Place(owner: instance.owner.name, app: instance.app.name)] ?? []
  }
}
