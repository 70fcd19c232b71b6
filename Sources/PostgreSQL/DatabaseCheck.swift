package import Core

extension AdminSession {
  /// Looks for what is wrong with the server, or with what one app has on it. Changes nothing.
  ///
  /// - Parameters:
  ///   - instance: only what concerns this app.
  ///   - onRecord: what every app should have, to be compared with what is there.
  /// - Returns: the most urgent first.
  package func check(
    of instance: AppInstance? = nil, onRecord: [AppInstance: AccountOnRecord]
  ) async throws -> [DatabaseFinding] {
    let comment = instance.map { Ownership($0).comment }
    var findings = instance == nil ? try await serverFindings() : []
    let roles = try await channel.run("look at the roles") { try $0.inspectedRoles(comment) }
    let databases = try await channel.run("look at the databases") { try $0.inspectedDatabases(comment) }
    findings += roles.flatMap(\.findings) + databases.flatMap(\.findings)
    findings += try await channel.run("look at who may connect") { try $0.openDatabases(comment) }
    let records = instance.map { one in onRecord.filter { $0.key == one } } ?? onRecord
    findings += recordFindings(roles, databases, records)
    findings += try await findingsInside(databases.filter { $0.instance != nil && $0.isOpen })
    let order = DatabaseFinding.Kind.allCases
    return findings.enumerated().sorted { left, right in
      let places = (order.firstIndex(of: left.element.kind) ?? 0, order.firstIndex(of: right.element.kind) ?? 0)
      return (places.0, left.element.database ?? "", left.offset) < (
        places.1, right.element.database ?? "", right.offset
      )
    }.map(\.element)
  }

  private func serverFindings() async throws -> [DatabaseFinding] {
    let rows = try await channel.run("look for damaged pages") { connection in
      try connection.query(
        """
        SELECT current_setting('data_checksums'), coalesce(datname, ''), checksum_failures
        FROM pg_stat_database ORDER BY 2
        """)
    }
    var findings = rows.compactMap { row -> DatabaseFinding? in
      guard let failures = row[2].flatMap({ Int($0) }), failures > 0 else { return nil }
      let name = row[1] ?? ""
      let place = name.isEmpty ? "what all databases share" : name
      return DatabaseFinding(
        .damagedPages, nil, database: name.isEmpty ? nil : name, "\(failures) pages of \(place) failed their checksum",
        remedy: "check the disk, then restore it from a backup; the server's log names the files")
    }
    if rows.first?[0] == "off" {
      findings.append(
        DatabaseFinding(
          .noChecksums, nil, "data pages have no checksums",
          remedy: "stop the server and run: pg_checksums --enable --pgdata DIRECTORY"))
    }
    return findings
  }

  /// What the record and the server do not agree on.
  private func recordFindings(
    _ roles: [InspectedRole], _ databases: [InspectedDatabase], _ records: [AppInstance: AccountOnRecord]
  ) -> [DatabaseFinding] {
    var findings: [DatabaseFinding] = []
    for role in roles where role.mayLogIn && records[role.instance]?.role != role.name {
      findings.append(
        DatabaseFinding(
          .databaseWithoutSecret, role.instance, "the password of the role \(role.name) is not on record",
          remedy: "olares-cli db rotate postgres \(role.instance.options)"))
    }
    for database in databases {
      guard let instance = database.instance, let record = records[instance],
        !record.databases.contains(database.name)
      else { continue }
      let name = DatabaseName(reported: database.name).writtenName(in: instance)
      findings.append(
        DatabaseFinding(
          .databaseWithoutSecret, instance, database: database.name, "\(database.name) is not on record",
          remedy: "olares-cli db create postgres \(instance.options) --name \(name)"))
    }
    for (instance, record) in records {
      let missing = record.databases.subtracting(databases.filter { $0.instance == instance }.map(\.name)).sorted()
      let hasRole = roles.contains { $0.instance == instance && $0.name == record.role }
      if !missing.isEmpty || !hasRole {
        let what = missing.isEmpty ? "the role \(record.role) is" : "\(missing.joined(separator: ", ")) is"
        findings.append(
          DatabaseFinding(
            .secretWithoutDatabase, instance, database: missing.first, "\(what) on record, and not on the server",
            remedy: "restore it from a backup, or forget it: olares-cli db drop postgres \(instance.options)"))
      }
    }
    return findings
  }

  private func findingsInside(_ databases: [InspectedDatabase]) async throws -> [DatabaseFinding] {
    try await withThrowingTaskGroup(of: [DatabaseFinding].self) { group in
      var waiting = databases[...]
      var findings: [DatabaseFinding] = []
      for database in waiting.prefix(Self.sessionsAtOnce) { group.addTask { try await inspect(database) } }
      waiting = waiting.dropFirst(Self.sessionsAtOnce)
      while let found = try await group.next() {
        findings += found
        if let next = waiting.popFirst() { group.addTask { try await inspect(next) } }
      }
      return findings
    }
  }

  /// Few enough to leave connections to the apps.
  private static let sessionsAtOnce = 4

  /// What is wrong inside one database. Only names are read from its catalogs: nothing that a tenant wrote is run.
  private func inspect(_ database: InspectedDatabase) async throws -> [DatabaseFinding] {
    let inside = inDatabase(DatabaseName(reported: database.name))
    do {
      let findings = try await inside.channel.run("look into \(database.name)") { connection in
        try connection.invalidIndexes(in: database) + connection.foreignObjects(in: database)
      }
      await inside.close()
      return findings
    } catch let problem as Problem where problem.code != "interrupted" {
      await inside.close()
      return [
        DatabaseFinding(
          .unreadable, database.instance, database: database.name, "\(database.name) cannot be entered",
          remedy: problem.cause ?? problem.message)
      ]
    } catch {
      await inside.close()
      throw error
    }
  }
}
