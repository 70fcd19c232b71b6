import Core
import SystemPackage

/// Data in an app's own directories outlives its grant. What is left behind belongs to nobody: whoever gets a grant of
/// the same name later may be somebody else, and takes it over only on purpose.
extension Grants {
  /// The app's own directories that have something in them while no grant of this very instance covers them.
  func leftBehind(
    _ request: GrantRequest, _ present: Grant?, in volumes: Grant.Volumes
  ) throws(Problem) -> [VolumePath] {
    // A grant that was cut off was on record before it touched a directory, and after this was looked at.
    let covered = try present?.directories() ?? []
    var found: [VolumePath] = []
    for directory in try request.terms.ownDirectories(of: request.instance.app)
    where !covered.contains(where: { $0.covers(directory) }) {
      guard let name = volumes[directory.kind], let volume = try self.volumes.open(name),
        let own = try volume.directoryIfPresent(directory.path, crossingMounts: request.terms.crossesMounts)
      else { continue }
      if try !own.names().isEmpty { found.append(directory) }
    }
    return found
  }

  func leftBehindProblem(
    _ directories: [VolumePath], _ instance: AppInstance, in volumes: Grant.Volumes
  ) -> Problem {
    let paths = directories.compactMap { path(of: $0, in: volumes) }
    let holds = paths.count == 1 ? "holds" : "hold"
    var problem = Problem(
      "left-behind", .notPermitted,
      "\(paths.map(\.string).joined(separator: " and ")) \(holds) data that was left behind: "
        + "no grant of \(instance) covers it",
      hint: "take it over if it is meant for \(instance): add --adopt")
    if let first = paths.first?.string {
      problem.hints.append("move it away: mv \(first.shellWord) \("\(first).old".shellWord)")
    }
    return problem
  }

  /// The directories that the app has and, by `request`, loses.
  func surplus(_ request: GrantRequest, _ present: Grant?) throws(Problem) -> [VolumePath] {
    guard let present else { return [] }
    let asked = try request.terms.directories(of: request.instance.app)
    return try existing(try present.directories(), of: present)
      .filter { directory in !asked.contains { $0.covers(directory) } }
  }

  /// Those of `directories` that are there. What cannot be reached, for example because a link was put in the way, is not.
  func existing(_ directories: [VolumePath], of grant: Grant) throws(Problem) -> [VolumePath] {
    var found: [VolumePath] = []
    for directory in directories {
      guard let name = grant.volume(directory.kind), let volume = try volumes.open(name) else { continue }
      if try volume.plainDirectory(directory.path, crossingMounts: true) != nil { found.append(directory) }
    }
    return found
  }

  func path(of directory: VolumePath, in volumes: Grant.Volumes) -> FilePath? {
    volumes[directory.kind].map { layout.path(of: $0).appending(directory.path) }
  }
}
