/// One command of a transaction.
struct TransactionItem {
  /// What is sent for it, with prefixes; nil where the proxy alone answers.
  var request: [UInt8]?
  /// Is executed as the namespace's own user, to whom the server gives nothing else, and not as the administrator.
  var isConfined = false
  /// Is about all keys of the slot.
  var listsKeys = false
  var answer: Answer

  /// What becomes of the server's reply, or of none, when EXEC is answered.
  enum Answer {
    case translated(ReplyTranslation, database: Int)
    /// `MOVE`, `COPY` to another database.
    case betweenDatabases
    /// `PUBSUB` with a list of channels.
    case channels
    /// `KEYS`, `SCAN`: all keys of the database, of which these are answered.
    case keys(pattern: [UInt8], database: Int)
    case scanned(ScanRequest, database: Int)
    /// A script as it was queued. Which text a hash stands for is known at EXEC.
    case queuedScript(QueuedScript)
    case script(WrappedScript, database: Int, isByHash: Bool)
    case loadedScript(WrappedScript)
    /// `SCRIPT FLUSH`
    case flushedScripts
    /// Answered by the proxy, as it would be outside of a transaction.
    case own([UInt8])
    /// Has nothing to do but to say so.
    case done
    /// Fails in any case.
    case failure([UInt8])
  }
}

/// EVAL and its kin, and SCRIPT LOAD.
struct QueuedScript {
  let command: ScriptCommand
  /// The script or its hash.
  let subject: [UInt8]
  /// What follows it, with prefixes, and how many that is.
  let arguments: [UInt8]
  let argumentCount: Int
  let database: Int
}

extension TransactionItem {
  static func failure(_ text: StaticString) -> TransactionItem {
    TransactionItem(answer: .failure(Array(StaticReply(text).bytes)))
  }
}
