import Core
import Glibc
import RedisNamespaces

/// The thread that finds out how much namespaces hold: of those with a limit every second, of others every minute; less
/// often where that takes long, so that nodes are hardly ever busy with it for more than a tenth of the time.
final class ContentWatch: Sendable {
  private let configuration: ProxyConfiguration
  private let coordinator: Coordinator
  private let wakeUp: Mailbox<Void>

  /// - Throws: `Problem` `io-error`.
  init(_ configuration: ProxyConfiguration, _ coordinator: Coordinator) throws(Problem) {
    self.configuration = configuration
    self.coordinator = coordinator
    wakeUp = try Mailbox()
  }

  func stop() { wakeUp.post(()) }

  private struct Watched {
    var estimate = ContentEstimate()
    /// When it was looked at.
    var last: Instant

    /// When it is to be looked at again, which changes with the namespace's limits.
    func next(_ namespace: Namespace) -> Instant {
      last + (namespace.record.limits.memory == nil ? ContentWatch.intervalWithoutLimit : ContentWatch.interval)
    }
  }

  func run() {
    var watched: [String: Watched] = [:]
    var connections: [NodeEndpoint: ControlConnection] = [:]
    var pause = Self.pause
    while !isStopped(after: pause) {
      pause = Self.pause
      guard let topology = coordinator.topology else { continue }
      let namespaces = coordinator.directory.byName
      watched = watched.filter { namespaces[$0.key] != nil }
      let now = Instant.now()
      let next = { (namespace: Namespace) in watched[namespace.realName]?.next(namespace) ?? now }
      guard
        let namespace = namespaces.values.filter({ next($0) <= now }).min(by: { left, right in
          let (isLeft, isRight) = (left.record.limits.memory != nil, right.record.limits.memory != nil)
          return isLeft == isRight ? next(left) < next(right) : isLeft
        })
      else { continue }
      var state = watched[namespace.realName] ?? Watched(last: now)
      do throws(Problem) {
        let content = try state.estimate.look(at: namespace, topology) { endpoint throws(Problem) in
          if let known = connections[endpoint] { return known }
          let new = try ControlConnection(
            endpoint, user: configuration.administrator, password: configuration.password)
          connections[endpoint] = new
          return new
        }
        if let content { namespace.account.set(content) }
      } catch {
        // Which of them cannot be used is not worth finding out.
        connections = [:]
      }
      let cost = Int((Instant.now() - now) / 1000)
      state.last = .now()
      watched[namespace.realName] = state
      pause = min(Self.longestPause, 9 * cost)
    }
  }

  /// Waits, and says whether it is over.
  private func isStopped(after milliseconds: Int) -> Bool {
    var wait = pollfd(fd: wakeUp.descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&wait, 1, Int32(clamping: milliseconds)) > 0
  }

  /// Milliseconds.
  private static let pause = 100
  private static let longestPause = 2000
  private static let interval = 1000
  private static let intervalWithoutLimit = 60_000
}
