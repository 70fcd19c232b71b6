import ArgumentParser

struct RedisCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "redis",
    abstract: "Share out the Redis Cluster",
    subcommands: [NamespaceCommand.self, ProxyCommand.self, ClusterCommand.self, RedisReconcile.self])
}

struct NamespaceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ns",
    abstract: "Give apps isolated key spaces in the Redis Cluster",
    subcommands: [
      NamespaceCreate.self, NamespaceList.self, NamespaceShow.self, NamespaceURL.self, NamespaceRotate.self,
      NamespaceLimit.self, NamespaceDelete.self, NamespaceStats.self,
    ])
}

struct ProxyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "proxy",
    abstract: "Let apps reach their namespaces as a plain Redis",
    subcommands: [ProxyRun.self, ProxyStatusCommand.self])
}

struct ClusterCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cluster",
    abstract: "Grow and mend the Redis Cluster while it is in use",
    subcommands: [
      ClusterStatusCommand.self, ClusterAddNode.self, ClusterRemoveNode.self, ClusterRebalance.self,
      ClusterReplace.self,
    ])
}
