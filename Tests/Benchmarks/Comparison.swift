import Core

/// Runs commands in turn, so that whatever else the machine does falls on all of them, and takes medians.
struct Comparison {
  private var medians: [String: Cost] = [:]

  /// - Parameter rounds: how often each command is run; a first round warms the caches and is not counted.
  init(of commands: [Command], rounds: Int) throws(Problem) {
    var costs: [String: [Cost]] = [:]
    for round in 0...rounds {
      for index in commands.indices {
        let command = commands[(index + round) % commands.count]
        let cost = try command.run()
        if round > 0 { costs[command.name, default: []].append(cost) }
      }
    }
    medians = costs.mapValues(Cost.median)
  }

  subscript(_ command: Command) -> Cost { medians[command.name] ?? Cost(wall: .zero, processor: .zero) }
}

extension Cost {
  static func median(of costs: [Cost]) -> Cost {
    Cost(wall: median(costs.map(\.wall)), processor: median(costs.map(\.processor)))
  }

  private static func median(_ values: [Duration]) -> Duration {
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
  }

  static func - (left: Cost, right: Cost) -> Cost {
    Cost(wall: left.wall - right.wall, processor: left.processor - right.processor)
  }

  /// `12.3 ms (10.1 ms CPU)`.
  var text: String { "\(wall.milliseconds) (\(processor.milliseconds) CPU)" }

  /// How many times as long as `other`: `0.42 (0.40 CPU)`.
  func ratio(to other: Cost) -> String {
    "\(Self.rounded(wall / other.wall)) (\(Self.rounded(processor / other.processor)) CPU)"
  }

  private static func rounded(_ value: Double) -> String {
    value.isFinite ? "\((value * 100).rounded() / 100)" : "–"
  }
}

extension Duration {
  var milliseconds: String {
    "\((self / .milliseconds(1) * 10).rounded() / 10) ms"
  }
}
