import FoundationEssentials
import Glibc
package import Logging
import Synchronization
package import SystemPackage

/// swift-log into `<base-dir>/logs/<date>.jsonl`, one JSON object a line (`time`, `level`, `msg`, and the metadata), with
/// every secret that was revealed masked. The file is opened by the first line, so that verbs that log nothing touch
/// nothing; where it cannot be written the line is dropped, since a log must never stop the work.
package struct LogFile: LogHandler {
  package var logLevel: Logger.Level
  package var metadata: Logger.Metadata = [:]
  private let directory: FilePath

  package init(directory: FilePath, level: Logger.Level) {
    self.directory = directory
    logLevel = level
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    let now = Date.now
    var fields = metadata.merging(event.metadata ?? [:], uniquingKeysWith: { $1 }).mapValues { "\($0)" }
    fields["time"] = now.formatted(.iso8601)
    fields["level"] = "\(event.level)"
    fields["msg"] = "\(event.message)"
    fields["pid"] = "\(getpid())"
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let line = try? encoder.encode(fields.mapValues(Secret.masking)) else { return }
    let file = directory.appending("\(now.formatted(.iso8601.year().month().day())).jsonl")
    guard Files.isDirectory(directory),
      let descriptor = try? FileDescriptor.open(
        file, .writeOnly, options: [.create, .append, .closeOnExec], permissions: [.ownerReadWrite])
    else { return }
    defer { try? descriptor.close() }
    _ = try? descriptor.writeAll(line + [UInt8(ascii: "\n")])
  }
}
