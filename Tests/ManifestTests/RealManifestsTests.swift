import Core
import Glibc
import SystemPackage
import Testing

@testable import Manifest

/// Manifests of the Olares market, where there are some: in the folder that OLARES_TEST_MANIFESTS names, or in
/// `shared/manifests` beside the checkout.
@Suite struct RealManifestsTests {
  static let folder: FilePath? = {
    if let named = getenv("OLARES_TEST_MANIFESTS") { return FilePath(String(cString: named)) }
    let checkout = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
    let beside = [checkout.removingLastComponent(), checkout.removingLastComponent().removingLastComponent()]
    return beside.map { $0.appending("shared").appending("manifests") }.first(where: Files.isDirectory)
  }()

  /// What is wrong with real manifests in the Olares market; the rest of each is read all the same.
  private static let knownErrors = ["entrances.openMethod is \"windows\"", "sharedEntrances.name may only hold"]

  @Test(.enabled(if: folder != nil, "no folder of real manifests: set OLARES_TEST_MANIFESTS"))
  func everyOnePasses() throws {
    let folder = try #require(Self.folder)
    for file in try ManifestSearch.manifests(in: [folder]) {
      let reading = try ManifestFile.validate(file)
      #expect(reading.manifest != nil, "\(file)")
      for error in reading.diagnostics where error.severity == .error {
        #expect(
          Self.knownErrors.contains { error.message.hasPrefix($0) }, "\(error.rendered(with: .plain))")
      }
    }
  }
}
