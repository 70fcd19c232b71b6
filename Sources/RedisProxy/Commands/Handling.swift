/// What the proxy does with a command. What is not in the table does not exist for clients.
enum Handling: Equatable {
  /// The keys get the prefix, and the server's reply is passed on as it is. A command without keys goes to the node of the
  /// namespace (of a spread one: to any).
  case keys
  /// The same, and the reply is translated.
  case keysInReply(ReplyTranslation)
  /// The same, on a connection of the client's own while the request `BlockingCommand.waits`, else (as in a transaction) on
  /// the shared one. Its reply is translated if so.
  case blocking(ReplyTranslation?)
  /// Answered without the server, or by a question of the proxy's own.
  case local(LocalCommand)
  /// About all keys of a database, or more than one database.
  case keySpace(KeySpaceCommand)
  case transaction(TransactionCommand)
  case subscription(SubscriptionCommand)
  case script(ScriptCommand)
  /// The error of `Refusal.append`.
  case refused(Refusal)
}

/// Commands that the proxy answers, and with what. Arity has been checked before; all else is for the session to check, with
/// the texts of Redis.
enum LocalCommand: UInt8 {
  /// `+PONG`, or the argument; RESP2 with subscriptions: `*2 pong <argument or empty>`. More than two: arity error for 'ping'.
  case ping
  /// `AUTH password` or `AUTH user password`: `+OK`, `-WRONGPASS invalid username-password pair or user is disabled.`; more
  /// than three: `-ERR syntax error`.
  case auth
  /// `HELLO [2|3 [AUTH user password] [SETNAME name]]`: a map (RESP2: flat array) of server, version, proto, id, mode,
  /// role, modules. `-NOPROTO unsupported protocol version`, `-ERR Protocol version is not an integer or out of range`,
  /// `-ERR Syntax error in HELLO option '…'`, and unauthenticated without AUTH: `-NOAUTH HELLO must be called with the client
  /// already authenticated, …`.
  case hello
  /// `+OK`, and the connection is closed when that is sent.
  case quit
  /// `+RESET`: forgets transaction, watched keys, subscriptions, name, database, RESP3, CLIENT REPLY, and the login.
  case reset
  /// `SELECT n`: `+OK`, `-ERR DB index is out of range`, `-ERR value is not an integer or out of range`.
  case select
  /// The name or null.
  case clientGetName
  /// `+OK`; `-ERR Client names cannot contain spaces, newlines or special characters.` for bytes outside `!`…`~`.
  case clientSetName
  /// The proxy's own number of the connection.
  case clientID
  /// The line of `CLIENT LIST` about this connection, as bulk (RESP3: verbatim `txt`).
  case clientInfo
  /// The connections of the same namespace, with `TYPE` and `ID`.
  case clientList
  /// `CLIENT KILL`: connections of the same namespace only.
  case clientKill
  /// `ON` (`+OK`), `OFF` and `SKIP` (no answer); anything else `-ERR syntax error`.
  case clientReply
  /// `CLIENT UNBLOCK id [TIMEOUT|ERROR]` of a connection of the same namespace: `:0` or `:1`.
  case clientUnblock
  /// `CLIENT TRACKING OFF`: `+OK`. `ON` is refused: `-ERR CLIENT TRACKING is not available in a namespace`.
  case clientTracking
  /// The map flags: [off], redirect: -1, prefixes: [].
  case clientTrackingInfo
  /// `:-1`.
  case clientGetRedirection
  /// As without tracking: `-ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode
  /// enabled`.
  case clientCaching
  /// `ON|OFF`: `+OK` without effect (only the server's own clients are evicted), else `-ERR syntax error`.
  case clientNoEvict
  /// The name that the client logged in with: `default` after `AUTH password`.
  case aclWhoAmI
  /// As a standalone server with nothing but this namespace: sections server, clients, memory…, keyspace.
  case info
  /// `master`, offset, [].
  case role
  /// `WAIT replicas milliseconds`: on a connection of its own to the namespace's node `PING` and then this request, since a
  /// server counts from the connection's last command; in a transaction it does not wait.
  case wait
  /// Unix time of the proxy's start.
  case lastSave
}

enum KeySpaceCommand: UInt8 {
  case keys, randomKey, databaseSize, scan, flushDatabase, flushAll
  /// `MOVE key n`. See `DatabaseCommands`.
  case move
  /// `COPY` of which `DatabaseCommands` tells whether it names a database; if not, it is as `Handling.keys`.
  case copy
}

enum TransactionCommand: UInt8 {
  case multi, exec, discard, watch, unwatch
}

enum SubscriptionCommand: UInt8 {
  case subscribe, unsubscribe, patternSubscribe, patternUnsubscribe, shardSubscribe, shardUnsubscribe
  case publish, shardPublish
  case channels, numberOfSubscribers, numberOfPatterns, shardChannels, shardNumberOfSubscribers
}

enum ScriptCommand: UInt8 {
  case evaluate, evaluateReadOnly, evaluateByHash, evaluateByHashReadOnly
  case load, exists, flush, kill
  /// `SORT` and `SORT_RO`: as `Handling.keys`, unless `SortCommand.needsScript`, since a cluster's node refuses `GET` and `BY`
  /// with a pattern.
  case sort
}

/// Where a server's reply names keys.
enum ReplyTranslation: UInt8 {
  /// Only an error may quote a key.
  case errors
  /// Each element of a list (`KEYS`), or the reply itself (`RANDOMKEY`).
  case keys
  /// The first element of a list (`BLPOP`, `LMPOP`).
  case firstElement
  /// `XREAD`: a list of pairs in RESP2, a map in RESP3.
  case streams
}

/// Why a command is not for namespaces.
enum Refusal: UInt8 {
  /// About the server itself, which is not the client's.
  case administration
  /// A standalone server has no cluster.
  case cluster
  /// Libraries are one for all users of a server, and keep state between them.
  case functions
  /// Would connect the server to another one.
  case migration
  /// Databases of a namespace are prefixes of its keys.
  case swapping
  /// Would show or stop the clients of others.
  case otherClients
}
