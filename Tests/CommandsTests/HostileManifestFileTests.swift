import Core
import SystemPackage
import TestServers
import Testing

/// What `manifest validate` does with files that nobody should open, within 100 MB of memory.
@Suite struct HostileManifestFileTests {
  private func validate(_ path: FilePath, in scratch: Scratch) async throws -> ChildProcess.Result {
    // The limit of processor time ends what would never end.
    try await ChildProcess(
      "/usr/bin/prlimit",
      [
        "--data=\(100 << 20)", "--cpu=30", "--core=0", try BuiltExecutable.path.string, "manifest", "validate",
        path.string,
      ],
      environment: ["OLARES_BASE_DIR": scratch.path.appending("base").string]
    ).run()
  }

  @Test(arguments: [
    ("truncate -s 100M m.yaml", "m.yaml is larger than 1 MiB"),
    ("truncate -s 1T m.yaml", "m.yaml is larger than 1 MiB"),
    ("head -c 100M /dev/zero | tr '\\0' a >m.yaml", "m.yaml is larger than 1 MiB"),
    ("yes 'olaresManifest.version: 0.10.0' | head -c 100M >m.yaml", "m.yaml is larger than 1 MiB"),
    ("mkfifo m.yaml", "m.yaml is no regular file"), ("ln -s /dev/zero m.yaml", "m.yaml is no regular file"),
    ("ln -s /dev/tty m.yaml", "m.yaml is no regular file"),
    ("head -c 1M /dev/zero | tr '\\0' '[' >m.yaml", "nested more than 100 levels"),
    ("yes -- '- x' | head -c 1M >m.yaml", "more than 100000 values"),
    ("{ yes 'k: &a [x, y]' | head -n 3; head -c 1000K /dev/zero | tr '\\0' a; } >m.yaml", "here twice"),
  ])
  func isAnError(preparation: String, message: String) async throws {
    try await Scratch.with { scratch in
      let file = scratch.path.appending("m.yaml")
      _ = try await ChildProcess("/bin/sh", ["-c", "cd \"$0\" && \(preparation)", scratch.path.string]).check()
      let result = try await validate(file, in: scratch)
      #expect(result.status == 65, "\(result)")
      #expect((result.standardOutput + result.standardError).contains(message), "\(result)")
    }
  }
}
