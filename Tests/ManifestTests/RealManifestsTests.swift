import Core
import Glibc
import SystemPackage
import Testing

@testable import Manifest

/// Manifests of the Olares market: in the folder that OLARES_TEST_MANIFESTS names, in `shared/manifests` beside the
/// checkout, or else the few that are among the tests' fixtures.
@Suite struct RealManifestsTests {
  static let folder: FilePath? = {
    if let named = getenv("OLARES_TEST_MANIFESTS") { return FilePath(String(cString: named)) }
    let checkout = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
    let beside = [checkout.removingLastComponent(), checkout.removingLastComponent().removingLastComponent()]
    let folders = beside.map { $0.appending("shared").appending("manifests") }
    return (folders + [checkout.appending("Tests/Fixtures/manifests")]).first(where: Files.isDirectory)
  }()

  /// What is wrong with real manifests in the Olares market; the rest of each is read all the same.
  private static let knownErrors = ["entrances.openMethod is \"windows\"", "sharedEntrances.name may only hold"]

  @Test func everyOnePasses() throws {
    let files = try ManifestSearch.manifests(in: [try #require(Self.folder)])
    #expect(files.count >= 3)
    for file in files {
      let reading = try ManifestFile.validate(file)
      #expect(reading.manifest != nil, "\(file)")
      for error in reading.diagnostics where error.severity == .error {
        #expect(
          Self.knownErrors.contains { error.message.hasPrefix($0) }, "\(error.rendered(with: .plain))")
      }
    }
  }
}
