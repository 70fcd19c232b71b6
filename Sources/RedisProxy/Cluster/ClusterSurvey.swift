import Core
import Glibc
import RedisNamespaces

/// Questions to the cluster. Confined to the coordinator's thread.
final class ClusterSurvey {
  private let configuration: ProxyConfiguration
  private var connections: [NodeEndpoint: ControlConnection] = [:]
  private var announcements: ControlConnection?
  /// What nodes had before they were told otherwise, in milliseconds.
  private var thresholds: [NodeEndpoint: Int] = [:]

  init(_ configuration: ProxyConfiguration) { self.configuration = configuration }

  private func connection(to endpoint: NodeEndpoint) throws(Problem) -> ControlConnection {
    if let known = connections[endpoint] { return known }
    let new = try ControlConnection(
      endpoint, user: configuration.administrator, password: configuration.password)
    connections[endpoint] = new
    return new
  }

  private func ask(_ endpoint: NodeEndpoint, _ command: [String]) throws(Problem) -> RESPValue {
    do throws(Problem) {
      return try connection(to: endpoint).ask(command)
    } catch {
      connections[endpoint] = nil
      throw error
    }
  }

  /// - Returns: nil if nothing is confirmed yet.
  /// - Throws: `Problem` `no-redis` if no node answers.
  func topology(current: Topology?) throws(Problem) -> Topology? {
    var views: [ClusterView] = []
    var asked: Set<NodeEndpoint> = []
    var toAsk = (current?.nodes.map(\.endpoint) ?? []) + configuration.seeds
    var lastProblem: Problem?
    while let endpoint = toAsk.popLast() {
      guard asked.insert(endpoint).inserted else { continue }
      do throws(Problem) {
        guard let text = try ask(endpoint, ["CLUSTER", "NODES"]).string, let view = ClusterView(text, asked: endpoint),
          !views.contains(where: { $0.answering == view.answering })
        else { continue }
        views.append(view)
        toAsk += view.nodes.filter { !$0.node.isFailed }.map(\.node.endpoint)
      } catch {
        lastProblem = error
      }
    }
    if views.isEmpty, let lastProblem { throw lastProblem }
    return Topology.confirmed(by: views, current: current)
  }

  /// The registry of namespaces. It is not read again while its version is the same.
  func directory(_ topology: Topology, current: NamespaceDirectory) throws(Problem) -> NamespaceDirectory {
    let node = try registryNode(topology)
    let version = try ask(node, ["HGET", NamespaceRecord.registryKey, Self.versionField]).string ?? "0"
    if version == current.version, !version.isEmpty { return current }
    let fields = try ask(node, ["HGETALL", NamespaceRecord.registryKey]).list ?? []
    var records: [NamespaceRecord] = []
    var readVersion = "0"
    for index in stride(from: 0, to: fields.count - 1, by: 2) {
      guard let name = fields[index].string, let value = fields[index + 1].string else { continue }
      if name == Self.versionField {
        readVersion = value
      } else if let record = try? NamespaceRecord(realName: name, encoded: value) {
        // One damaged entry must not keep all others out.
        records.append(record)
      }
    }
    return NamespaceDirectory(version: readVersion, records: records, reusing: current)
  }

  /// Has nodes answer while a script runs as soon as one may have to be killed; without limits of scripts, when they would
  /// by themselves. A node that cannot be told now is told the next time.
  func prepareForLimits(_ directory: NamespaceDirectory, _ topology: Topology) {
    for node in topology.slotMasters.map(\.endpoint) {
      let wanted = directory.shortestScriptTime ?? .max
      if directory.shortestScriptTime == nil, thresholds[node] == nil { continue }
      guard let list = try? ask(node, ["CONFIG", "GET", Self.threshold]).list, list.count == 2,
        let present = list[1].string.flatMap({ Int($0) })
      else { continue }
      let original = thresholds[node] ?? present
      let new = min(original, wanted)
      if new != present, (try? ask(node, ["CONFIG", "SET", Self.threshold, "\(new)"])) == nil { continue }
      thresholds[node] = new == original ? nil : original
    }
  }

  private static let threshold = "busy-reply-threshold"

  func serverVersion(_ topology: Topology) throws(Problem) -> String {
    let text = try ask(registryNode(topology), ["INFO", "server"]).string ?? ""
    let line = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("redis_version:") }
    return line.map { String($0.dropFirst("redis_version:".count)) } ?? "7.0.0"
  }

  private func registryNode(_ topology: Topology) throws(Problem) -> NodeEndpoint {
    guard let node = topology.master(of: NamespaceRecord.registrySlot.number) else {
      throw Problem(
        "no-redis", .unavailable, "no Redis node serves the registry of namespaces", isTransient: true)
    }
    return node
  }

  /// Waits until a descriptor is readable or the time is over.
  ///
  /// - Returns: whether somebody announced a change of the registry.
  func waitForChange(or descriptor: Int32, milliseconds: Int32) -> Bool {
    if announcements == nil {
      for endpoint in connections.keys {
        guard
          let new = try? ControlConnection(
            endpoint, user: configuration.administrator, password: configuration.password),
          (try? new.ask(["SUBSCRIBE", Self.channel])) != nil
        else { continue }
        announcements = new
        // What was announced before was not heard.
        return true
      }
    }
    var polls = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
    if let announcements { polls.append(pollfd(fd: announcements.descriptor, events: Int16(POLLIN), revents: 0)) }
    _ = poll(&polls, nfds_t(polls.count), max(0, milliseconds))
    guard polls.count == 2, polls[1].revents != 0, let announcements else { return false }
    do throws(Problem) {
      var isAnnounced = false
      while try announcements.next() != nil { isAnnounced = true }
      return isAnnounced
    } catch {
      self.announcements = nil
      return false
    }
  }

  private static let channel = "olares:namespaces"
  private static let versionField = ":version"
}
