extension Worker {
  private func no(_ client: ClientPointer) -> Bool {
    respond(to: client, "-ERR not available yet\r\n")
    return true
  }
  func take(
    _ command: KeySpaceCommand, _ request: Request, _ spec: UnsafePointer<CommandSpec>, of client: ClientPointer
  ) -> Bool { no(client) }
  func take(
    _ command: SubscriptionCommand, _ request: Request, _ spec: UnsafePointer<CommandSpec>, of client: ClientPointer
  ) -> Bool { no(client) }
  func take(_ command: ScriptCommand, _ request: Request, _ spec: UnsafePointer<CommandSpec>, of client: ClientPointer)
    -> Bool
  { no(client) }
  func publication(_ request: Request, of client: ClientPointer) -> [UInt8] { [] }
  func namesDatabase(_ request: Request) -> Bool { false }
  func scripts(_ slot: UInt16, _ client: ClientPointer) -> UpstreamPointer? { nil }
  func queueScript(
    _ command: ScriptCommand, _ request: Request, _ spec: UnsafePointer<CommandSpec>, in transaction: Transaction,
    of client: ClientPointer
  ) -> [UInt8]? { nil }
}
