import Redis

extension ClusterMaintenance {
  /// Plans that masters get equally many slots, after whatever a cut-off run left half-moved is finished; changes nothing.
  /// - Throws: `Problem` `redis-cluster-down`, and what servers answer.
  package func balancing() async throws -> ClusterWork {
    let cluster = cluster()
    let topology = try await cluster.topology(refresh: true)
    try requireCoverage(topology)
    return ClusterWork(steps: [
      openSlotsStep(cluster), slotsStep(cluster, plan: ClusterSlotPlan(topology, tolerance: Self.tolerance)),
    ])
  }
}
