import Core
import SystemPackage

/// `app apply` of many apps, a process each, against the same commands for as many through one psql and one redis-cli.
struct ApplyBenchmark {
  let machine: ScratchMachine
  let scratch: FilePath
  let count: Int
  var rounds = 3

  /// One line that says how it came out.
  func run() throws -> String {
    let apps = (0..<count).map { "app\($0)" }
    var ours: [Cost] = []
    var plain: [Cost] = []
    // Of a first round nothing is counted: it warms the caches.
    for round in 0...rounds {
      let names = round == 0 ? Array(apps.prefix(5)) : apps
      let apply = try machine.apply(names, owner: "ours\(round)", withDatabase: true)
      let commands = try PlainCommands(apps: names, owner: "plain\(round)").command(on: machine, in: scratch)
      let costs =
        round.isMultiple(of: 2)
        ? [try apply.run(), try commands.run()] : [try commands.run(), try apply.run()].reversed()
      if round > 0 {
        ours.append(costs[0])
        plain.append(costs[1])
      }
    }
    let (median, peer) = (Cost.median(of: ours), Cost.median(of: plain))
    return
      "app apply of \(count) apps with a database and a namespace each, medians of \(rounds): \(median.text); "
      + "the same through one psql and one redis-cli: \(peer.text); ratio \(median.ratio(to: peer))"
  }
}
