import Glibc

/// An account of the operating system, for files and child processes that belong to it.
package struct UserAccount: Sendable, Hashable {
  package let name: String
  package let userID: UInt32
  package let groupID: UInt32
  package let home: String

  /// Looks `name` up in the system's account database; nil when there is no such account.
  package init?(named name: String) {
    var entry = passwd()
    var buffer = [CChar](repeating: 0, count: 1 << 14)
    var found: UnsafeMutablePointer<passwd>?
    guard getpwnam_r(name, &entry, &buffer, buffer.count, &found) == 0, found != nil else { return nil }
    self.name = name
    self.userID = entry.pw_uid
    self.groupID = entry.pw_gid
    self.home = String(cString: entry.pw_dir)
  }

  /// Makes this process, all its threads, the account's own, for good: what is open stays open.
  /// - Throws: `Problem` `not-permitted` unless it is root's.
  package func become() throws(Problem) {
    var status = initgroups(name, groupID)
    if status == 0 { status = setgid(groupID) }
    if status == 0 { status = setuid(userID) }
    guard status == 0 else {
      throw Problem(
        "not-permitted", .notPermitted, "only root can go on as \(name)", hint: "run it with sudo")
    }
  }

  /// Whether this process may change anything on the machine.
  package static var isRoot: Bool { geteuid() == 0 }
}
