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
    let isAdvisory = grant.enforcement.advisoryReason != nil
    self.init(grant.instance, grant.terms, grant.body.volumes, isAdvisory: isAdvisory, in: layout)
  }

  /// What the plan will come to, where mounting is possible.
  package init(_ plan: GrantPlan, in layout: Layout) {
    self.init(plan.request.instance, plan.request.terms, plan.volumes, isAdvisory: false, in: layout)
  }

  private init(
    _ instance: AppInstance, _ terms: GrantTerms, _ volumes: Grant.Volumes, isAdvisory: Bool, in layout: Layout
  ) {
    let own: (FilePath) -> FilePath = { terms.shape == .app ? $0.appending(instance.app.name) : $0 }
    let userspace = volumes.userspace.map(layout.path(of:))
    let cache = volumes.appcache.map(layout.path(of:))
    let home = isAdvisory ? userspace?.appending(UserDataPath.home) : layout.view(of: instance)
    let userData = terms.userData.isEmpty ? nil : home
    self.userspace = Userspace(
      userData: userData?.string,
      appData: terms.appData ? userspace.map { own($0.appending("Data")).string } : nil,
      appCache: terms.appCache ? cache.map { own($0).string } : nil,
      appCommon: terms.appCommon ? layout.common.string : nil)
    sharedlib = terms.externalData ? layout.share.string : nil
  }
}
