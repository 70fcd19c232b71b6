import RedisNamespaces

/// What one worker asks all of them, itself included, about the clients of one namespace.
struct NeighbourQuestion: Sendable {
  enum Subject: Sendable {
    case list(ClientFilter)
    case kill(ClientFilter)
    case unblock(client: UInt64, isError: Bool)
    case patterns
    case numbers
  }

  let subject: Subject
  /// The namespace's real name.
  let namespace: String
  let asker: Mailbox<WorkerMessage>
  /// The asker's piece of work.
  let exchange: UInt32
}

/// What one worker, or all together, say to it.
struct NeighbourAnswer: Sendable {
  var exchange: UInt32
  /// Lines of `CLIENT LIST`, by the number of the client.
  var lines: [(id: UInt64, text: String)] = []
  var count = 0
  var patterns: Set<[UInt8]> = []
  var counters = NamespaceCounters()
  var blocked = 0

  mutating func add(_ other: NeighbourAnswer) {
    lines += other.lines
    count += other.count
    patterns.formUnion(other.patterns)
    counters.add(other.counters)
    blocked += other.blocked
  }
}

/// A piece of work that hears what all workers say.
protocol NeighbourAsker: Exchange {
  var answers: NeighbourAnswer { get set }
}

/// A command that is answered when all workers have said something to it.
final class NeighbourExchange: Exchange, NeighbourAsker {
  var answers = NeighbourAnswer(exchange: 0)
  private let complete: (Worker, NeighbourExchange) -> Void

  init(for client: ClientPointer, then complete: @escaping (Worker, NeighbourExchange) -> Void) {
    self.complete = complete
    super.init(for: client)
  }

  override func receive(_ reply: UnsafeRawBufferPointer, part: Int, on worker: Worker) {
    if missing == 1, isWanted { complete(worker, self) }
  }
}

/// `CLIENT UNBLOCK` on its way to the node where the client is blocked, for whoever asked.
private final class UnblockExchange: Exchange {
  private let question: NeighbourQuestion

  init(_ question: NeighbourQuestion, on worker: Worker) {
    self.question = question
    super.init(ofNobodyOn: worker)
  }

  override func receive(_ reply: UnsafeRawBufferPointer, part: Int, on worker: Worker) {
    let count = reply.starts(with: ":1".utf8) ? 1 : 0
    question.asker.post(.neighbourAnswer(NeighbourAnswer(exchange: question.exchange, count: count)))
  }
}

extension Worker {
  /// The part of a `NeighbourAsker` that an answer of a worker is.
  static let neighbourPart = 1_000_000

  /// Has all workers asked; their answers come one by one.
  func ask(_ subject: NeighbourQuestion.Subject, about namespace: Namespace, for exchange: some NeighbourAsker) {
    exchanges.add(exchange)
    exchange.missing = configuration.workers
    coordinator.post(
      .neighbourQuestion(
        NeighbourQuestion(
          subject: subject, namespace: namespace.realName, asker: mailbox, exchange: exchange.number)))
  }

  func take(_ answer: NeighbourAnswer) {
    (exchanges[answer.exchange] as? any NeighbourAsker)?.answers.add(answer)
    receive(Self.nothing, part: Self.neighbourPart, of: answer.exchange)
  }

  func answer(_ question: NeighbourQuestion) {
    if case .unblock(let id, let isError) = question.subject,
      let upstream = members(of: question.namespace).first(where: { $0.pointee.session.id == id })?.pointee.session
        .exclusive.last,
      let number = upstream.pointee.details.serverID
    {
      let words = ["CLIENT", "UNBLOCK", "\(number)", isError ? "ERROR" : "TIMEOUT"]
      let target = link(to: upstream.pointee.details.endpoint).shared(resp: 2, worker: self)
      return send(UnblockExchange(question, on: self), to: target, .isReadOnly) { output in
        output.append(request: words.map { Array($0.utf8) })
      }
    }
    var answer = says(question.subject, question.namespace)
    answer.exchange = question.exchange
    question.asker.post(.neighbourAnswer(answer))
  }

  /// What this worker alone says. Within EXEC, where there is no waiting for others, that is all.
  func says(_ subject: NeighbourQuestion.Subject, _ namespace: String) -> NeighbourAnswer {
    var answer = NeighbourAnswer(exchange: 0)
    switch subject {
    case .list(let filter):
      for client in members(of: namespace) where filter.includes(client, on: self) {
        answer.lines.append((client.pointee.session.id, describe(client)))
      }
    case .kill(let filter):
      for client in members(of: namespace) where filter.includes(client, on: self) {
        answer.count += 1
        end(client)
      }
    case .unblock: break
    case .patterns:
      for client in members(of: namespace) {
        answer.patterns.formUnion(client.pointee.session.subscriptions?.patterns ?? [])
      }
    case .numbers:
      if let counters = counters[namespace] { answer.counters = counters.pointee }
      answer.blocked = members(of: namespace).count { $0.pointee.isBlocked }
    }
    return answer
  }

  private func members(of namespace: String) -> [ClientPointer] {
    clients.filter { $0.pointee.session.namespace?.realName == namespace && !$0.pointee.flags.contains(.isClosing) }
  }
}

extension Client {
  /// Waits for what other clients do.
  fileprivate var isBlocked: Bool { lane == .exclusive && outstanding > 0 && !session.isWatching }
}
