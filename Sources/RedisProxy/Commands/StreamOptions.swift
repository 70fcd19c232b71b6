/// Reads the options of `XREAD` and `XREADGROUP` in their order, as the commands do.
struct StreamOptions {
  private let request: Request
  private let isGroup: Bool
  /// The option to be read next; after an error, the word that is wrong.
  private(set) var place = 1
  private(set) var hasBlock = false
  private var hasGroup = false

  init(_ request: Request, isGroup: Bool) {
    self.request = request
    self.isGroup = isGroup
  }

  /// `XREADGROUP` needs its group.
  var isComplete: Bool { hasGroup == isGroup }

  /// - Returns: the index of the first argument after `STREAMS`, or nil for an error.
  mutating func readUntilStreams() -> Int? {
    while place < request.count {
      let word = request[place]
      let rest = request.count - place - 1
      if rest >= 1, OptionWord.equals(word, "block") || OptionWord.equals(word, "count") {
        hasBlock = hasBlock || OptionWord.equals(word, "block")
        place += 1
        guard Decimal.read(request[place]) != nil else { return nil }
        place += 1
      } else if rest >= 1, OptionWord.equals(word, "streams") {
        return place + 1
      } else if isGroup, rest >= 2, OptionWord.equals(word, "group") {
        hasGroup = true
        place += 3
      } else if isGroup, OptionWord.equals(word, "noack") {
        place += 1
      } else {
        return nil
      }
    }
    return nil
  }
}
