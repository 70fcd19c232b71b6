package import Core

extension Grants {
  /// One grant whose `userData` directory was looked after.
  package struct Mounted: Sendable {
    package let instance: AppInstance
    package let changed: Bool
    /// Why it does not show what is granted; nil when it does.
    package let problem: Problem?
  }

  /// Sets up the `userData` directories of all grants again, as after a reboot. One that fails does not keep the
  /// others from it.
  package func restoreMounts() async throws -> [Mounted] {
    try layout.requirePrepared()
    return try await exclusively { () throws(Problem) in
      try records.instances(owner: nil, app: nil).compactMap { instance in
        do throws(Problem) {
          guard let grant = try records.load(instance), !grant.terms.userData.isEmpty else { return nil }
          return try restore(grant)
        } catch {
          return Mounted(instance: instance, changed: false, problem: error)
        }
      }
    }
  }

  private func restore(_ grant: Grant) throws(Problem) -> Mounted {
    let outcome = try show(grant)
    let wasRecorded = outcome.advisory == grant.body.advisory
    if !wasRecorded {
      var grant = grant
      grant.body.advisory = outcome.advisory
      try records.save(grant)
    }
    return Mounted(
      instance: grant.instance, changed: outcome.changed || !wasRecorded,
      problem: outcome.advisory.map {
        Problem(
          "not-enforced", .notPermitted, "the directories granted to \(grant.instance) cannot be mounted: \($0)",
          hint: "run it as root and outside a container: olares-cli storage mount")
      })
  }
}
