/// Reads the options of `XREAD` and `XREADGROUP` in their order, as the commands do.
struct StreamOptions {
  private let request: Request
  private let isGroup: Bool
  /// The option to be read next; after a syntax error, the one that is wrong.
  private(set) var place = 1
  private(set) var hasBlock = false

  init(_ request: Request, isGroup: Bool) {
    self.request = request
    self.isGroup = isGroup
  }

  /// - Returns: the index of the first argument after `STREAMS`, or nil for a syntax error.
  mutating func readUntilStreams() -> Int? {
    while place < request.count {
      let word = request[place]
      let rest = request.count - place - 1
      if rest >= 1, OptionWord.equals(word, "block") {
        hasBlock = true
        place += 2
      } else if rest >= 1, OptionWord.equals(word, "count") {
        place += 2
      } else if rest >= 1, OptionWord.equals(word, "streams") {
        return place + 1
      } else if isGroup, rest >= 2, OptionWord.equals(word, "group") {
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
