import Core
import Storage

/// The directories of an app.
struct StoragePlan: Sendable {
  let grants: Grants
  let instance: AppInstance
  let terms: GrantTerms

  func part() throws -> PlanPart {
    let request = GrantRequest(instance, terms)
    let grants = grants
    let plan = try grants.plan(request)
    let step = Step(
      "storage",
      check: { try grants.plan(request).changesAnything ? nil : summary },
      perform: {
        let grant = try await grants.apply(request).grant
        if case .advisory(let reason) = grant.enforcement { return "\(summary); advisory only: \(reason)" }
        return summary
      },
      undo: { try await grants.undo(request) })
    return PlanPart(items: items(of: plan), steps: [step])
  }

  private func items(of plan: GrantPlan) -> [AppPlan.Item] {
    let binding = StorageBinding(plan, in: grants.layout)
    let state: AppPlan.Item.State = plan.present == nil ? .new : plan.changesAnything ? .changed : .unchanged
    let paths = terms.userData.map(\.description).joined(separator: ", ")
    let parts: [(name: String, path: String?)] = [
      ("userData", binding.userspace.userData.map { _ in paths }), ("appData", binding.userspace.appData),
      ("appCache", binding.userspace.appCache), ("appCommon", binding.userspace.appCommon),
      ("externalData", binding.sharedlib),
    ]
    return parts.compactMap { name, path in
      path.map { AppPlan.Item(.storage, name, withoutFutureNames($0, plan), state) }
    }
  }

  /// A new volume gets the random end of its name when it is created; until then `…` stands for it.
  private func withoutFutureNames(_ path: String, _ plan: GrantPlan) -> String {
    plan.newVolumes.reduce(path) { path, volume in
      let known = String(volume.description.dropLast(volume.suffix.count))
      return path.split(separator: volume.description, omittingEmptySubsequences: false).joined(separator: "\(known)…")
    }
  }

  private var summary: String { terms.names.joined(separator: " ") }
}
