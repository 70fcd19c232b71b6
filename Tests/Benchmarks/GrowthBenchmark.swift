import Core

/// How long each verb takes with more and more apps, and how much it prints: no verb should grow faster than its output.
struct GrowthBenchmark {
  let machine: ScratchMachine
  let sizes: [Int]
  /// A database is 8 MB on the disk, so only this many apps have one.
  var databases = 100
  var rounds = 7

  private struct Sample {
    let cost: Cost
    let bytes: Int
  }

  func run() async throws -> Table {
    var samples: [[Sample]] = []
    var made = 0
    for size in sizes {
      let withDatabase = (made..<max(made, min(size, databases))).map(Self.app)
      let others = (max(made, min(size, databases))..<size).map(Self.app)
      for (apps, hasDatabase) in [(withDatabase, true), (others, false)] where !apps.isEmpty {
        _ = try machine.apply(apps, owner: Self.owner, withDatabase: hasDatabase).run()
      }
      made = size
      samples.append(try await measure())
    }
    let columns = sizes.map { "\($0) apps" }
    var table = Table((["Verb"] + columns + ["time grows", "output grows"]).map { Table.Column($0) }, rows: [])
    for (index, verb) in Self.verbs.enumerated() {
      let row = samples.map { $0[index] }
      guard let first = row.first, let last = row.last else { continue }
      table.rows.append(
        [verb.joined(separator: " ")] + row.map { "\($0.cost.text), \($0.bytes) bytes" }
          + [Self.factor(last.cost.wall / first.cost.wall), Self.factor(Double(last.bytes) / Double(first.bytes))])
    }
    return table
  }

  /// All verbs in turn, each as often as there are rounds.
  private func measure() async throws -> [Sample] {
    let commands = Self.verbs.map { verb in
      Command(name: verb.joined(separator: " "), argumentVector: machine.argumentVector(verb), statuses: [0, 3, 69])
    }
    let comparison = try Comparison(of: commands, rounds: rounds)
    var samples: [Sample] = []
    for command in commands {
      let result = try await ChildProcess(command.argumentVector[0], Array(command.argumentVector.dropFirst())).run()
      let bytes = result.standardOutput.utf8.count + result.standardError.utf8.count
      samples.append(Sample(cost: comparison[command], bytes: bytes))
    }
    return samples
  }

  private static let owner = "grower"
  private static func app(_ index: Int) -> String { "app\(index)" }

  private static let one = ["--app", app(0), "--owner", owner]
  private static let verbs: [[String]] = [
    ["storage", "list"], ["storage", "show"] + one, ["storage", "check"], ["storage", "usage"],
    ["db", "list"], ["db", "show"] + one, ["db", "check"],
    ["redis", "ns", "list"], ["redis", "ns", "show"] + one, ["redis", "ns", "stats"],
    ["redis", "reconcile"],
    ["app", "list"], ["app", "show", app(0), "--owner", owner], ["app", "values", app(0), "--owner", owner],
    ["app", "apply", "charts/app0", "--owner", owner], ["status"],
  ]

  private static func factor(_ value: Double) -> String { value.isFinite ? "× \((value * 10).rounded() / 10)" : "–" }
}
