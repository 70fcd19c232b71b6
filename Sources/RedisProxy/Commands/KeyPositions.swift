/// Finds the keys of a request.
///
/// A request goes to the server as the administrator's, so that what is not found here is not held in the namespace by
/// anything else. Options are therefore read as the command itself reads them, and where the command will give up (a count
/// of keys is no number, say) all that follows is taken for keys.
enum KeyPositions {
  /// - Parameters:
  ///   - request: of the right arity.
  ///   - list: gets the indexes of the arguments that the prefix belongs to. It is emptied first.
  /// - Returns: false if the server will answer with an error about the syntax.
  @discardableResult @inline(__always)
  static func find(_ spec: UnsafePointer<CommandSpec>, _ request: Request, into list: inout IndexList) -> Bool {
    list.removeAll()
    switch spec.pointee.keys {
    case .none: return true
    case .range(let first, let last, let step):
      let end = last >= 0 ? Int(last) : request.count + Int(last)
      var index = Int(first)
      while index <= end, index < request.count {
        list.append(index)
        index += Int(step)
      }
      return true
    case .counted(let place, let hasDestination):
      return findCounted(at: Int(place), hasDestination: hasDestination, request, into: &list)
    case .streams: return findStreams(spec, request, into: &list)
    case .sort: return findSorted(request, into: &list)
    case .geoRadius(let options): return findStored(from: Int(options), request, into: &list)
    }
  }

  private static func findCounted(
    at place: Int, hasDestination: Bool, _ request: Request, into list: inout IndexList
  ) -> Bool {
    if hasDestination { list.append(1) }
    let count = Decimal.read(request[place]) ?? -1
    let room = request.count - place - 1
    let isValid = (0...room).contains(count)
    for index in place + 1..<place + 1 + (isValid ? count : room) { list.append(index) }
    return isValid
  }

  private static func findStreams(
    _ spec: UnsafePointer<CommandSpec>, _ request: Request, into list: inout IndexList
  ) -> Bool {
    var options = StreamOptions(request, isGroup: spec.pointee.flags.contains(.write))
    guard let first = options.readUntilStreams() else {
      for index in options.place..<request.count { list.append(index) }
      return false
    }
    let rest = request.count - first
    guard rest.isMultiple(of: 2), options.isComplete else {
      for index in first..<request.count { list.append(index) }
      return false
    }
    for index in first..<first + rest / 2 { list.append(index) }
    return true
  }

  /// `GEORADIUS … [STORE key] [STOREDIST key]`: the last one holds, but all are keys.
  private static func findStored(from start: Int, _ request: Request, into list: inout IndexList) -> Bool {
    list.append(1)
    var index = start
    while index < request.count {
      let word = request[index]
      let hasNext = index + 1 < request.count
      if hasNext, OptionWord.equals(word, "store") || OptionWord.equals(word, "storedist") {
        list.append(index + 1)
        index += 2
      } else if hasNext, OptionWord.equals(word, "count") {
        index += 1
        guard Decimal.read(request[index]) != nil else {
          for rest in index..<request.count { list.append(rest) }
          return false
        }
        index += 1
      } else if OptionWord.equals(word, "withdist") || OptionWord.equals(word, "withhash")
        || OptionWord.equals(word, "withcoord") || OptionWord.equals(word, "any") || OptionWord.equals(word, "asc")
        || OptionWord.equals(word, "desc")
      {
        index += 1
      } else {
        for rest in index..<request.count { list.append(rest) }
        return false
      }
    }
    return true
  }

  /// `SORT key [BY pattern] [LIMIT offset count] [GET pattern …] [ASC|DESC] [ALPHA] [STORE key]`. A pattern names keys where it
  /// has a `*`; without one it names none (`GET #`, `BY nosort`).
  private static func findSorted(_ request: Request, into list: inout IndexList) -> Bool {
    list.append(1)
    var options = SortOptions(request)
    while let option = options.next() {
      switch option {
      case .by(let index), .get(let index):
        if SortOptions.hasStar(request[index]) { list.append(index) }
      case .store(let index): list.append(index)
      case .ascending, .descending, .alphabetic, .limit: break
      case .invalid(let index):
        for rest in index..<request.count { list.append(rest) }
        return false
      }
    }
    return true
  }
}
