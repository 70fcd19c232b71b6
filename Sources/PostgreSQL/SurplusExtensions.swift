import Core

extension AdminSession {
  /// The extensions that we created in the database and that `request` does not ask for any more. What the app created
  /// itself is its own affair, and so is what its scripts name.
  package func surplusExtensions(of request: DatabaseRequest) async throws -> [ExtensionName] {
    let asked = request.extensions + (request.isDistributed ? [.citus] : [])
    let inside = inDatabase(request.name)
    let rows: [[String?]]
    do {
      rows = try await inside.channel.run("list the extensions of \(request.name)") { connection in
        try connection.query(
          """
          WITH RECURSIVE needed (oid) AS (
            SELECT oid FROM pg_extension WHERE extname = ANY ($1::name[])
            UNION
            SELECT d.refobjid FROM needed n
            JOIN pg_depend d ON d.classid = 'pg_extension'::regclass AND d.objid = n.oid
              AND d.refclassid = 'pg_extension'::regclass)
          SELECT extname FROM pg_extension
          WHERE extname <> 'plpgsql' AND oid NOT IN (SELECT oid FROM needed)
            AND extowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)
          ORDER BY extname
          """, ["{\(asked.map(\.quoted).joined(separator: ","))}"])
      }
      await inside.close()
    } catch {
      await inside.close()
      throw error
    }
    let scripts = request.scripts.joined(separator: "\n")
    return rows.compactMap { $0.first ?? nil }.filter { !scripts.contains($0) }.map(ExtensionName.init(reported:))
  }
}
