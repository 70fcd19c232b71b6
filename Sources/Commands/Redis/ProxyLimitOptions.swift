import ArgumentParser
import RedisProxy

/// Bounds of the proxy against what clients and nodes may do.
struct ProxyLimitOptions: ParsableArguments, Sendable {
  private static let standard = ProxyLimits()

  @Option(help: ArgumentHelp("Connections of clients at a time; more are refused", valueName: "number"))
  var maxClients = standard.clients

  @Option(help: ArgumentHelp("Requests of a client without a reply; more are not read", valueName: "number"))
  var maxPipeline = standard.outstandingRequests

  @Option(
    help: ArgumentHelp(
      "One request, or transaction; with a larger one a client is disconnected, or refused", valueName: "size"))
  var maxRequest = ByteSize(standard.requestBytes)

  @Option(
    help: ArgumentHelp(
      "Replies that a client does not read; then none of its requests are taken, until it reads", valueName: "size"))
  var pauseOutput = ByteSize(standard.clientOutputPause)

  @Option(
    help: ArgumentHelp("Replies that a client does not read; then it is disconnected", valueName: "size"))
  var maxOutput = ByteSize(standard.clientOutput)

  @Option(
    help: ArgumentHelp(
      "Messages that a subscriber does not read; then it is disconnected, with a quarter after a minute",
      valueName: "size"))
  var maxSubscriberOutput = ByteSize(standard.subscriberOutput)

  @Option(
    help: ArgumentHelp(
      "Requests that wait for one node; then none of its clients are taken, until it answers", valueName: "size"))
  var maxNodeQueue = ByteSize(standard.upstreamOutput)

  @Option(
    help: ArgumentHelp("How long a connection may stay without logging in", valueName: "seconds"))
  var loginTimeout = standard.loginSeconds

  @Option(
    help: ArgumentHelp("How long nothing may come of an unfinished request", valueName: "seconds"))
  var requestTimeout = standard.unfinishedRequestSeconds

  @Option(
    help: ArgumentHelp("How long requests wait for a node that does not answer", valueName: "seconds"))
  var nodeTimeout = standard.lostNodeMilliseconds / 1000

  func validate() throws {
    for (flag, number) in [("--max-clients", maxClients), ("--max-pipeline", maxPipeline)]
    where !(1...1_000_000).contains(number) {
      throw ValidationError("\(flag) must be from 1 to 1000000")
    }
    let times = [
      ("--login-timeout", loginTimeout), ("--request-timeout", requestTimeout), ("--node-timeout", nodeTimeout),
    ]
    for (flag, seconds) in times where !(1...3600).contains(seconds) {
      throw ValidationError("\(flag) must be from 1 to 3600")
    }
    let sizes = [
      ("--max-request", maxRequest), ("--pause-output", pauseOutput), ("--max-output", maxOutput),
      ("--max-subscriber-output", maxSubscriberOutput), ("--max-node-queue", maxNodeQueue),
    ]
    for (flag, size) in sizes where !(ByteSize.smallest...ByteSize.largest).contains(size.bytes) {
      throw ValidationError("\(flag) must be from 16kb to 2047mb")
    }
  }

  var limits: ProxyLimits {
    var limits = ProxyLimits()
    limits.clients = maxClients
    limits.outstandingRequests = maxPipeline
    limits.requestBytes = maxRequest.bytes
    limits.clientOutputPause = pauseOutput.bytes
    limits.clientOutput = maxOutput.bytes
    limits.subscriberOutput = maxSubscriberOutput.bytes
    limits.subscriberOutputForMinute = maxSubscriberOutput.bytes / 4
    limits.upstreamOutput = maxNodeQueue.bytes
    limits.loginSeconds = loginTimeout
    limits.unfinishedRequestSeconds = requestTimeout
    limits.lostNodeMilliseconds = nodeTimeout * 1000
    return limits
  }
}

/// A size as in redis.conf: `1gb`, `64mb`, `16kb`, or bytes.
struct ByteSize: ExpressibleByArgument, Sendable, CustomStringConvertible {
  /// A request of a client that has not logged in may be this large, as in Redis.
  static let smallest = 16 * 1024
  /// Requests and replies are counted in 32 bits.
  static let largest = 2047 * 1024 * 1024

  let bytes: Int

  private static let units = [("gb", 1 << 30), ("mb", 1 << 20), ("kb", 1 << 10), ("b", 1), ("", 1)]

  init(_ bytes: Int) { self.bytes = bytes }

  init?(argument: String) {
    let text = argument.lowercased()
    guard let (suffix, factor) = Self.units.first(where: { text.hasSuffix($0.0) }),
      let number = Int(text.dropLast(suffix.count)), number >= 0
    else { return nil }
    let (bytes, isTooLarge) = number.multipliedReportingOverflow(by: factor)
    guard !isTooLarge else { return nil }
    self.bytes = bytes
  }

  var description: String {
    for (suffix, factor) in Self.units where bytes > 0 && bytes.isMultiple(of: factor) {
      return "\(bytes / factor)\(suffix)"
    }
    return "\(bytes)"
  }

  var defaultValueDescription: String { description }
}
