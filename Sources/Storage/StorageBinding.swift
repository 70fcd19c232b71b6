import Core
import SystemPackage

/// What a chart needs to reach an app's storage: the Helm values that Olares injects (CONTRACT B.3).
package struct StorageBinding: Sendable, Encodable {
  package struct Userspace: Sendable, Encodable {
    package let userData: String?
    package let appData: String?
    package let appCache: String?
    package let appCommon: String?

    package var isEmpty: Bool { userData == nil && appData == nil && appCache == nil && appCommon == nil }
  }

  package let userspace: Userspace
  /// External drives and network shares.
  package let sharedlib: String?

  package init(_ grant: Grant, in layout: Layout) {
    let terms = grant.terms
    let own: (FilePath) -> FilePath = { terms.shape == .app ? $0.appending(grant.instance.app.name) : $0 }
    let userspace = grant.volume(.userspace).map(layout.path(of:))
    let cache = grant.volume(.appcache).map(layout.path(of:))
    let userData: FilePath? =
      switch grant.enforcement {
      case .notNeeded: nil
      case .mounted: layout.view(of: grant.instance)
      case .advisory: userspace?.appending(UserDataPath.home)
      }
    self.userspace = Userspace(
      userData: userData?.string,
      appData: terms.appData ? userspace.map { own($0.appending("Data")).string } : nil,
      appCache: terms.appCache ? cache.map { own($0).string } : nil,
      appCommon: terms.appCommon ? layout.common.string : nil)
    sharedlib = terms.externalData ? layout.share.string : nil
  }
}
