import Core
import Glibc
import Storage
import SystemPackage
import TestServers
import Testing

/// A prepared root of one test, with what is mounted in it gone before its files are.
struct StorageScratch {
  let path: FilePath
  let layout: Layout
  var grants: Grants { Grants(layout: layout) }

  /// - Parameter tmpfs: options of a tmpfs that the root is on; an ordinary directory without them.
  static func with(tmpfs: String? = nil, _ body: (StorageScratch) async throws -> Void) async throws {
    try await Scratch.with { scratch in
      let storage = StorageScratch(path: scratch.path, layout: Layout(root: scratch.path.appending("olares")))
      do {
        try Files.createDirectory(storage.layout.root, mode: [.ownerReadWriteExecute, .groupExecute, .otherExecute])
        if let tmpfs { try await storage.mount(tmpfs: tmpfs, on: storage.layout.root) }
        _ = try storage.layout.createTree()
        try await body(storage)
      } catch {
        try await storage.unmountAll()
        throw error
      }
      try await storage.unmountAll()
    }
  }

  func mount(tmpfs options: String, on directory: FilePath) async throws {
    try await ChildProcess("mount", ["-t", "tmpfs", "-o", options, "tmpfs", directory.string]).check()
  }

  func unmountAll() async throws {
    for entry in try MountTable.current().entries(at: path).reversed() {
      try await ChildProcess("umount", ["--lazy", entry.point.string]).check()
    }
  }

  func request(_ app: String, _ owner: String, _ terms: GrantTerms) throws -> GrantRequest {
    GrantRequest(AppInstance(app: try AppName(app), owner: try Owner(owner)), terms)
  }

  /// The directory that the app gets as `userData`.
  func view(_ request: GrantRequest) -> FilePath { layout.view(of: request.instance) }

  /// Where the grant is on record.
  func record(_ request: GrantRequest) -> FilePath {
    layout.grantRecords.appending("\(request.instance.owner)/\(request.instance.app).json")
  }

  /// Makes the record say that the grant was not completed.
  func cutOff(_ request: GrantRequest) throws {
    let text = try #require(try Files.readTextIfPresent(record(request)))
    // The first one is the present grant's; what was granted before follows it.
    let cut = text.replacing("\"isComplete\" : true", with: "\"isComplete\" : false", maxReplacements: 1)
    #expect(cut != text)
    try AtomicFile.write(cut, to: record(request))
  }

  /// The owner's userspace volume.
  func userspace(_ owner: String) throws -> FilePath {
    let volume = try Volumes(layout: layout).find(.userspace, of: try Owner(owner))
    return layout.path(of: try #require(volume))
  }

  /// Everything below the root, without the lock file.
  func everything() async throws -> [String] {
    try await ChildProcess("find", [layout.root.string, "-not", "-name", ".lock", "-not", "-name", ".olares-staging"])
      .check().standardOutput.split(separator: "\n").map(String.init).sorted()
  }
}

/// Mode and owner of a file, for comparisons.
struct FileFacts: Equatable {
  let mode: UInt32
  let userID: UInt32

  init?(_ path: FilePath) {
    var status = stat()
    guard lstat(path.string, &status) == 0 else { return nil }
    mode = status.st_mode & 0o7777
    userID = status.st_uid
  }

  init(mode: UInt32, userID: UInt32) {
    self.mode = mode
    self.userID = userID
  }
}
