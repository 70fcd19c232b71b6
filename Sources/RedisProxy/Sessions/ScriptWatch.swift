import RedisNamespaces

/// Scripts that run for long. A node runs one at a time, and tells nobody whose it is: as soon as it has run for
/// `busy-reply-threshold`, everything but `SCRIPT KILL` is answered with `BUSY`, other scripts that wait too. Whose script
/// is still without an answer then is the one that runs.
extension Worker {
  /// Has the scripts looked at often while one of them may be limited; else that is done once a second.
  func watchScripts() {
    watchesScripts = directory.shortestScriptTime != nil
    if watchesScripts { schedule(afterMilliseconds: 100, .checkScripts) }
  }

  func checkScripts() {
    for link in links.values {
      for upstream in link.common where upstream.pointee.role == .scripts { checkScript(on: upstream) }
    }
  }

  private func checkScript(on upstream: UpstreamPointer) {
    guard upstream.pointee.state == .ready, !upstream.pointee.pending.isEmpty, !upstream.pointee.details.isProbed,
      let name = upstream.pointee.details.namespace?.realName, let namespace = directory.byName[name]
    else { return }
    let running = upstream.pointee.runningTime(at: now)
    let sinceProbe = now - upstream.pointee.details.lastProbe
    let isLate: Bool
    if let limit = namespace.record.limits.scriptTime {
      isLate = running >= Int64(limit) * 1000 && sinceProbe >= Int64(min(limit, 1000)) * 1000
    } else {
      isLate = false
    }
    guard isLate || min(running, sinceProbe) >= Self.usualScriptTime else { return }
    let line = link(to: upstream.pointee.details.endpoint).takeExclusive(resp: 2, worker: self)
    ScriptProbe(upstream, line, limitOf: namespace, on: self).start(on: self)
  }

  /// Microseconds after which a node is asked whether it is there at all.
  private static let usualScriptTime: Int64 = 5_000_000
}

extension Upstream {
  /// For how long the script has been running, or waiting, that is to be answered next. They run one after the other, each
  /// when the one before it is answered.
  fileprivate func runningTime(at now: Instant) -> Int64 {
    min(Int64(now.stamp &- pending[0].sentAt), now - lastReply)
  }
}

/// Finds out whether the script that is not answered on a connection is the one that keeps its node busy, and kills it if
/// its client wants that, or it has run for longer than its namespace may have scripts run.
final class ScriptProbe: Exchange {
  private let upstream: UpstreamPointer
  private let line: UpstreamPointer
  /// Whose limit is seen to; nil where a client asks.
  private let namespace: Namespace?
  private let script: PendingReply
  private let lastReply: Instant

  private enum Part: Int { case first, second, third, kill }

  init(_ upstream: UpstreamPointer, _ line: UpstreamPointer, for client: ClientPointer) {
    self.upstream = upstream
    self.line = line
    namespace = nil
    script = upstream.pointee.pending[0]
    lastReply = upstream.pointee.lastReply
    super.init(for: client)
  }

  init(_ upstream: UpstreamPointer, _ line: UpstreamPointer, limitOf namespace: Namespace, on worker: Worker) {
    self.upstream = upstream
    self.line = line
    self.namespace = namespace
    script = upstream.pointee.pending[0]
    lastReply = upstream.pointee.lastReply
    super.init(ofNobodyOn: worker)
  }

  func start(on worker: Worker) {
    upstream.pointee.details.isProbed = true
    ask(.first, on: worker)
  }

  private func ask(_ part: Part, on worker: Worker) {
    worker.send(self, part: part.rawValue, to: line, .keepsRedirects) { output in
      output.append(part == .kill ? "*2\r\n$6\r\nSCRIPT\r\n$4\r\nKILL\r\n" : "*1\r\n$4\r\nPING\r\n")
    }
  }

  override func receive(_ reply: UnsafeRawBufferPointer, part: Int, on worker: Worker) {
    guard line.pointee.state == .ready else { return end(reply, on: worker) }
    let isBusy = reply.starts(with: "-BUSY ".utf8)
    // It runs a script, or does not: in either case it is there.
    upstream.pointee.details.lastProof = worker.now
    switch Part(rawValue: part) {
    case .first where isBusy: ask(.second, on: worker)
    // By now the node has told every other script that it is busy; when it answers once more, that has been read.
    case .second where isBusy: ask(.third, on: worker)
    case .third where isBusy && runs && isUnwanted(on: worker): ask(.kill, on: worker)
    case .kill:
      if reply.starts(with: "+OK".utf8) { namespace?.account.countKilledScript() }
      if reply.starts(with: "-UNKILLABLE".utf8) { namespace?.account.runawayScriptSeen(at: worker.now) }
      end(reply, on: worker)
    default: Self.nothingRuns.withUTF8Buffer { end(UnsafeRawBufferPointer($0), on: worker) }
    }
  }

  /// As the server says it.
  static let nothingRuns: StaticString = "-NOTBUSY No scripts in execution right now.\r\n"

  /// Whether the script is still the one that is to be answered next.
  private var runs: Bool {
    upstream.pointee.state == .ready && !upstream.pointee.pending.isEmpty
      && upstream.pointee.pending[0].ticket == script.ticket && upstream.pointee.pending[0].sentAt == script.sentAt
      && upstream.pointee.lastReply == lastReply
  }

  private func isUnwanted(on worker: Worker) -> Bool {
    guard let namespace else { return true }
    guard let limit = worker.directory.byName[namespace.realName]?.record.limits.scriptTime else { return false }
    return upstream.pointee.runningTime(at: worker.now) >= Int64(limit) * 1000
  }

  /// - Parameter answer: for the client that asked.
  private func end(_ answer: UnsafeRawBufferPointer, on worker: Worker) {
    if namespace == nil { finish(answer, on: worker) }
    upstream.pointee.details.isProbed = false
    upstream.pointee.details.lastProbe = worker.now
    if line.pointee.state == .ready { worker.giveBack(line) }
  }
}
