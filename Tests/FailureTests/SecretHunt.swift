import Core
import SystemPackage
import Testing

/// Runs verbs, and looks for the secrets of a machine wherever they must not be.
struct SecretHunt {
  let machine: TestMachine
  private let sampler = ProcessSampler()
  /// What verbs printed that nobody asked for passwords, and their journals.
  private var printed: [(place: String, text: String)] = []
  private(set) var secrets: Set<String> = []

  init(_ machine: TestMachine) { self.machine = machine }

  /// - Parameter isAskedForSecrets: whether passwords belong into its result.
  @discardableResult
  mutating func run(
    _ arguments: [String], journal: String? = nil, disturbance: Disturbance? = nil, isAskedForSecrets: Bool = false
  ) async throws -> VerbRun {
    let run = try await machine.run(arguments + ["--verbose"], journal: journal, disturbance: disturbance)
    let verb = arguments.joined(separator: " ")
    if !isAskedForSecrets { printed.append(("the output of \(verb)", run.output)) }
    printed.append(("what \(verb) says", run.errors))
    printed.append(("the journal of \(verb)", run.journalText))
    try await learn()
    return run
  }

  /// Learns the secrets that are in force now.
  mutating func learn() async throws {
    let files = try await ChildProcess(
      "find", [machine.baseDirectory.appending("secrets").string, "-type", "f"]
    ).run().standardOutput.split(separator: "\n")
    for file in files {
      let text = try Files.readTextIfPresent(FilePath(String(file))) ?? ""
      secrets.formUnion(text.matches(of: #/[0-9a-f]{64}/#).map { String($0.output) })
    }
    let verifiers = try? await machine.psql("SELECT rolpassword FROM pg_authid WHERE rolpassword IS NOT NULL")
    secrets.formUnion((verifiers ?? "").split(separator: "\n").map(String.init))
  }

  /// Ends the hunt.
  /// - Returns: every place where a secret was found that must not be there, and what was looked at.
  func findings() async throws -> (places: [String], samples: Int, rounds: Int) {
    let (samples, rounds) = await sampler.stop()
    var places = Set<String>()
    for sample in samples {
      for text in sample.texts where holdsSecret(text) && !Self.isPermitted(text, in: sample) {
        places.insert("/proc/*/\(sample.place.rawValue) of \(sample.program): \(text.prefix { $0 != "=" })")
      }
    }
    for (place, text) in printed where holdsSecret(text) { places.insert(place) }
    let all = try await ChildProcess("find", [machine.scratch.string, "-type", "f"]).run().standardOutput
    for file in all.split(separator: "\n").map({ FilePath(String($0)) }) {
      let parts = Set(file.components.map(\.string))
      guard !parts.isDisjoint(with: ["logs", "service", "journal", "locks"]) else { continue }
      if try holdsSecret(file) { places.insert("\(file)") }
    }
    for account in ["nobody", "postgres", "redis"] {
      for file in try await readable(among: all, by: account) where try holdsSecret(file) {
        // Each server keeps its own users for itself.
        if file.components.contains(where: { $0.string == "\(account)_data" }) { continue }
        places.insert("\(account) can read \(file)")
      }
    }
    return (places.sorted(), samples.count, rounds)
  }

  /// The tests themselves ask the servers as any client does, and psql is a Perl script that starts the real one. Our
  /// own verbs give no child a secret.
  private static func isPermitted(_ text: String, in sample: ProcessSampler.Sample) -> Bool {
    guard sample.place == .environment, let program = sample.program.split(separator: "/").last else { return false }
    return switch program {
    case "psql", "perl": text.hasPrefix("PGPASSWORD=")
    case "redis-cli": text.hasPrefix("REDISCLI_AUTH=")
    default: false
    }
  }

  private func holdsSecret(_ text: String) -> Bool { secrets.contains { text.contains($0) } }

  private func holdsSecret(_ file: FilePath) throws -> Bool {
    holdsSecret(String(decoding: try Files.read(file, limit: 256 << 20), as: UTF8.self))
  }

  private func readable(among files: String, by account: String) async throws -> [FilePath] {
    let list = machine.scratch.appending("all-files")
    try AtomicFile.write(files, to: list, mode: [.ownerReadWrite, .groupRead, .otherRead])
    return try await ChildProcess(
      "setpriv",
      [
        "--reuid", account, "--regid", account == "nobody" ? "nogroup" : account, "--init-groups", "--", "sh", "-c",
        #"while read -r file; do if [ -r "$file" ]; then printf '%s\n' "$file"; fi; done < "$1""#, "sh", list.string,
      ]
    ).check().standardOutput.split(separator: "\n").map { FilePath(String($0)) }
  }
}
