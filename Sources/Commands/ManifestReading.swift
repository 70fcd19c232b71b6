import Apps
import Core
import Manifest
import SystemPackage

/// A manifest that a verb was given, read for one owner.
struct ManifestReading {
  let path: String
  let owner: Owner
  var admin: Owner?

  /// What the manifest asks for; its warnings, and what it says about passwords, go to the console.
  func request(_ console: Console) throws(Problem) -> AppRequest {
    let (manifest, warnings) = try ManifestFile.load(FilePath(path), for: owner, admin: admin)
    for warning in warnings { console.detail(warning.rendered(with: .plain)) }
    if manifest.middleware.hasPublicPassword {
      console.detail("passwords in a manifest are public knowledge: random ones are used instead")
    }
    return try AppRequest(manifest, for: owner)
  }
}

extension Middleware {
  fileprivate var hasPublicPassword: Bool { postgres?.publicPassword != nil || redis?.publicPassword != nil }
}
