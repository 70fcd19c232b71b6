import Synchronization

/// What one worker tells about itself.
struct WorkerReport: Sendable {
  struct Link: Sendable {
    let endpoint: NodeEndpoint
    var connections = 0
    var waiting = 0
    var error: String?
  }

  var clients = 0
  var namespaces: [String: NamespaceCounters] = [:]
  var links: [Link] = []
}

/// Where workers put their reports for who asked.
final class ReportCollection: Sendable {
  private let reports = Mutex<[WorkerReport]>([])
  let arrivals: Mailbox<Void>

  init(_ arrivals: Mailbox<Void>) { self.arrivals = arrivals }

  func add(_ report: WorkerReport) {
    reports.withLock { $0.append(report) }
    arrivals.post(())
  }

  var all: [WorkerReport] { reports.withLock { $0 } }
}

extension Worker {
  func report() -> WorkerReport {
    var report = WorkerReport()
    report.clients = clients.count
    for (name, counters) in counters { report.namespaces[name] = counters.pointee }
    for link in links.values {
      var entry = WorkerReport.Link(endpoint: link.endpoint)
      for upstream in link.common + link.idle {
        if upstream.pointee.state == .ready { entry.connections += 1 }
        entry.waiting += upstream.pointee.pending.count
        if upstream.pointee.state != .ready { entry.error = upstream.pointee.details.lastError ?? entry.error }
      }
      report.links.append(entry)
    }
    return report
  }
}
