import Core
import Storage
import SystemPackage

/// The directories of an app.
struct StoragePlan: Sendable {
  let grants: Grants
  let request: GrantRequest

  private var terms: GrantTerms { request.terms }

  func part() throws -> PlanPart {
    let (grants, request) = (grants, request)
    let plan = try grants.plan(request)
    let step = Step(
      "storage",
      check: { try grants.plan(request).changesAnything ? nil : summary },
      perform: {
        let outcome = try await grants.apply(request)
        if case .advisory(let reason) = outcome.grant.enforcement { return "\(summary); advisory only: \(reason)" }
        return outcome.kept.isEmpty ? summary : "\(summary); directories kept"
      },
      undo: { try await grants.undo(request) })
    return PlanPart(items: try items(of: plan) + revoked(plan), steps: [step])
  }

  private func items(of plan: GrantPlan) -> [AppPlan.Item] {
    let paths = terms.userData.map(\.description).joined(separator: ", ")
    return parts(StorageBinding(plan, in: grants.layout), userData: paths).map { name, path in
      let isAdopted = plan.adopted.contains { ($0.kind == .appcache ? "appCache" : "appData") == name }
      let state: AppPlan.Item.State =
        isAdopted ? .adopted : plan.present == nil ? .new : plan.changesAnything ? .changed : .unchanged
      return AppPlan.Item(.storage, name, withoutFutureNames(path, plan), state)
    }
  }

  /// What the present grant allows and the new one does not.
  private func revoked(_ plan: GrantPlan) throws -> [AppPlan.Item] {
    guard let present = plan.present else { return [] }
    let lost = present.terms.userData.filter { path in !terms.userData.contains { $0.path.covers(path.path) } }
    let still = Set(terms.names).subtracting(lost.isEmpty ? [] : ["userData"])
    let own = try grants.ownDirectories(of: request.instance).map(\.path.string)
    let paths = lost.map(\.description).joined(separator: ", ")
    return parts(StorageBinding(present, in: grants.layout), userData: paths).filter { !still.contains($0.name) }
      .filter { $0.name != "userData" || !lost.isEmpty }
      .map { name, path in
        let isKept = own.contains(path)
        return AppPlan.Item(
          .storage, name, path, .revoked,
          remarks: isKept ? ["\(name) is not asked for any more; its data is kept in \(path)"] : [])
      }
  }

  private func parts(_ binding: StorageBinding, userData: String) -> [(name: String, path: String)] {
    [
      ("userData", binding.userspace.userData.map { _ in userData }), ("appData", binding.userspace.appData),
      ("appCache", binding.userspace.appCache), ("appCommon", binding.userspace.appCommon),
      ("externalData", binding.sharedlib),
    ].compactMap { name, path in path.map { (name, $0) } }
  }

  /// A new volume gets the random end of its name when it is created; until then `…` stands for it.
  private func withoutFutureNames(_ path: String, _ plan: GrantPlan) -> String {
    plan.newVolumes.reduce(path) { path, volume in
      let known = String(volume.description.dropLast(volume.suffix.count))
      return path.split(separator: volume.description, omittingEmptySubsequences: false).joined(separator: "\(known)…")
    }
  }

  private var summary: String { terms.isEmpty ? "nothing granted" : terms.names.joined(separator: " ") }
}
