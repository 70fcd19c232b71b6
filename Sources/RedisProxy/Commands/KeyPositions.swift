/// Finds the keys of a request.
///
/// A request goes to the server as the administrator's, so that what is not found here is not held in the namespace by
/// anything else. Options are therefore read as the command itself reads them, and of a request that the command will refuse
/// (its count of keys is no number, say) every argument that might be a key is taken for one.
enum KeyPositions {
  /// - Parameter list: gets the indexes of the arguments that the prefix belongs to. It is emptied first.
  /// - Returns: false if the server will answer with an error about the syntax.
  @discardableResult
  static func find(_ spec: UnsafePointer<CommandSpec>, _ request: Request, into list: inout IndexList) -> Bool { false }
}
