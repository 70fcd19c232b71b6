import Core
import SystemPackage

/// The pieces of work that change what an app instance has.
enum AppWork: String {
  case apply = "app"
  case remove
  case prune
}

extension DataLayer {
  /// The journal of `work`; whoever uses it holds the app's lock.
  nonisolated func journal(of work: AppWork, _ instance: AppInstance) throws(Problem) -> Journal {
    let directory = baseDirectory.appending("journal")
    try Files.createDirectory(directory)
    return Journal(directory: directory, name: "\(work.rawValue)-\(instance.owner)-\(instance.app)")
  }
}
