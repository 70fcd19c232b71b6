import Apps
import Core
import Manifest
import SystemPackage

/// A manifest that a verb was given, read for one owner.
struct ManifestReading {
  let path: String
  let owner: Owner
  var admin: Owner?

  /// What the manifest asks for. Errors that are none of the data layer's business go to the console as warnings; the
  /// manifest's own warnings, and what it says about passwords, only when somebody wants to know more.
  func request(_ console: Console) throws(Problem) -> AppRequest {
    let loaded = try ManifestFile.load(FilePath(path), for: owner, admin: admin)
    for warning in loaded.warnings { console.detail(warning.rendered(with: .plain)) }
    console.warn(ofCatalogueErrors: loaded.catalogueErrors, in: path)
    let manifest = loaded.manifest
    if manifest.middleware.hasPublicPassword {
      console.detail("passwords in a manifest are public knowledge: random ones are used instead")
    }
    return try AppRequest(manifest, for: owner)
  }
}

extension Console {
  /// Shows the first few of them, so that they do not hide what comes next.
  func warn(ofCatalogueErrors errors: [Diagnostic], in path: String) {
    for error in errors.prefix(3) {
      show(Diagnostic(.warning, at: error.location, error.message, hint: error.hint))
    }
    if errors.count > 3 { warn("\(errors.count - 3) more like these: olares-cli manifest validate \(path)") }
  }
}

extension Middleware {
  fileprivate var hasPublicPassword: Bool { postgres?.publicPassword != nil || redis?.publicPassword != nil }
}
